/**
 * The form of test/kernel/*.test.
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
 *   INPUT shell command that makes what tsbt reads in {tmp}; it runs where tsbt compiles (see VM)
 *   BUILD shell command that makes the object tsbt runs, in {tmp}, where tsbt compiles; `{target}` is the profile of the
 *        kernel that runs it. Nothing else of the test is compiled, so ARGS names the object
 *   BEFORE shell command run first (its failure fails the test), AFTER one run last; its output is compared with
 *        AFTER_EXPECT if given
 *   BESIDE command that runs meanwhile and is killed afterwards; `{pid}` elsewhere is its number,
 *        and `{ns:mnt}`, `{ns:net}` and their like those of the namespaces that tests run in; `{cgroup2}`
 *        is the folder of control groups
 *   SIGNAL name, sent once "attached" shows (for scripts that do not end by themselves); with `beside` behind it, to
 *        the command of BESIDE
 *   EXPECT exact standard output, blank lines around it aside     EXPECT_RE regular expression that standard output must match (may be repeated)
 *   QUIET   the test shows that an option leaves all out, and passes silenced, too (silence.mjs)
 *   SORTED  compare output lines in sorted order
 *   STDERR_RE expression that standard error must match; without one, standard error must be empty
 *   EXIT code (0)    TIMEOUT seconds (20)    ENV NAME=value (same replacements)
 *   REQUIRES kprobe fentry uprobe hardware disk bpf clang objcopy… kfunc:NAME     the kernel must have it, or the test is skipped by name
 *   LACKS feature        the kernel must not have it, or the test is skipped by name
 *   KERNEL first version it holds for (6.6, 6.12…): older kernels skip it by name
 *   LOCKDOWN integrity|confidentiality   the kernel is locked down so far before the test. Nothing takes that back, so
 *                        such tests come last, and run in the virtual machines alone
 *   VM only              it runs in the virtual machines alone (src/dev/vm.mjs)
 *   VM never REASON      it says nothing there
 *   VM live REASON       it needs the compiler in the machine. All others are compiled outside, for the machine's
 *                        kernel, and only run inside; a test that uses {pid}, {ns:...} or {cgroup2} is live by itself
 *   PAGE [KERNEL]        the tool's page shows this test's output, on that machine's kernel (else that of its first fit one:
 *                        src/dev/tools/transcripts.mjs)
 *   MODULES kernel modules to load first (the virtual machines' kernels have all of Debian's)
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { silenced, wantSilence } from "./silence.mjs";
import { toolTests } from "./tool-tests.mjs";

export const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
/** Programs of test/workloads; those of another architecture lie elsewhere. */
export const work = process.env.TSBT_TEST_WORKLOADS ?? join(root, "build/workloads");

/** What a kernel can be locked down to, in this order alone: kernel_lockdown(7). */
const lockdownLevels = [undefined, "integrity", "confidentiality"];

const directives = new Set(
  "NAME PROG FILE ARGS RUN PARAMS INPUT BUILD BEFORE AFTER AFTER_EXPECT SIGNAL EXPECT EXPECT_RE SORTED QUIET STDERR_RE EXIT TIMEOUT ENV REQUIRES LACKS KERNEL VM MODULES BESIDE PAGE LOCKDOWN".split(
    " ",
  ),
);

/** The argument of a test's directive, its lines joined; undefined without the directive. */
export const one = (test, word) => test.all.find((entry) => entry.word === word)?.lines.join("\n");
/** The arguments of a directive that may be repeated. */
export const many = (test, word) =>
  test.all.filter((entry) => entry.word === word).map((entry) => entry.lines.join("\n"));
/** The words of a directive's argument. */
export const wordsOf = (test, word) => (one(test, word) ?? "").split(" ").filter((each) => each !== "");

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
      current = { name: rest, label: `${basename(path, ".test")}: ${rest}`, where, all: [] };
      tests.push(current);
    }
    if (current === undefined) throw new Error(`${where}: ${word} before NAME`);
    last = { word, lines: rest === "" ? [] : [rest] };
    current.all.push(last);
  }
  return tests;
}

