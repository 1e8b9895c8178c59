import assert from "node:assert/strict";

export const scene = "web";

/** A new backend is probed, added, takes its share at once, and can be undone. */
export default async function addAndTraffic(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 60 });
  const address = await stage.order("add", { name: "web-7" });
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/backends`);
  await page.locator(".pill.live").waitFor();
  await page.locator("[data-action=add]").first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Pool").selectOption("web");
  await dialog.getByLabel("Address").fill("127.0.0.1:nonsense");
  await dialog.getByRole("button", { name: "Try it" }).click();
  stage.expectedStatuses.add(422).add(400);
  await dialog
    .getByText(/port|address/i)
    .first()
    .waitFor();
  await dialog.locator("[aria-invalid=true]").waitFor();
  await dialog.getByLabel("Address").fill(address);
  await dialog.getByLabel("Name").fill("web-7");
  await dialog.getByRole("button", { name: "Try it" }).click();
  await dialog
    .getByText(/connect/i)
    .first()
    .waitFor();
  await dialog.getByRole("button", { name: "Add" }).click();
  await dialog.waitFor({ state: "detached" });
  const row = page.getByRole("row").filter({ hasText: "web-7" });
  await row.waitFor();
  await stage.until("traffic at web-7", async () => {
    const now = await stage.api("GET", "/pools/web/backends/web-7");
    return now.status.rps > 0;
  });
  await stage.until("its figure on the page", async () =>
    /[1-9]/.test((await row.getByRole("cell").nth(4).textContent()) ?? ""),
  );
  await page.getByRole("button", { name: "Undo" }).click();
  await stage.until("web-7 to be gone", async () => {
    const all = await stage.api("GET", "/pools/web/backends");
    return !all.items.some((/** @type {{id: string}} */ each) => each.id === "web-7");
  });
  await row.waitFor({ state: "detached" });
  assert.equal((await stage.api("GET", "/status")).backends.total, 8);
}
