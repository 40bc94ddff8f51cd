/**
 * Runs test/kernel/*.test (their form: src/dev/e2e/test-file.mjs): tsbt as a user would start it, on the kernel at hand.
 *
 *   node src/dev/e2e.mjs [word...]      only tests whose file or name contains a word
 *
 * After each test the kernel must hold as many programs and links as before (TSBT_TEST_SHARED_KERNEL=1 leaves that
 * out, for a machine on which somebody else loads programs meanwhile).
 *
 * In a virtual machine (TSBT_TEST_VM=1) the tests were compiled outside: TSBT_TEST_COMPILED names the folder
 * (src/dev/vm/compile-tests.mjs). With TSBT_TEST_TELL=1, what each passed test printed is told in a line
 * `test-output JSON`, for the pages of tools (src/dev/tool-pages.mjs). With TSBT_TEST_SILENT=1, tools run silenced and
 * their tests must fail (src/dev/e2e/silence.mjs).
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { runTest } from "./e2e/run-test.mjs";
import { judgeSilence, wantSilence } from "./e2e/silence.mjs";
import { slowest } from "./e2e/slowest.mjs";
import { machineRule, onlyInMachines, readTests, root, usesPid, work } from "./e2e/test-file.mjs";

const inVm = process.env.TSBT_TEST_VM === "1";

/** Tests that an earlier virtual machine, which died since, has run already. */
const alreadyRun = new Set(
  process.env.TSBT_TEST_DONE === undefined
    ? []
    : readFileSync(process.env.TSBT_TEST_DONE, "utf8").split("\n"),
);

const compiledFolder = process.env.TSBT_TEST_COMPILED;
const compiled =
  compiledFolder === undefined ? {} : JSON.parse(readFileSync(join(compiledFolder, "tests.json"), "utf8"));

/** For whoever watches the machine: what runs, and how it ended. */
function tellWatcher(text) {
  if (inVm) process.stdout.write(`vm-test-${text}\n`);
}

function report(test, outcome) {
  process.stdout.write(`FAILED: ${test.label} (${test.where.replace(`${root}/`, "")})\n`);
  for (const problem of outcome.problems) process.stdout.write(`  ${problem.replaceAll("\n", "\n  ")}\n`);
  if (outcome.result === undefined) return;
  process.stdout.write(`  -- standard output\n  ${outcome.result.stdout.replaceAll("\n", "\n  ")}\n`);
  process.stdout.write(`  -- standard error\n  ${outcome.result.stderr.replaceAll("\n", "\n  ")}\n`);
}

/** A passed test's output, with the kernel it ran on, in one line that survives the way out of a virtual machine. */
function tellOutput(test, { result }) {
  if (process.env.TSBT_TEST_TELL !== "1" || result === undefined) return;
  const told = { label: test.label, release: release(), stdout: result.stdout };
  // Controls of a terminal and the like must not reach the machine's console as they are: JSON escapes them.
  process.stdout.write(`test-output ${JSON.stringify(told)}\n`);
}

function prepareMachine() {
  const built = spawnSync("make", ["-s", "-C", join(root, "test/workloads"), `OUT=${work}`], {
    stdio: "inherit",
  });
  if (built.status !== 0 && !existsSync(join(work, "bpfcount"))) {
    process.stderr.write("the workloads could not be built\n");
    process.exit(1);
  }
  if (!existsSync("/sys/kernel/tracing/events"))
    spawnSync("mount", ["-t", "tracefs", "tracefs", "/sys/kernel/tracing"]);
}

/** Machines of another architecture have no compiler: nothing is compiled live there. */
function skippedHere(test, rule, reason) {
  if (!inVm) return undefined;
  if (rule === "never") return { skipped: reason };
  if ((rule === "live" || usesPid(test)) && process.env.TSBT_TEST_COMPILED_ONLY === "1")
    return { skipped: `no compiler in this machine (${reason || "the test uses {pid}"})` };
  return undefined;
}

prepareMachine();
const total = { passed: 0, failed: 0, skipped: 0 };
const times = [];
for (const test of readTests(process.argv.slice(2))) {
  const { rule, reason } = machineRule(test);
  if (alreadyRun.has(test.label) || (onlyInMachines(test) && !inVm)) continue;
  tellWatcher(`begin ${test.label}`);
  const since = Date.now();
  const ran = skippedHere(test, rule, reason) ?? (await runTest(test, compiled[test.label]));
  const outcome = wantSilence && ran.skipped === undefined ? { ...ran, problems: judgeSilence(ran) } : ran;
  const verdict =
    outcome.skipped !== undefined ? "skipped" : outcome.problems.length === 0 ? "passed" : "failed";
  total[verdict]++;
  if (verdict === "skipped") process.stdout.write(`skipped: ${test.label}: ${outcome.skipped}\n`);
  else if (verdict === "failed") report(test, outcome);
  else tellOutput(test, outcome);
  times.push({ label: test.label, seconds: (Date.now() - since) / 1000 });
  tellWatcher(`end ${verdict}`);
}
// Whoever watches a machine knows it better, from outside.
if (!inVm) for (const line of slowest(times)) process.stdout.write(`${line}\n`);
if (total.passed + total.failed + total.skipped === 0 && alreadyRun.size === 0) {
  total.failed = 1;
  process.stdout.write("FAILED: no kernel test was found\n");
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
