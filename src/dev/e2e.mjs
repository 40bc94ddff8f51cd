/**
 * Runs test/kernel/*.test: tsbt as a user would start it, on the kernel at hand.
 *
 *   node src/dev/e2e.mjs [--kernel-label TEXT] [word...]      only tests whose file or name contains a word
 *
 * A file is a list of tests. A test begins at `NAME`; each further line is a directive and its argument. Lines that
 * begin with `|` continue the argument of the directive above, one line each, the text after `| ` taken literally.
 *
 *   NAME what is shown
 *   PROG one-liner              or FILE path (from the repository's root)
 *   ARGS options of tsbt, split as a shell splits words; `{work}` is the folder of the workloads,
 *        `{tmp}` an empty folder, `{root}` the repository
 *   RUN  command, traced through -c (same replacements)
 *   PARAMS positional parameters
 *   BEFORE shell command run first (its failure fails the test), AFTER one run last; its output is compared with
 *        AFTER_EXPECT if given
 *   BESIDE command that runs meanwhile and is killed afterwards; `{pid}` elsewhere is its number
 *   SIGNAL name, sent once "attached" shows (for scripts that do not end by themselves)
 *   EXPECT exact standard output, blank lines around it aside     EXPECT_RE regular expression that standard output must match (may be repeated)
 *   SORTED  compare output lines in sorted order
 *   STDERR_RE expression that standard error must match; without one, standard error must be empty
 *   EXIT code (0)    TIMEOUT seconds (20)    ENV NAME=value
 *   REQUIRES kprobe fentry uprobe hardware bpf clang… kfunc:NAME     the kernel must have it, or the test is skipped by name
 *   VM only, also or never: run in the virtual machines (src/dev/vm.mjs)? Tests that require kprobe or fentry are
 *        run there too by themselves, the rest is not
 *   MODULES kernel modules to load first (the virtual machines' kernels have all of Debian's)
 *
 * After each test the kernel must hold as many programs and links as before (TSBT_TEST_SHARED_KERNEL=1 leaves that
 * out, for a machine on which somebody else loads programs meanwhile).
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { haveProgram } from "./vm/packages.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const work = join(root, "build/workloads");
const tsbt = process.env.TSBT ?? join(root, "bin/tsbt");
const directives = new Set(
  "NAME PROG FILE ARGS RUN PARAMS BEFORE AFTER AFTER_EXPECT SIGNAL EXPECT EXPECT_RE SORTED STDERR_RE EXIT TIMEOUT ENV REQUIRES VM MODULES BESIDE".split(
    " ",
  ),
);

function parseFile(path) {
  const tests = [];
  let current;
  let last;
  for (const [index, line] of readFileSync(path, "utf8").split("\n").entries()) {
    const where = `${path}:${index + 1}`;
    if (line.startsWith("|")) {
      if (last === undefined) throw new Error(`${where}: a continuation without a directive`);
      last.lines.push(line.startsWith("| ") ? line.slice(2) : line.slice(1));
      continue;
    }
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [, word, rest] = /^(\S+)\s?(.*)$/.exec(line);
    if (!directives.has(word)) throw new Error(`${where}: unknown directive ${word}`);
    if (word === "NAME") {
      current = { name: rest, where, all: [] };
      tests.push(current);
    }
    if (current === undefined) throw new Error(`${where}: ${word} before NAME`);
    last = { word, lines: rest === "" ? [] : [rest] };
    current.all.push(last);
  }
  return tests;
}

const one = (test, word) => {
  const found = test.all.find((entry) => entry.word === word);
  return found?.lines.join("\n");
};
const many = (test, word) => test.all.filter((e) => e.word === word).map((e) => e.lines.join("\n"));

/** Words as a shell splits them: quotes group, backslash escapes. */
function splitWords(text) {
  const words = [];
  let word;
  let quote;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quote) {
      if (c === quote) quote = undefined;
      else word += c;
    } else if (c === "'" || c === '"') {
      quote = c;
      word ??= "";
    } else if (c === "\\") {
      word = (word ?? "") + (text[++i] ?? "");
    } else if (c === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** What this kernel has, asked of the kernel itself and not of tsbt. */
const featureProbes = {
  kprobe: () => existsSync("/sys/bus/event_source/devices/kprobe"),
  uprobe: () => existsSync("/sys/bus/event_source/devices/uprobe"),
  fentry: () =>
    existsSync("/sys/bus/event_source/devices/kprobe") &&
    existsSync("/sys/kernel/tracing/available_filter_functions"),
  hardware: () => existsSync("/sys/bus/event_source/devices/cpu/events/cpu-cycles"),
  bpf: () => spawnSync(join(work, "bpfcount")).status === 0,
  btf: () => existsSync("/sys/kernel/btf/vmlinux"),
  shell: () => existsSync("/bin/bash"),
  "no-fentry": () => !featureProbes.fentry(),
  /** For C that scripts import; installed where that may be. */
  clang: () => haveProgram("clang", "clang"),
  smp: () => readdirSync("/sys/bus/cpu/devices").length > 1,
};

/** Does the kernel's BTF mention a function? Its strings end in NULs. */
function namedInBtf(name) {
  if (!featureProbes.btf()) return false;
  return readFileSync("/sys/kernel/btf/vmlinux").includes(`\0${name}\0`);
}

/** Features that the caller knows this kernel to have (space-separated): lacking one is a failure, not a skip. */
const mustHave = (process.env.TSBT_TEST_MUST_HAVE ?? "").split(" ").filter((name) => name !== "");

/** In a virtual machine only what needs it is run: emulation is slow. */
const inVm = process.env.TSBT_TEST_VM === "1";

function isMeantForHere(test) {
  const needs = (one(test, "REQUIRES") ?? "").split(" ");
  const vm = one(test, "VM") ?? (needs.includes("kprobe") || needs.includes("fentry") ? "also" : "never");
  if (!["only", "also", "never"].includes(vm)) throw new Error(`${test.where}: VM is only, also or never`);
  return inVm ? vm !== "never" : vm !== "only";
}

/** Tests that an earlier virtual machine, which died since, has run already. */
const alreadyRun = new Set(
  process.env.TSBT_TEST_DONE === undefined
    ? []
    : readFileSync(process.env.TSBT_TEST_DONE, "utf8").split("\n"),
);

/** For whoever watches the machine: what runs, and how it ended. */
function tellWatcher(text) {
  if (inVm) process.stdout.write(`vm-test-${text}\n`);
}

function countPrograms() {
  return spawnSync(join(work, "bpfcount"), { encoding: "utf8" }).stdout.trim();
}

/** The kernel frees programs after a grace period: wait a little for the count to come back. */
async function countReturnsTo(before) {
  const numbers = (text) => (text.match(/\d+/g) ?? []).map(Number);
  const most = numbers(before);
  for (let tries = 0; tries < 60; tries++) {
    // Fewer are good too: some of an earlier test may have been dying still.
    const now = numbers(countPrograms());
    if (now.length === most.length && now.every((count, index) => count <= most[index])) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** The command of BESIDE, with a moment to come to its main loop. */
async function startBeside(test, tmp) {
  const command = one(test, "BESIDE");
  if (command === undefined) return undefined;
  const [program, ...args] = splitWords(fillIn(command, tmp));
  const beside = spawn(program, args, { cwd: root, stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  return beside;
}

const fillIn = (text, tmp, pid = "") =>
  text
    .replaceAll("{work}", work)
    .replaceAll("{tmp}", tmp)
    .replaceAll("{root}", root)
    .replaceAll("{pid}", `${pid}`);

function start(test, tmp, beside) {
  const fill = (text) => fillIn(text, tmp, beside?.pid);
  const args = splitWords(fill(one(test, "ARGS") ?? ""));
  const command = one(test, "RUN");
  if (command !== undefined) args.push("-c", fill(command));
  const prog = one(test, "PROG");
  if (prog !== undefined) args.push("-e", fill(prog));
  else if (one(test, "FILE") !== undefined) args.push(fill(one(test, "FILE")));
  args.push(...splitWords(fill(one(test, "PARAMS") ?? "")));
  const env = { ...process.env, __BPFTRACE_NOTIFY_PROBES_ATTACHED: "1", NO_COLOR: "1" };
  for (const pair of many(test, "ENV"))
    env[pair.slice(0, pair.indexOf("="))] = pair.slice(pair.indexOf("=") + 1);
  return { child: spawn(tsbt, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] }), fill };
}

function finish(test, child) {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    let signalled = false;
    const signal = one(test, "SIGNAL");
    const look = () => {
      if (signal !== undefined && !signalled && /__BPFTRACE_NOTIFY_PROBES_ATTACHED/.test(stdout + stderr)) {
        signalled = true;
        setTimeout(() => child.kill(signal), 300);
      }
    };
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      look();
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      look();
    });
    const seconds = Number(one(test, "TIMEOUT") ?? 20) * Number(process.env.TSBT_TEST_SLOWNESS ?? 1);
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, seconds * 1000);
    child.on("error", (error) => resolve({ stdout, stderr: String(error), code: 127, timedOut }));
    child.on("close", (code, killer) => {
      clearTimeout(timer);
      resolve({ stdout, stderr, code: code ?? `signal ${killer}`, timedOut });
    });
  });
}

