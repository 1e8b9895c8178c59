import assert from "node:assert/strict";

export const scene = "web";

/** A mistake is found in the history, compared, and rolled back with its impact shown. */
export default async function rollback(/** @type {import("../stage.mjs").Stage} */ stage) {
  const patch = { "Content-Type": "application/merge-patch+json", "If-Match": "*" };
  const before = (await stage.api("GET", "/status")).revision.number;
  await stage.api("PATCH", "/pools/web/backends/web-1?reason=a+mistake", { weight: 90 }, patch);
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/configuration/history`);
  const row = page.getByRole("row").filter({ hasText: "a mistake" });
  await row.getByRole("link", { name: /Diff/i }).click();
  await page.locator(".diff .added").getByText("90").waitFor();
  await stage.shot(page, "diff");
  await page.goBack();
  await page
    .getByRole("row")
    .filter({ has: page.getByText(String(before), { exact: true }) })
    .first()
    .getByRole("link", { name: /Roll back/i })
    .click();
  await page.getByRole("button", { name: /Roll back/ }).waitFor();
  // With so much weight on one backend, what the others keep is below the pool's rule.
  await page.getByText(/minimum-capacity of 30/).waitFor();
  assert.ok(await page.getByRole("button", { name: /Roll back/ }).isDisabled());
  await page.getByLabel(/Type \d+/).fill(String(before));
  await page.getByLabel("Reason").fill("it was a mistake");
  await stage.shot(page, "rollback");
  await page.getByRole("button", { name: /Roll back/ }).click();
  await stage.until("the weight as it was", async () => {
    return (await stage.api("GET", "/pools/web/backends/web-1")).weight === 3;
  });
  const now = (await stage.api("GET", "/status")).revision;
  assert.equal(now.source, "rollback");
}
