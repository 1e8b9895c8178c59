export const scene = "web";

/** A backend that dies shows itself within seconds, with the reason, wherever one looks. */
export default async function killedBackend(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 40 });
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/`);
  await page.getByRole("heading", { name: "All 8 backends take traffic" }).waitFor();
  await page.locator(".pill.live").waitFor();
  await stage.order("kill", { name: "web-5" });
  await page.getByRole("heading", { name: "7 of 8 backends take traffic" }).waitFor();
  const attention = page.locator(".panel").filter({ hasText: "Needs attention" });
  await attention.getByText("web-5").waitFor();
  await attention.getByText(/refused/).waitFor();
  await page.goto(`${stage.admin}/backends?state=down`);
  const row = page.getByRole("row").filter({ hasText: "web-5" });
  await row.locator(".state-down").waitFor();
  await row.getByText(/refused/).waitFor();
  await row.getByRole("link", { name: "web-5" }).click();
  await page.getByRole("heading", { level: 1, name: /web-5/ }).waitFor();
  await page.locator(".state-down").first().waitFor();
  await stage.order("start", { name: "web-5" });
  await page.locator(".state-up").first().waitFor();
}