/** The lines about attaching are bpftrace's too, and change with its versions: not what a test is about. */
const clean = (text) =>
  text
    .split("\n")
    .filter((line) => !/^(Attach(ing|ed) \d+ probes?(\.\.\.)?|__BPFTRACE_NOTIFY_PROBES_ATTACHED)$/.test(line))
    .join("\n");

const sorted = (text) => text.split("\n").sort().join("\n").trim();

function judge(test, result) {
  const problems = [];
  if (result.timedOut) problems.push("did not end in time");
  const exit = one(test, "EXIT") ?? "0";
  if (String(result.code) !== exit) problems.push(`exit code ${result.code}, expected ${exit}`);
  const expected = one(test, "EXPECT");
  const isSorted = test.all.some((entry) => entry.word === "SORTED");
  // Blank lines around the whole output separate it from the prompt; tests of those use EXPECT_RE.
  const trim = (text) => text.replace(/^\n+|\n+$/g, "");
  const same = (a, b) => (isSorted ? sorted(a) === sorted(b) : trim(a) === trim(b));
  if (expected !== undefined && !same(result.stdout, expected)) {
    problems.push(`standard output differs; expected:\n${expected}`);
  }
  for (const text of many(test, "EXPECT_RE")) {
    if (!new RegExp(text, "m").test(result.stdout)) problems.push(`standard output does not match ${text}`);
  }
  const wanted = many(test, "STDERR_RE");
  for (const text of wanted) {
    if (!new RegExp(text, "m").test(result.stderr)) problems.push(`standard error does not match ${text}`);
  }
  if (wanted.length === 0 && result.stderr.trim() !== "") problems.push("standard error is not empty");
  return problems;
}

