import assert from "node:assert/strict";

export const scene = "web";

/** Everything that matters works by plain pages and forms. */
export default async function noJavascript(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 20 });
  await stage.order("hold", { path: "/held", requests: 12 });
  const page = await stage.signedIn({ javaScriptEnabled: false });
  await page.goto(`${stage.admin}/backends?q=web-2`);
  assert.equal(await page.getByRole("row").filter({ hasText: "web-3" }).count(), 0);
  await page.getByRole("row").filter({ hasText: "web-2" }).locator("[data-action=drain]").click();
  await page.getByRole("heading", { level: 1, name: /Drain web-2/ }).waitFor();
  await page.getByText("web-3").first().waitFor();
  await page.getByLabel("Reason").fill("by hand");
  await page.getByRole("button", { name: /^Drain/ }).click();
  await page.getByRole("heading", { level: 1, name: /web-2/ }).waitFor();
  await page
    .getByText(/left|drained/i)
    .first()
    .waitFor();
  await stage.shot(page, "no-javascript-drain");
  for (const name of ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"]) {
    await stage.order("release", { name });
  }
  await stage.until("the end of the drain", async () => {
    await page.reload();
    return /drained|finished|Nothing left/i.test((await page.locator("main").textContent()) ?? "");
  });
  await page.getByRole("button", { name: /Back to ready/ }).click();
  await stage.until("web-2 to be ready", async () => {
    return (await stage.api("GET", "/pools/web/backends/web-2")).adminState === "ready";
  });
  await page.goto(`${stage.admin}/backends/web/web-2/edit`);
  stage.expectedStatuses.add(422);
  await page.getByLabel("Weight").fill("-1");
  await page.getByRole("button", { name: /Save|Apply/ }).click();
  await page.locator("[aria-invalid=true]").waitFor();
  await page.getByLabel("Weight").fill("7");
  await page.getByRole("button", { name: /Save|Apply/ }).click();
  assert.equal((await stage.api("GET", "/pools/web/backends/web-2")).weight, 7);
}
