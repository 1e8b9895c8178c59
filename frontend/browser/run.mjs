// Runs one scenario in a Chromium: node browser/run.mjs NAME.mjs. The test that starts it owns the
// program and its backends and names them in the environment.
import { chromium } from "playwright-core";
import { Stage } from "./stage.mjs";

const name = process.argv[2];
if (!name) {
  throw new Error("which scenario? node browser/run.mjs NAME.mjs");
}
const { default: scenario } = await import(`./scenarios/${name}`);
const browser = await chromium.launch({
  executablePath: process.env.STAGE_CHROMIUM ?? "/usr/bin/chromium",
  // In a container there is neither a sandbox for root nor room in /dev/shm.
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
const stage = new Stage(browser);
try {
  await scenario(stage);
  stage.check();
} catch (failure) {
  await stage.keep(name);
  throw failure;
} finally {
  await browser.close();
}