async function runTest(test) {
  const missing = (one(test, "REQUIRES") ?? "")
    .split(" ")
    .filter((name) => name !== "")
    .filter((name) => {
      if (name.startsWith("kfunc:")) return !namedInBtf(name.slice(6));
      if (!(name in featureProbes)) throw new Error(`${test.where}: unknown requirement ${name}`);
      return !featureProbes[name]();
    });
  const promised = missing.filter((name) => mustHave.includes(name));
  if (promised.length > 0)
    return { problems: [`this kernel should have ${promised.join(", ")}, and has not`] };
  if (missing.length > 0) return { skipped: `this kernel has no ${missing.join(", ")}` };
  const tmp = mkdtempSync(join(tmpdir(), "tsbt-e2e-"));
  try {
    const before = countPrograms();
    const modules = (one(test, "MODULES") ?? "").split(" ").filter((name) => name !== "");
    if (modules.some((name) => spawnSync("modprobe", [name]).status !== 0))
      return inVm
        ? { problems: [`modprobe failed for ${modules.join(", ")}`] }
        : { skipped: `this kernel cannot load ${modules.join(", ")}` };
    const prepare = one(test, "BEFORE");
    const replace = (text) =>
      text.replaceAll("{work}", work).replaceAll("{tmp}", tmp).replaceAll("{root}", root);
    if (prepare !== undefined) {
      const made = spawnSync("/bin/sh", ["-c", replace(prepare)], { cwd: root, encoding: "utf8" });
      if (made.status !== 0) return { problems: [`BEFORE failed: ${made.stderr}`], result: undefined };
    }
    const beside = await startBeside(test, tmp);
    const { child } = start(test, tmp, beside);
    const raw = await finish(test, child);
    beside?.kill("SIGKILL");
    const result = { ...raw, stdout: clean(raw.stdout), stderr: clean(raw.stderr) };
    const problems = judge(test, result);
    const after = one(test, "AFTER");
    if (after !== undefined) {
      const done = spawnSync("/bin/sh", ["-c", replace(after)], { cwd: root, encoding: "utf8" });
      const text = clean(done.stdout);
      if (done.status !== 0) problems.push(`AFTER failed: ${done.stderr}`);
      const expected = one(test, "AFTER_EXPECT");
      if (expected !== undefined && text.trim() !== expected.trim()) problems.push(`AFTER printed:\n${text}`);
    }
    if (process.env.TSBT_TEST_SHARED_KERNEL !== "1" && !(await countReturnsTo(before)))
      problems.push(`left behind: ${before} before, ${countPrograms()} after`);
    return { problems, result };
  } finally {
    rmSync(tmp, { recursive: true, force: true });
  }
}

