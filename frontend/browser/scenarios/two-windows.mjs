import assert from "node:assert/strict";

export const scene = "web";

/** Of two windows that edit the same backend one wins; the other is told who, and goes on. */
export default async function twoWindows(/** @type {import("../stage.mjs").Stage} */ stage) {
  const first = await stage.signedIn();
  const second = await stage.signedIn();
  for (const page of [first, second]) {
    await page.goto(`${stage.admin}/backends`);
    await page.locator(".pill.live").waitFor();
    const row = page.getByRole("row").filter({ hasText: "web-3" });
    await row.hover();
    await row.locator("[data-action=edit]").click();
    await page.getByRole("dialog").getByLabel("Weight").waitFor();
  }
  await first.getByRole("dialog").getByLabel("Weight").fill("5");
  await first
    .getByRole("dialog")
    .getByRole("button", { name: /Save|Apply/ })
    .click();
  await first.getByRole("dialog").waitFor({ state: "detached" });
  stage.expectedStatuses.add(412);
  await second.getByRole("dialog").getByLabel("Weight").fill("9");
  await second
    .getByRole("dialog")
    .getByRole("button", { name: /Save|Apply/ })
    .click();
  await second.getByRole("dialog").getByText(/admin/).first().waitFor();
  assert.equal((await stage.api("GET", "/pools/web/backends/web-3")).weight, 5);
  await stage.shot(second, "two-windows");
  await second.getByRole("dialog").getByRole("button", { name: /mine/ }).click();
  await second.getByRole("dialog").getByText("weight 5 → 9").waitFor();
  await second.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await second.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal((await stage.api("GET", "/pools/web/backends/web-3")).weight, 9);
  await first
    .getByRole("row")
    .filter({ hasText: "web-3" })
    .getByText("9", { exact: true })
    .waitFor();
}
