import assert from "node:assert/strict";

export const scene = "web";

/** Nobody gets in without a password; a viewer sees everything and can touch nothing. */
export default async function loginAndRoles(/** @type {import("../stage.mjs").Stage} */ stage) {
  for (const role of ["viewer", "operator"]) {
    await stage.api("POST", "/users", { name: role, role, password: `${role}-password-1` });
  }
  const page = await stage.page();
  await page.goto(`${stage.admin}/backends?q=web-2`);
  assert.match(page.url(), /\/login\?next=/);
  stage.expectedStatuses.add(401);
  await page.getByLabel("Name").fill("viewer");
  await page.getByLabel("Password").fill("wrong-password-1");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("name or the password is wrong").waitFor();
  assert.equal(await page.getByLabel("Name").inputValue(), "viewer");
  await page.getByLabel("Password").fill("viewer-password-1");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/(backends\?q=web-2|welcome)/);

  await page.goto(`${stage.admin}/backends`);
  await page.getByText("web-2").first().waitFor();
  await page.locator(".pill.live").waitFor();
  assert.equal(await page.locator("[data-action=drain], [data-action=add]").count(), 0);
  await page.keyboard.press("j");
  await page.keyboard.press("d");
  assert.equal(await page.locator("dialog[open]").count(), 0);
  const refused = await page.request.post(`${stage.admin}/backends/web/web-2/drain`);
  assert.equal(refused.status(), 403);
  assert.equal((await stage.api("GET", "/pools/web/backends/web-2")).adminState, "ready");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  await page.goto(`${stage.admin}/system`);
  await page.waitForURL(/\/login/);

  await stage.signIn(page, "operator", "operator-password-1");
  await page.goto(`${stage.admin}/backends`);
  await page.locator("[data-action=drain]").first().waitFor({ state: "attached" });
  await page.goto(`${stage.admin}/access`);
  assert.equal(await page.getByText("Add user").count(), 0);
}