const words = process.argv.slice(2);
const built = spawnSync("make", ["-s", "-C", join(root, "test/workloads"), `OUT=${work}`], {
  stdio: "inherit",
});
if (built.status !== 0 && !existsSync(join(work, "bpfcount"))) {
  process.stderr.write("the workloads could not be built\n");
  process.exit(1);
}
if (!existsSync("/sys/kernel/tracing/events"))
  spawnSync("mount", ["-t", "tracefs", "tracefs", "/sys/kernel/tracing"]);
let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of readdirSync(join(root, "test/kernel")).sort()) {
  if (!file.endsWith(".test")) continue;
  for (const test of parseFile(join(root, "test/kernel", file))) {
    const label = `${file.replace(/\.test$/, "")}: ${test.name}`;
    if (words.length > 0 && !words.some((word) => label.includes(word))) continue;
    if (!isMeantForHere(test) || alreadyRun.has(label)) continue;
    tellWatcher(`begin ${label}`);
    const outcome = await runTest(test);
    if (outcome.skipped !== undefined) {
      skipped++;
      process.stdout.write(`skipped: ${label}: ${outcome.skipped}\n`);
    } else if (outcome.problems.length === 0) passed++;
    else {
      failed++;
      process.stdout.write(`FAILED: ${label} (${test.where.replace(`${root}/`, "")})\n`);
      for (const problem of outcome.problems) process.stdout.write(`  ${problem.replaceAll("\n", "\n  ")}\n`);
      if (outcome.result) {
        process.stdout.write(`  -- standard output\n  ${outcome.result.stdout.replaceAll("\n", "\n  ")}\n`);
        process.stdout.write(`  -- standard error\n  ${outcome.result.stderr.replaceAll("\n", "\n  ")}\n`);
      }
    }
    tellWatcher(
      `end ${outcome.skipped !== undefined ? "skipped" : outcome.problems.length === 0 ? "passed" : "failed"}`,
    );
  }
}
if (passed + failed + skipped === 0 && alreadyRun.size === 0) {
  failed = 1;
  process.stdout.write("FAILED: no kernel test was found\n");
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
