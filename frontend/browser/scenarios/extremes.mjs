import assert from "node:assert/strict";

export const scene = "names";

const PAGES = ["/", "/backends", "/configuration", "/activity", "/wall"];

/** Names as long as they may be and nothing that serves: pages keep their width and their sense. */
export default async function extremes(/** @type {import("../stage.mjs").Stage} */ stage) {
  const { items } = await stage.api("GET", "/backends");
  for (const { id } of items) {
    await stage.order("kill", { name: id });
  }
  for (const width of [1280, 400]) {
    const page = await stage.signedIn({ viewport: { width, height: 800 } });
    await page.goto(`${stage.admin}/`);
    await page.getByRole("heading", { name: /None of the 3|0 of 3 backends take/ }).waitFor();
    for (const path of [...PAGES, `/backends/${items[0].pool}/${items[0].id}`]) {
      await page.goto(stage.admin + path);
      await page.locator("h1").waitFor();
      if (await page.locator("[data-island=pill]").count()) {
        await stage.live(page);
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.ok(wide <= 0, `${path} is ${wide} px wider than a screen of ${width}`);
      await stage.accessible(page, `${path}, ${width}`);
      const name = path.split("/")[1] || "overview";
      await stage.shot(page, `extremes-${name}-${width}`, width === 400);
    }
    await page.context().close();
  }
}