/** Its place among what the kernel is locked down to. */
function lockdownOf(test) {
  const level = lockdownLevels.indexOf(one(test, "LOCKDOWN"));
  if (level < 0) throw new Error(`${test.where}: LOCKDOWN is integrity or confidentiality`);
  return level;
}

/**
 * All tests of test/kernel, and those of the tools (tool-tests.mjs), whose label (`file: name`) contains one of the words. `number` is a test's place among all tests, the same
 * on every machine.
 */
export function readTests(words = []) {
  const all = readdirSync(join(root, "test/kernel"))
    .filter((file) => file.endsWith(".test"))
    .sort()
    .flatMap((file) => parseFile(join(root, "test/kernel", file)))
    .concat(toolTests(root))
    .map((test, number) => ({ ...test, number }))
    .sort((a, b) => lockdownOf(a) - lockdownOf(b));
  const chosen = all.filter(({ label }) => words.length === 0 || words.some((word) => label.includes(word)));
  return wantSilence ? silenced(chosen, root) : chosen;
}

/** What a test says about virtual machines: `also` where it says nothing, else only, never or live, with its reason. */
export function machineRule(test) {
  const text = one(test, "VM");
  if (text === undefined) return { rule: usesPid(test) ? "live" : "also", reason: "" };
  const [, rule, reason] = /^(\S+)\s*(.*)$/.exec(text) ?? [];
  if (!["only", "never", "live"].includes(rule)) throw new Error(`${test.where}: VM is only, never or live`);
  if ((rule === "never" || rule === "live") && reason === "")
    throw new Error(`${test.where}: VM ${rule} needs a reason`);
  return { rule, reason };
}

/** Such a test is not even named elsewhere. */
export const onlyInMachines = (test) =>
  machineRule(test).rule === "only" || one(test, "LOCKDOWN") !== undefined;

/** What it names is known only where it runs: such a test is compiled there. */
export const usesPid = (test) =>
  ["ARGS", "PROG", "FILE", "PARAMS"].some((word) => /\{(pid|ns:\w+|cgroup2)\}/.test(one(test, word) ?? ""));

/** Words as a shell splits them: quotes group, backslash escapes. */
export function splitWords(text) {
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

/** Where control groups of version 2 lie: on distributions of today, or beside those of version 1. */
const cgroup2 = / (\S+) cgroup2 /.exec(readFileSync("/proc/self/mounts", "utf8"))?.[1] ?? "/sys/fs/cgroup";

export const fillIn = (text, tmp, pid = "", target = "") =>
  text
    .replaceAll("{target}", target)
    .replaceAll("{work}", work)
    .replaceAll("{tmp}", tmp)
    .replaceAll("{root}", root)
    .replaceAll("{pid}", `${pid}`)
    .replace(/\{ns:(\w+)\}/g, (_, kind) => `${statSync(`/proc/self/ns/${kind}`).ino}`)
    .replaceAll("{cgroup2}", cgroup2);

/** tsbt's arguments for a test. */
export function commandLine(test, tmp, pid) {
  const fill = (text) => fillIn(text, tmp, pid);
  const args = splitWords(fill(one(test, "ARGS") ?? ""));
  const command = one(test, "RUN");
  if (command !== undefined) args.push("-c", fill(command));
  const prog = one(test, "PROG");
  if (prog !== undefined) args.push("-e", fill(prog));
  else if (one(test, "FILE") !== undefined) args.push(fill(one(test, "FILE")));
  args.push(...splitWords(fill(one(test, "PARAMS") ?? "")));
  return args;
}

/** The environment tsbt gets in a test, beside the caller's own. */
export function environmentOf(test, tmp) {
  const pairs = many(test, "ENV").map((pair) => [
    pair.slice(0, pair.indexOf("=")),
    fillIn(pair.slice(pair.indexOf("=") + 1), tmp),
  ]);
  return { __BPFTRACE_NOTIFY_PROBES_ATTACHED: "1", NO_COLOR: "1", ...Object.fromEntries(pairs) };
}
