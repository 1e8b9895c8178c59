import assert from "node:assert/strict";

export const scene = "web";

/**
 * The walk of docs/tutorials/dashboard.md, click by click; it takes the pictures that stand there
 * and in the README. From what is wrong to why, a drain with its impact and its end, an undo, and a
 * mistake that is found and rolled back.
 */
export default async function walk(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 120 });
  await stage.order("load", { path: "/api/", rps: 30 });
  for (const [name, ms] of Object.entries({ "web-1": 4, "web-2": 5, "web-3": 4, "api-a": 9 })) {
    await stage.order("answer", { name, status: 200, ms });
  }
  const page = await stage.signedIn();
  const rows = page.getByRole("row");
  const dialog = page.getByRole("dialog");

  // What is wrong?
  await stage.order("kill", { name: "web-5" });
  await page.goto(`${stage.admin}/`);
  await page.getByRole("heading", { name: "7 of 8 backends take traffic" }).waitFor();
  await stage.live(page);
  await figures(stage);
  await stage.shot(page, "overview");
  await page.getByRole("link", { name: "web-5", exact: true }).first().click();

  // Why?
  await page.getByRole("heading", { level: 1, name: /web-5/ }).waitFor();
  await page.getByText("connection refused").first().waitFor();
  await page.locator(".uplot").first().waitFor();
  await stage.shot(page, "backend");
  await stage.order("start", { name: "web-5" });

  // Take one out: what would happen, what happens, when it is empty.
  await stage.order("hold", { path: "/held", requests: 30 });
  await page.getByRole("link", { name: "Backends", exact: true }).click();
  await stage.live(page);
  await stage.until("held requests on web-2", async () => {
    return (await stage.api("GET", "/pools/web/backends/web-2")).status.active >= 3;
  });
  await rows.filter({ hasText: "web-2" }).hover();
  await page.getByRole("link", { name: "Drain web-2" }).click();
  await dialog.locator(".impact").getByText("web-3").waitFor();
  await dialog.getByLabel("Reason").fill("kernel patch");
  await stage.shot(page, "drain-impact");
  await dialog.getByRole("button", { name: "Drain", exact: true }).click();
  const drawer = page.locator(".drawer");
  await drawer.getByText(/\d+ of \d+ left/).waitFor();
  await stage.shot(page, "drain-progress");
  for (const name of ["web-1", "web-2", "web-3", "web-4", "web-5", "web-6"]) {
    await stage.order("release", { name });
  }
  await rows.filter({ hasText: "web-2" }).getByText("drained").waitFor();
  await drawer.getByRole("button", { name: "Back to ready" }).click();
  await rows.filter({ hasText: "web-2" }).locator(".state-up").waitFor();
  await page.keyboard.press("Escape");
  await drawer.waitFor({ state: "detached" });

  // A change, and ten seconds to take it back.
  await change(page, "web-1", "12");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await stage.shot(page, "undo");
  await page.getByRole("button", { name: "Undo" }).click();
  await weight(stage, 3);

  // A mistake that is noticed later.
  await change(page, "web-1", "12");
  await weight(stage, 12);
  await page.getByRole("link", { name: "Configuration", exact: true }).click();
  await page.getByRole("link", { name: "History" }).click();
  await page.getByRole("link", { name: /^Diff/ }).first().click();
  await page.locator(".diff .added, .diff ins").first().waitFor();
  await stage.shot(page, "diff");
  await page.goBack();
  await page
    .getByRole("link", { name: /^Roll back/ })
    .first()
    .click();
  await page.getByRole("button", { name: /^Roll back/ }).waitFor();
  await stage.shot(page, "rollback");
  await page.getByRole("button", { name: /^Roll back/ }).click();
  await weight(stage, 3);
  assert.equal((await stage.api("GET", "/status")).revision.source, "rollback");
}

/**
 * Some seconds of figures, so that the lines on the page show something.
 * @param {import("../stage.mjs").Stage} stage
 */
async function figures(stage) {
  const seconds = Number(process.env.SLUICE_PICTURE_SECONDS ?? "3");
  await stage.until(
    "some seconds of figures",
    async () => {
      const columns = await stage.api("GET", "/metrics?window=PT15M&step=PT1S");
      return columns.rps.filter((/** @type {number} */ rps) => rps > 0).length >= seconds;
    },
    (seconds + 60) * 1000,
  );
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} id
 * @param {string} weight
 */
async function change(page, id, weight) {
  await page.getByRole("row").filter({ hasText: id }).hover();
  await page.getByRole("link", { name: `Edit ${id}` }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Weight").fill(weight);
  await dialog.getByText(`weight 3 → ${weight}`).waitFor();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
}

/**
 * @param {import("../stage.mjs").Stage} stage
 * @param {number} wanted
 */
async function weight(stage, wanted) {
  await stage.until(`weight ${wanted}`, async () => {
    return (await stage.api("GET", "/pools/web/backends/web-1")).weight === wanted;
  });
}
