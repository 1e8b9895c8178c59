import assert from "node:assert/strict";

export const scene = "web";

/** A drain with long requests: the impact before, the progress meanwhile, no request lost. */
export default async function drain(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 30 });
  await stage.order("hold", { path: "/held", requests: 18 });
  await stage.until("held requests on web-2", async () => {
    const now = await stage.api("GET", "/pools/web/backends/web-2");
    return now.status.active >= 2;
  });
  const page = await stage.signedIn();
  await page.goto(`${stage.admin}/backends`);
  await page.locator(".pill.live").waitFor();
  const row = page.getByRole("row").filter({ hasText: "web-2" });
  await row.hover();
  await row.locator("[data-action=drain]").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: /Drain web-2/ }).waitFor();
  await dialog.locator(".impact").getByText("web-3").waitFor();
  await stage.shot(page, "drain-impact");
  await dialog.getByLabel("Reason").fill("kernel patch");
  await dialog.getByRole("button", { name: /^Drain/ }).click();
  const drawer = page.locator(".drawer");
  await drawer.getByText(/left/).first().waitFor();
  await row.locator(".state-drain").waitFor();
  await row.getByText(/draining · \d+ left/).waitFor();
  await stage.shot(page, "drain-progress");
  const before = await stage.api("GET", "/operations");
  assert.equal(before.items[0].reason, "kernel patch");
  assert.equal(before.items[0].state, "running");
  await drawer.getByRole("button", { name: /Extend/ }).click();
  await stage.until("a deadline", async () => {
    return (await stage.api("GET", "/operations")).items[0].deadline !== null;
  });
  for (const name of ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"]) {
    await stage.order("release", { name });
  }
  await row.getByText("drained").waitFor();
  await drawer
    .getByText(/drained|Nothing left|finished/i)
    .first()
    .waitFor();
  await stage.until("every held request to be answered", async () => {
    return (await stage.order("answered")) === "18";
  });
  await drawer.getByRole("button", { name: /Back to ready/ }).click();
  await row.locator(".state-up").waitFor();
  assert.equal((await stage.api("GET", "/pools/web/backends/web-2")).adminState, "ready");
}
