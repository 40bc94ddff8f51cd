/**
 * The flame graph page in a real browser: `node test/browser/flamegraph.test.mjs`, a step of `npm test`. Needs
 * Chromium; on a Debian family system, as root, it installs the package.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tsbt-browser-"));

function findBrowser() {
  return ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
}

function installBrowser() {
  if (process.env.TSBT_NO_APT || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  process.stdout.write("browser: installing Debian package (TSBT_NO_APT=1 forbids this): chromium\n");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
  if (spawnSync("apt-get", install, { env, stdio: "ignore" }).status === 0) return;
  spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
  spawnSync("apt-get", install, { env, stdio: ["ignore", "ignore", "inherit"] });
}

/** Writes a page with the command itself; returns its address. */
function makePage(stacks, before) {
  const file = join(folder, "stacks.folded");
  const page = join(folder, "page.html");
  writeFileSync(file, stacks);
  const args = ["flamegraph", file, "-o", page, "--title", "A test"];
  if (before !== undefined) {
    writeFileSync(join(folder, "before.folded"), before);
    args.push("--before", join(folder, "before.folded"));
  }
  const made = spawnSync(process.execPath, [join(root, "dist/tsbt.cjs"), ...args], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  return pathToFileURL(page).href;
}

const STACKS = "work;read_[k] 60\nwork;parse::run 30\nidle 10\n";

const tests = {
  async "draws a rectangle for each frame, as wide as its share"(page) {
    await page.goto(makePage(STACKS));
    assert.equal(await page.title(), "A test");
    assert.deepEqual((await labels(page)).sort(), ["all", "idle", "parse::run", "read", "work"]);
    const [all, work] = [await widthOf(page, "all"), await widthOf(page, "work")];
    assert.ok(Math.abs(work / all - 0.9) < 0.01, `${work} of ${all}`);
  },
  async "tells on hovering what a frame is"(page) {
    await page.goto(makePage(STACKS));
    await frame(page, "read").hover();
    assert.equal(await page.textContent("#details"), "read: 60 (60.00%)");
  },
  async "zooms on a click, and back"(page) {
    await page.goto(makePage(STACKS));
    const before = await widthOf(page, "read");
    await frame(page, "read").click();
    await page.waitForTimeout(500);
    const zoomed = await widthOf(page, "read");
    assert.ok(zoomed > before * 1.5, `${before} to ${zoomed}`);
    await page.click("#reset");
    await page.waitForTimeout(500);
    assert.ok(Math.abs((await widthOf(page, "read")) - before) < 2);
  },
  async "finds functions by name"(page) {
    await page.goto(makePage(STACKS));
    const colors = async () => [await colorOf(page, "read"), await colorOf(page, "idle")];
    const [read, idle] = await colors();
    await page.fill("#term", "rea");
    await page.waitForTimeout(300);
    const [found, other] = await colors();
    assert.notEqual(found, read);
    assert.equal(other, idle);
    assert.match(await page.textContent("#details"), /^matched: 60 \(60\.00%\)$/);
  },
  async "colors kernel, user and C++ apart"(page) {
    await page.goto(makePage(STACKS));
    const colors = new Set();
    for (const name of ["read", "parse::run", "work"]) colors.add(await colorOf(page, name));
    assert.equal(colors.size, 3);
  },
  async "shows what has changed, red and blue"(page) {
    await page.goto(makePage("a 80\nb 20\n", "a 20\nb 80\n"));
    const red = await colorOf(page, "a");
    const blue = await colorOf(page, "b");
    const channels = (color) => color.match(/\d+/g).map(Number);
    assert.ok(channels(red)[0] > channels(red)[2], red);
    assert.ok(channels(blue)[2] > channels(blue)[0], blue);
  },
};

const frame = (page, name) => page.locator(`#chart g.frame[name="${name}"]`);
const labels = (page) =>
  page.locator("#chart g.frame").evaluateAll((all) => all.map((each) => each.getAttribute("name")));
const widthOf = async (page, name) => (await frame(page, name).boundingBox()).width;
const colorOf = (page, name) =>
  frame(page, name)
    .locator("rect")
    .evaluate((rect) => getComputedStyle(rect).fill);

if (findBrowser() === undefined) installBrowser();
const executablePath = findBrowser();
if (executablePath === undefined) {
  const reason = "there is no Chromium here, and it may not be installed";
  process.stdout.write(
    `skipped: browser: ${reason}\n0 passed, 0 failed, ${Object.keys(tests).length} skipped\n`,
  );
  process.exit(0);
}
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
  ],
});
let passed = 0;
let failed = 0;
for (const [name, run] of Object.entries(tests)) {
  const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  try {
    await run(page);
    passed++;
  } catch (error) {
    failed++;
    process.stdout.write(`FAILED: browser: ${name}\n  ${String(error.message).replaceAll("\n", "\n  ")}\n`);
  }
  await page.close();
}
await browser.close();
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed, 0 skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
