import assert from "node:assert/strict";

export const scene = "web";

/** A rule of the pool stands in the way of a drain: force wants the name, typed, and a reason. */
export default async function guard(/** @type {import("../stage.mjs").Stage} */ stage) {
  for (const id of ["web-1", "web-2", "web-3", "web-4"]) {
    await stage.api("PUT", `/pools/web/backends/${id}/admin-state`, { state: "maint" });
  }
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/backends?pool=web`);
  await stage.live(page);
  await page.getByRole("row").filter({ hasText: "web-5" }).hover();
  await page.getByRole("link", { name: "Drain web-5" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator(".guard").getByText("below its minimum-capacity").waitFor();
  assert.equal(await dialog.locator("button[type=submit]").count(), 0);
  await dialog.getByRole("button", { name: "Force…" }).click();
  const force = dialog.getByRole("button", { name: "Drain by force" });
  assert.ok(await force.isDisabled());
  await dialog.getByLabel("Type web-5 to do it all the same").fill("web-5");
  assert.ok(await force.isDisabled(), "a reason is missing");
  await dialog.getByLabel("Reason").fill("the rack burns");
  await stage.accessible(page, "the dialog drain with a guard");
  assert.equal((await stage.api("GET", "/pools/web/backends/web-5")).adminState, "ready");
  await force.click();
  await dialog.waitFor({ state: "detached" });
  const now = await stage.api("GET", "/pools/web/backends/web-5");
  assert.equal(now.adminState, "drain");
  const audit = await stage.api("GET", "/audit?limit=10");
  assert.ok(
    audit.items.some((/** @type {{reason: string}} */ each) => each.reason === "the rack burns"),
  );
}
