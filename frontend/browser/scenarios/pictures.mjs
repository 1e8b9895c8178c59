export const scene = "web";

const PATHS = {
  overview: "/",
  backends: "/backends",
  backend: "/backends/web/web-2",
  configuration: "/configuration",
  edit: "/configuration/edit",
  history: "/configuration/history",
  activity: "/activity",
  access: "/access",
  system: "/system",
  wall: "/wall",
};

/** Pictures of every page with one of everything, in both themes, wide and narrow; to be looked at. */
export default async function pictures(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 120 });
  await stage.order("load", { path: "/api/", rps: 25 });
  await stage.order("answer", { name: "web-1", status: 200, ms: 9 });
  await stage.order("hold", { path: "/held", requests: 24 });
  await stage.order("kill", { name: "web-5" });
  await stage.api("PUT", "/pools/web/backends/web-6/admin-state", {
    state: "maint",
    reason: "kernel patch",
  });
  await stage.api("POST", "/pools/web/backends/web-3/drain", {
    reason: "new disk",
    deadline: "PT5M",
  });
  await stage.until("some seconds of figures", async () => {
    const columns = await stage.api("GET", "/metrics?window=PT15M&step=PT1S");
    return columns.rps.filter((/** @type {number} */ rps) => rps > 0).length >= 3;
  });
  await stage.order("answer", { name: "web-4", status: 502, ms: 1 });
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const width of [1280, 400]) {
      const page = await stage.signedIn({ colorScheme, viewport: { width, height: 800 } });
      for (const [name, path] of Object.entries(PATHS)) {
        await page.goto(stage.admin + path);
        if (await page.locator("[data-island=pill]").count()) {
          await stage.live(page);
        }
        await page.evaluate(
          () =>
            new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
        await stage.shot(page, `${name}-${colorScheme}-${width}`, width === 400);
      }
      await page.context().close();
    }
  }
  for (const name of ["web-1", "web-2", "web-3", "web-4", "web-6"]) {
    await stage.order("release", { name });
  }
}
