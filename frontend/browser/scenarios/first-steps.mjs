import assert from "node:assert/strict";

export const scene = "empty";

/** The first minutes: a password of one's own, and an empty appliance that says what to do. */
export default async function firstSteps(/** @type {import("../stage.mjs").Stage} */ stage) {
  const page = await stage.page();
  await page.goto(`${stage.admin}/`);
  await page.getByText(/first/i).first().waitFor();
  await stage.shot(page, "login");
  await stage.signIn(page);
  assert.match(page.url(), /\/welcome/);
  await stage.shot(page, "welcome", true);
  await page.getByLabel("Current password").fill(stage.password);
  await page.getByLabel("New password", { exact: true }).fill("a-password-of-my-own-7");
  await page.getByLabel("New password again").fill("a-password-of-my-own-7");
  await page.getByRole("button", { name: /password/i }).click();
  await page
    .getByText(/changed/i)
    .first()
    .waitFor();
  await page.goto(`${stage.admin}/`);
  await page.locator(".empty").first().waitFor();
  await page.locator(".empty pre").first().getByText(/curl/).waitFor();
  await stage.accessible(page, "the empty overview");
  await stage.shot(page, "empty-overview");
  await page.goto(`${stage.admin}/backends`);
  await page.locator(".empty").first().waitFor();
  await stage.accessible(page, "the empty table");
  await stage.shot(page, "empty-backends");
}
