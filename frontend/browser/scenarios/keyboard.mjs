import assert from "node:assert/strict";

export const scene = "web";

/** The day's work with the keyboard alone. */
export default async function keyboard(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 20 });
  await stage.order("kill", { name: "web-4" });
  const page = await stage.page();
  await page.goto(`${stage.admin}/login`);
  const keys = page.keyboard;
  assert.equal(await focused(page), "password"); // of the first login; the name is there
  await keys.type(stage.password);
  await keys.press("Enter");
  await page.waitForURL((url) => !url.pathname.endsWith("/login"));
  await page.goto(`${stage.admin}/`);
  await keys.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement?.className ?? ""), /skip/);
  await page.goto(`${stage.admin}/backends`);
  await stage.live(page);
  await page.getByRole("button", { name: "Pause" }).waitFor();
  await keys.press("/");
  await keys.type("web-2");
  await stage.until("the filter", async () => (await page.locator("tr[data-key]").count()) === 1);
  await keys.press("Escape");
  await stage.until("all rows", async () => (await page.locator("tr[data-key]").count()) === 8);
  await page.evaluate(() => {
    if (document.activeElement instanceof HTMLElement) {
      document.activeElement.blur();
    }
  });
  for (let i = 0; i < 4; i++) {
    await keys.press("j");
  }
  await keys.press("k");
  const chosen = await page.evaluate(
    () => document.activeElement?.closest("tr")?.getAttribute("data-key") ?? "",
  );
  assert.notEqual(chosen, "");
  await keys.press("d");
  const dialog = page.getByRole("dialog");
  await dialog
    .getByRole("heading", { name: new RegExp(`Drain ${chosen.split("/")[1]}`) })
    .waitFor();
  await keys.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(
    await page.evaluate(() => document.activeElement?.closest("tr")?.getAttribute("data-key")),
    chosen,
  );
  await keys.press("d");
  await dialog.getByRole("button", { name: /^Drain/ }).waitFor();
  await stage.until("the dialog's button by Tab", async () => {
    await keys.press("Tab");
    return /^Drain/.test(await page.evaluate(() => document.activeElement?.textContent ?? ""));
  });
  await keys.press("Enter");
  await stage.until("the drain", async () => {
    return (await stage.api("GET", "/operations")).items.length === 1;
  });
  await page.locator(".drawer").waitFor();
  await dialog.waitFor({ state: "detached" });
  await keys.press("Escape");
  await page.locator(".drawer").waitFor({ state: "detached" });
  await keys.press("?");
  await dialog.getByRole("heading", { name: "Keys" }).waitFor();
  await keys.press("Escape");
}

async function focused(/** @type {import("playwright-core").Page} */ page) {
  return page.evaluate(() => document.activeElement?.getAttribute("name"));
}
