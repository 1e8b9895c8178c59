export const scene = "web";

const PAGES = [
  "/",
  "/backends",
  "/backends/new",
  "/backends/web/web-2",
  "/backends/web/web-2/drain",
  "/backends/web/web-2/remove",
  "/backends/web/web-2/edit",
  "/configuration",
  "/configuration/edit",
  "/configuration/history",
  "/configuration/diff?from=1&to=2",
  "/configuration/rollback/1",
  "/activity",
  "/access",
  "/system",
  "/wall",
  "/welcome",
  "/no-such-page",
];

/** axe finds nothing on any page, in light and dark, with everything that can be wrong on it. */
export default async function accessible(/** @type {import("../stage.mjs").Stage} */ stage) {
  const patch = { "Content-Type": "application/merge-patch+json", "If-Match": "*" };
  await stage.order("load", { path: "/", rps: 20 });
  await stage.order("kill", { name: "web-5" });
  await stage.order("hold", { path: "/held", requests: 12 });
  await stage.api("PATCH", "/pools/web/backends/web-1", { weight: 2 }, patch);
  await stage.api("PUT", "/pools/web/backends/web-6/admin-state", { state: "maint" });
  await stage.api("POST", "/pools/web/backends/web-3/drain", { reason: "disk" });
  stage.expectedStatuses.add(404);
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await stage.page({ colorScheme });
    await page.goto(`${stage.admin}/login`);
    await stage.accessible(page, `/login, ${colorScheme}`);
    await stage.signIn(page);
    for (const path of PAGES) {
      await page.goto(stage.admin + path);
      if (await page.locator("[data-island=pill]").count()) {
        await page.locator(".pill.live").waitFor();
      }
      await stage.accessible(page, `${path}, ${colorScheme}`);
    }
    await page.goto(`${stage.admin}/backends`);
    await page.locator(".pill.live").waitFor();
    for (const action of ["drain", "edit", "remove"]) {
      const row = page.getByRole("row").filter({ hasText: "web-2" });
      await row.hover();
      await row.locator(`[data-action=${action}]`).first().click();
      await page.getByRole("dialog").getByRole("heading").waitFor();
      await stage.accessible(page, `the dialog ${action}, ${colorScheme}`);
      await page.keyboard.press("Escape");
    }
    await page
      .getByRole("row")
      .filter({ hasText: "web-3" })
      .locator("[data-action=operation]")
      .first()
      .click();
    await page.locator(".drawer").waitFor();
    await stage.accessible(page, `the drawer, ${colorScheme}`);
  }
  for (const name of ["web-1", "web-2", "web-3", "web-4", "web-6"]) {
    await stage.order("release", { name });
  }
}
