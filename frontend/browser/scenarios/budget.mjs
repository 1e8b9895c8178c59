import assert from "node:assert/strict";

export const scene = "many";

const FIRST_BYTES = 45_000;
const CHART_BYTES = 25_000;
const MINUTES = Number(process.env.SLUICE_BUDGET_MINUTES ?? "0.5");

/**
 * What the pages cost: bytes on the wire, and with 300 backends that all have traffic each second,
 * how much script a second takes and whether the heap grows. Bytes are exact and asserted. Times
 * depend on the machine, so they are printed, and asserted only far beyond the budget.
 */
export default async function budget(/** @type {import("../stage.mjs").Stage} */ stage) {
  await stage.order("load", { path: "/", rps: 100 });
  await stage.order("load", { path: "/search/", rps: 100 });
  await stage.order("load", { path: "/static/", rps: 100 });
  const page = await stage.signedIn();
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  /** @type {Map<string, {url: string, bytes: number}>} */
  const loads = new Map();
  session.on("Network.responseReceived", (event) =>
    loads.set(event.requestId, { url: event.response.url, bytes: 0 }),
  );
  session.on("Network.loadingFinished", (event) => {
    const load = loads.get(event.requestId);
    if (load) {
      load.bytes = event.encodedDataLength;
    }
  });
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await page.goto(`${stage.admin}/`);
  await stage.live(page);
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1,
  );
  const first = [...loads.values()].filter((load) => !load.url.includes("/api/"));
  const bytes = first.reduce((sum, load) => sum + load.bytes, 0);
  await page.goto(`${stage.admin}/backends/checkout/checkout-1`);
  await stage.live(page);
  await page.locator(".uplot").first().waitFor();
  const lazy = [...loads.values()].filter((load) => load.url.includes("/assets/charts-"));
  const charts = lazy.reduce((sum, load) => sum + load.bytes, 0);

  await page.goto(`${stage.admin}/backends`);
  await stage.live(page);
  await page.locator("tr[data-key]").first().waitFor();
  const heap = await heapNow(session);
  const end = Date.now() + MINUTES * 60_000;
  const slow = [];
  while (Date.now() < end) {
    const started = Date.now();
    await page.locator("input[type=search]").fill("search-1");
    await page.waitForFunction(
      () => document.querySelector("tr[data-key]")?.getAttribute("data-key") === "search/search-1",
    );
    await page.locator("input[type=search]").fill("");
    await page.waitForFunction(
      () =>
        document
          .querySelector("tr[data-key]")
          ?.getAttribute("data-key")
          ?.startsWith("checkout/") === true,
    );
    slow.push((Date.now() - started) / 2);
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }
  const grown = (await heapNow(session)) - heap;
  slow.sort((a, b) => a - b);
  const median = slow[Math.floor(slow.length / 2)] ?? 0;
  process.stdout.write(
    `first page ${bytes} B, charts ${charts} B, first paint ${Math.round(paint)} ms, ` +
      `filtering 300 backends ${median} ms, heap +${Math.round(grown / 1024)} KiB in ${MINUTES} min\n`,
  );
  assert.ok(bytes <= FIRST_BYTES, `the first page takes ${bytes} B: ${JSON.stringify(first)}`);
  assert.ok(charts > 0 && charts <= CHART_BYTES, `charts take ${charts} B`);
  assert.ok(paint > 0 && paint < 5000, `first paint after ${paint} ms`);
  assert.ok(grown < 4_000_000, `the heap has grown by ${grown} B`);
}

async function heapNow(/** @type {import("playwright-core").CDPSession} */ session) {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}
