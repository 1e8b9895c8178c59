import assert from "node:assert/strict";

export const scene = "web";

/** A cut stream is said, the data greys, and the page goes on by itself where it was. */
export default async function streamCut(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 20 });
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/backends`);
  await page.locator(".pill.live").waitFor();
  stage.expectOffline = true;
  await stage.order("cut");
  await page.locator(".pill.stale, .pill.reconnecting").waitFor();
  await page.locator(".stale-data").first().waitFor();
  await stage.order("kill", { name: "web-4" });
  await stage.order("mend");
  await page.locator(".pill.live").waitFor();
  await page.locator(".stale-data").waitFor({ state: "detached" });
  const row = page.getByRole("row").filter({ hasText: "web-4" });
  await row.locator(".state-down").waitFor();
  stage.expectOffline = false;
  stage.expectedStatuses.add(401);
  await page.context().clearCookies();
  stage.expectOffline = true;
  await stage.order("cut");
  await stage.order("mend");
  await page.locator(".pill.signed-out").waitFor();
  assert.ok(await page.getByRole("link", { name: /Sign in/ }).count());
}
