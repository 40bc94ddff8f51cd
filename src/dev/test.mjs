/**
 * `npm test`: everything that judges this project, one step after the other, and one line of totals at the end.
 * `npm test -- unit e2e` runs only the steps named. A step that cannot start counts as one failure.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const bin = (name) => join(root, "node_modules/.bin", name);

/** Runs a command with its output shown; resolves to its exit code and all it printed on standard output. */
function run(command, args, { show = true, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_NO_WARNINGS: "1", ...env },
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (show) process.stdout.write(chunk);
    });
    child.stderr.on("data", (chunk) => {
      if (!show) text += chunk;
      else process.stderr.write(chunk);
    });
    child.on("error", (error) => resolve({ code: 127, text: String(error) }));
    child.on("close", (code) => resolve({ code: code ?? 128, text }));
  });
}

/** A step of one verdict: passes when its command does. */
async function verdict(command, args) {
  const { code } = await run(command, args);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

function sum(all) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const counts of all) for (const key of Object.keys(total)) total[key] += counts[key];
  return total;
}

/** A step whose own last line is `N passed, N failed, N skipped`. */
async function counted(command, args) {
  const { code, text } = await run(command, args);
  const line = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (!line) return { passed: 0, failed: 1, skipped: 0 };
  const counts = { passed: Number(line[1]), failed: Number(line[2]), skipped: Number(line[3]) };
  // A step that fails without a failed test (a crash, a leak report) must not pass for good.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function vitest() {
  const file = join(root, "build/vitest.json");
  mkdirSync(join(root, "build"), { recursive: true });
  rmSync(file, { force: true });
  const { code } = await run(bin("vitest"), [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${file}`,
  ]);
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  for (const suite of report.testResults) {
    for (const test of suite.assertionResults) {
      if (test.status === "pending" || test.status === "skipped" || test.status === "todo") {
        process.stdout.write(`skipped: ${relative(root, suite.name)}: ${test.fullName}\n`);
      }
    }
  }
  const failed = report.numFailedTests + (code !== 0 && report.numFailedTests === 0 ? 1 : 0);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests };
}

/** What has not changed since the last time is not judged again. */
function typesOf(project) {
  const memory = join(root, "build", `types-${project.replaceAll(/\W/g, "-")}.tsbuildinfo`);
  return ["--noEmit", "--incremental", "--tsBuildInfoFile", memory, "-p", project];
}

const steps = {
  setup: () => verdict(process.execPath, ["src/dev/setup.mjs"]),
  types: async () => {
    // What runs in a browser is judged with a browser's types.
    const both = [
      await verdict(bin("tsc"), typesOf(".")),
      await verdict(bin("tsc"), typesOf("src/flamegraph/browser")),
    ];
    return sum(both);
  },
  lint: () => verdict(bin("biome"), ["check", "--error-on-warnings", "."]),
  unit: vitest,
  loader: async () => {
    // A real object, for the loader's tests to cut short and to forge.
    const object = join(root, "build/loader-test.o");
    mkdirSync(join(root, "build"), { recursive: true });
    const program =
      'let @a = hash(5); begin { @a[comm] = 1; @h = hist(3); @s = sum(pid); printf("%d %s\\n", pid, comm); }';
    await run("node", [join(root, "dist/tsbt.cjs"), "--emit-elf", object, "-e", program]);
    return counted("make", ["-s", "-C", "runtime", "check", `TSBT_TEST_OBJECT=${object}`]);
  },
  browser: () => counted(process.execPath, ["test/browser/flamegraph.test.mjs"]),
  e2e: () => counted(process.execPath, ["src/dev/e2e.mjs"]),
  examples: () => counted(process.execPath, ["src/dev/examples.mjs"]),
  vm: () => counted(process.execPath, ["src/dev/vm.mjs"]),
};

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!(name in steps)) {
    process.stderr.write(`unknown step '${name}': steps are ${Object.keys(steps).join(", ")}\n`);
    process.exit(2);
  }
}
const total = { passed: 0, failed: 0, skipped: 0 };
const rows = [];
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`\n== ${name}\n`);
  const started = Date.now();
  const counts = await step();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  rows.push(
    `${name.padEnd(7)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds} s)`,
  );
  for (const key of Object.keys(total)) total[key] += counts[key];
}
process.stdout.write(`\n${rows.join("\n")}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
