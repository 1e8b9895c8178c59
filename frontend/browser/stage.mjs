import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const DEADLINE = 30_000;

/** @param {string} name */
function environment(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set; scenarios are started by DashboardIT`);
  }
  return value;
}

/** What a scenario plays with: the browser, the program behind it, and what its pages complain of. */
export class Stage {
  admin = environment("STAGE_ADMIN");
  proxy = environment("STAGE_PROXY");
  password = environment("STAGE_PASSWORD");
  token = environment("STAGE_TOKEN");
  #control = environment("STAGE_CONTROL");
  #screenshots = environment("STAGE_SCREENSHOTS");
  /** @type {import("playwright-core").Browser} */
  browser;
  /** @type {string[]} */
  #complaints = [];
  /** @type {import("playwright-core").Page[]} */
  #pages = [];
  /** Statuses that a scenario provokes: Chromium writes a line for each to the console. */
  expectedStatuses = new Set();
  /** While the wire is cut, failed connections are no complaint. */
  expectOffline = false;

  /** @param {import("playwright-core").Browser} browser */
  constructor(browser) {
    this.browser = browser;
  }

  /**
   * A page of a browser that knows nothing yet.
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async page(options) {
    const context = await this.browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      ...options,
    });
    context.setDefaultTimeout(DEADLINE);
    const page = await context.newPage();
    this.#pages.push(page);
    page.on("pageerror", (error) => this.#complaints.push(`error in the page: ${error}`));
    page.on("console", (message) => {
      const text = message.text();
      const status = /the server responded with a status of (\d+)/.exec(text)?.[1];
      const offline = /net::ERR_|Failed to fetch/.test(text) && this.expectOffline;
      if (message.type() === "error" && !offline && !this.expectedStatuses.has(Number(status))) {
        this.#complaints.push(`console of ${page.url()}: ${text}`);
      }
    });
    return page;
  }

  /**
   * The same, signed in.
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async signedIn(options, user = "admin", password = this.password) {
    const page = await this.page(options);
    await this.signIn(page, user, password);
    return page;
  }

  /** @param {import("playwright-core").Page} page */
  async signIn(page, user = "admin", password = this.password) {
    await page.goto(`${this.admin}/login`);
    await page.getByLabel("Name").fill(user);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith("/login"));
  }

  /**
   * Waits until the page follows what happens, and its keys and buttons are in place.
   * @param {import("playwright-core").Page} page
   */
  async live(page) {
    await page.locator(".pill.live").waitFor();
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  }

  /**
   * Gives the stage an order: kill, start, add, answer, release, load, hold, answered, cut, mend.
   * @param {string} order
   * @param {Record<string, string | number>} [values]
   */
  async order(order, values = {}) {
    const query = new URLSearchParams(
      Object.entries(values).map(([name, value]) => [name, String(value)]),
    );
    const answer = await fetch(`${this.#control}/${order}?${query}`, { method: "POST" });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${order}: ${text}`);
    return text;
  }

  /**
   * Calls the API as automation does.
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   */
  async api(method, path, body, headers = {}) {
    const answer = await fetch(`${this.admin}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /**
   * Waits until a condition holds.
   * @param {string} what ends the sentence "waited in vain for"
   * @param {() => Promise<boolean>} condition
   * @param {number} [most] milliseconds; far beyond what it takes
   */
  async until(what, condition, most = DEADLINE) {
    const end = Date.now() + most;
    while (!(await condition())) {
      assert.ok(Date.now() < end, `waited in vain for ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /**
   * Keeps a picture of the page for people to look at.
   * @param {import("playwright-core").Page} page
   * @param {string} name
   */
  async shot(page, name, fullPage = false) {
    mkdirSync(this.#screenshots, { recursive: true });
    await page.screenshot({ path: join(this.#screenshots, `${name}.png`), fullPage });
  }

  /**
   * Asks axe what is hard to use on the page as it is: WCAG 2.2 AA and good practice. What it finds
   * fails the scenario at its end.
   * @param {import("playwright-core").Page} page
   * @param {string} where
   */
  async accessible(page, where) {
    await page.evaluate(AXE);
    const found = await page.evaluate(async () => {
      const axe = /** @type {{axe: import("axe-core")}} */ (/** @type {unknown} */ (globalThis))
        .axe;
      const results = await axe.run(document);
      return results.violations.map(
        (violation) =>
          `${violation.id} (${violation.help}): ${violation.nodes
            .slice(0, 5)
            .map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`)
            .join("; ")}`,
      );
    });
    this.#complaints.push(...found.map((violation) => `axe on ${where}: ${violation}`));
  }

  /** Fails when a page has complained: an error, or something that its policy forbids. */
  check() {
    assert.deepEqual([...new Set(this.#complaints)], []);
  }

  /**
   * Keeps what the pages look like after a failure.
   * @param {string} name
   */
  async keep(name) {
    for (const [i, page] of this.#pages.entries()) {
      if (!page.isClosed()) {
        await this.shot(page, `failed-${name}-${i}`);
      }
    }
    for (const complaint of new Set(this.#complaints)) {
      process.stderr.write(`${complaint}\n`);
    }
  }
}
