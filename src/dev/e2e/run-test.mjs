/** One test on the kernel at hand. */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clean, judge } from "./judge.mjs";
import { unfit } from "./kernel-at-hand.mjs";
import { leftBehind, noteLoaded } from "./leftovers.mjs";
import { commandLine, environmentOf, fillIn, one, root, splitWords, wordsOf } from "./test-file.mjs";

const tsbt = process.env.TSBT ?? join(root, "bin/tsbt");
const slowness = Number(process.env.TSBT_TEST_SLOWNESS ?? 1);

/** The command of BESIDE, with a moment to come to its main loop. */
async function startBeside(test, tmp) {
  const command = one(test, "BESIDE");
  if (command === undefined) return undefined;
  const [program, ...args] = splitWords(fillIn(command, tmp));
  const beside = spawn(program, args, { cwd: root, stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 200));
  return beside;
}

/** tsbt with all it prints; resolves to `{ code, stdout, stderr, timedOut }`. */
function finish(test, child, beside) {
  return new Promise((resolve) => {
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    let signalled = false;
    const [signal, whose] = wordsOf(test, "SIGNAL");
    const receiver = whose === "beside" ? beside : child;
    const look = () => {
      if (signal !== undefined && !signalled && /__BPFTRACE_NOTIFY_PROBES_ATTACHED/.test(stdout + stderr)) {
        signalled = true;
        setTimeout(() => receiver.kill(signal), 300);
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
    const seconds = Number(one(test, "TIMEOUT") ?? 20) * slowness;
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

/**
 * Runs tsbt. `compiled` is what compiling it elsewhere came to: what was printed is part of the result, and where there
 * is something to run, the front runs that and starts no compiler.
 */
async function runTsbt(test, tmp, beside, compiled) {
  const isWhole = compiled === undefined || compiled.built !== undefined;
  if (!isWhole && compiled.message === undefined) return { ...compiled, timedOut: false };
  const env = { ...process.env, ...environmentOf(test, tmp) };
  const stdio = ["ignore", "pipe", "pipe"];
  const words = isWhole ? commandLine(test, tmp, beside?.pid) : ["--run-compiled", compiled.message];
  const child = spawn(tsbt, words, { cwd: root, env, stdio });
  const result = await finish(test, child, beside);
  if (isWhole) return result;
  return {
    ...result,
    stdout: compiled.stdout + result.stdout,
    stderr: compiled.stderr + result.stderr,
  };
}

/** Runs a shell command of a test, its folders and the target's profile filled in; `spawnSync`'s result. */
export function shell(command, tmp, target) {
  return spawnSync("/bin/sh", ["-c", fillIn(command, tmp, "", target)], { cwd: root, encoding: "utf8" });
}

let profileHere;

/** A profile of the running kernel, saved when the first test wants it. */
function targetHere() {
  if (profileHere !== undefined) return profileHere;
  const path = join(root, "build/target-here");
  const saved = spawnSync(tsbt, ["target", "save", path], { cwd: root, encoding: "utf8" });
  if (saved.status !== 0) throw new Error(`tsbt target save failed: ${saved.stderr}`);
  profileHere = path;
  return path;
}

/** What must be there before tsbt starts: problems, if a command that makes it fails. */
function prepare(test, tmp, compiled) {
  const build = one(test, "BUILD");
  if (compiled?.built !== undefined) cpSync(compiled.built, tmp, { recursive: true });
  const commands = [
    ...(compiled === undefined ? [["INPUT", one(test, "INPUT")]] : []),
    ...(compiled === undefined && build !== undefined ? [["BUILD", build, targetHere()]] : []),
    ["BEFORE", one(test, "BEFORE")],
  ];
  for (const [word, command, target] of commands) {
    const made = command === undefined ? undefined : shell(command, tmp, target);
    if (made !== undefined && made.status !== 0) return [`${word} failed: ${made.stderr}`];
  }
  return [];
}

/** What AFTER printed, if it is not what was expected. */
function judgeAfter(test, tmp) {
  const after = one(test, "AFTER");
  if (after === undefined) return [];
  const problems = [];
  const done = shell(after, tmp);
  if (done.status !== 0) problems.push(`AFTER failed: ${done.stderr}`);
  const text = clean(done.stdout);
  const expected = one(test, "AFTER_EXPECT");
  if (expected !== undefined && text.trim() !== expected.trim()) problems.push(`AFTER printed:\n${text}`);
  return problems;
}

/** Problems with locking the kernel down as a test wants it; to what it is locked already it may be again. */
function lockDown(level) {
  const file = "/sys/kernel/security/lockdown";
  try {
    if (!readFileSync(file, "utf8").includes(`[${level}]`)) writeFileSync(file, level);
    return [];
  } catch (error) {
    return [`cannot lock the kernel down: ${error.message}`];
  }
}

async function runIn(tmp, test, compiled) {
  const level = one(test, "LOCKDOWN");
  const open = level === undefined ? [] : lockDown(level);
  if (open.length > 0) return { problems: open };
  const modules = wordsOf(test, "MODULES");
  if (modules.some((name) => spawnSync("modprobe", [name]).status !== 0))
    return process.env.TSBT_TEST_VM === "1"
      ? { problems: [`modprobe failed for ${modules.join(", ")}`] }
      : { skipped: `this kernel cannot load ${modules.join(", ")}` };
  const problems = prepare(test, tmp, compiled);
  if (problems.length > 0) return { problems };
  const beside = await startBeside(test, tmp);
  const raw = await runTsbt(test, tmp, beside, compiled);
  beside?.kill("SIGKILL");
  const result = { ...raw, stdout: clean(raw.stdout), stderr: clean(raw.stderr) };
  return { problems: [...judge(test, result), ...judgeAfter(test, tmp)], result };
}

/**
 * `{ skipped: reason }`, or `{ problems, result }`: no problems, passed. `compiled` is `{ tmp, code, stdout, stderr,
 * message }` of a test that was compiled elsewhere, or `{ tmp, built }` of one whose object was (src/dev/vm/compile-tests.mjs).
 */
export async function runTest(test, compiled) {
  if (compiled?.skipped !== undefined) return compiled;
  const reason = unfit(test, compiled !== undefined);
  if (reason !== undefined) return reason;
  const tmp = compiled?.tmp ?? mkdtempSync(join(tmpdir(), "tsbt-e2e-"));
  mkdirSync(tmp, { recursive: true });
  try {
    noteLoaded();
    const outcome = await runIn(tmp, test, compiled);
    if (outcome.skipped !== undefined) return outcome;
    const left = await leftBehind();
    return left === undefined ? outcome : { ...outcome, problems: [...outcome.problems, left] };
  } finally {
    rmSync(tmp, { recursive: true, force: true });
  }
}
