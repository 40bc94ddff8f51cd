/**
 * Transcripts for the pages of tools: what a tool printed in one of its kernel tests, where the test passed, so that a
 * page shows what the test demands. It says on which kernel and under which workload.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { machineRule, many, one, readTests, root, wordsOf } from "../e2e/test-file.mjs";
import { readTools } from "./headers.mjs";

/** Kernel of the machines that transcripts are made on: the newer of the two. */
const machineKernel = "6.12";
const greatestLines = 40;

/** Tests of a tool that show it at work: not those of what it refuses, nor those that only load it. */
function testsOf(tool, tests) {
  const own = tests.filter((test) => one(test, "FILE") === tool.path && one(test, "EXIT") !== "1");
  const shows = own.filter((test) => !/--dry-run/.test(one(test, "ARGS") ?? ""));
  // What a test marks as the page's comes first.
  const rank = (test) => (one(test, "PAGE") === undefined ? 1 : 0);
  return shows.sort((a, b) => rank(a) - rank(b));
}

/** The kernel of a machine that shows more of a tool than one without kprobes; "here" if none does. */
function bestKernel(tool, test) {
  const { rule } = machineRule(test);
  if (rule === "never") return "here";
  const [named] = wordsOf(test, "PAGE");
  if (named !== undefined) return named;
  if (rule === "only") return machineKernel;
  if (wordsOf(test, "REQUIRES").some((word) => word === "kprobe" || word === "fentry")) return machineKernel;
  return /kernel has no kprobes:/.test(readFileSync(join(root, tool.path), "utf8")) ? machineKernel : "here";
}

/** A tool's test whose output goes into its page: `{ tool, test, kernel }`; undefined if it has none. */
export function pageTest(tool, tests = readTests()) {
  const [test] = testsOf(tool, tests);
  return test === undefined ? undefined : { tool, test, kernel: bestKernel(tool, test) };
}

/** A test's pattern, for text without spaces at the ends of lines, as pages are. */
const pattern = (source) => new RegExp(source.replaceAll(" \\n", " *\\n"), "m");

/** The lines of a text that what was expected covers, and the first, which are mostly the heading. */
function linesToKeep(text, expected) {
  const kept = new Set([0, 1]);
  for (const source of expected) {
    const found = pattern(source).exec(text);
    if (found === null) continue;
    const first = text.slice(0, found.index).split("\n").length - 1;
    const last = first + found[0].trimEnd().split("\n").length - 1;
    // A line more: patterns often end at the head of a histogram.
    for (let line = first; line <= last + 1; line++) kept.add(line);
  }
  return kept;
}

/** At most greatestLines of a text, among them those that `expected` matches; what is left out is counted. */
export function excerpt(text, expected) {
  const lines = text.replace(/^\n+|\s+$/g, "").split("\n");
  if (lines.length <= greatestLines) return lines.join("\n");
  const kept = linesToKeep(lines.join("\n"), expected);
  for (let line = 0; line < lines.length && kept.size < greatestLines; line++) kept.add(line);
  const shown = [];
  let left = 0;
  const tellLeft = () => {
    if (left > 0) shown.push(`[${left} more ${left === 1 ? "line" : "lines"}]`);
    left = 0;
  };
  for (const [number, line] of lines.entries()) {
    if (!kept.has(number)) left++;
    else {
      tellLeft();
      shown.push(line);
    }
  }
  tellLeft();
  return shown.join("\n");
}

const plain = (text) => text.replaceAll("{work}/", "").replaceAll("{tmp}", "/tmp/tsbt");

/** What else ran, as a clause; the tool's own -c is as good as a command beside it. */
function workloadOf(test) {
  const commands = [one(test, "RUN"), one(test, "BESIDE")].filter((text) => text !== undefined).map(plain);
  const before = one(test, "BEFORE");
  const prepared = before === undefined ? "" : `, prepared by \`${plain(before)}\``;
  if (commands.length === 0) return `${prepared}`;
  return `, while ${commands.map((text) => `\`${text}\``).join(" and ")} ran${prepared}`;
}

function transcript({ tool, test }, { release, stdout }) {
  const params = plain(one(test, "PARAMS") ?? "").replace("{pid}", "$PID");
  const command = `tsbt ${tool.name}${params === "" ? "" : ` ${params}`}`;
  // A screen that is drawn anew is nothing for a page; folders of tests are named by chance.
  const text = stdout
    .replace(/\/tmp\/tsbt-e2e-\w+/g, "/tmp/tsbt")
    .replaceAll(`${root}/`, "")
    .replace(/[ \t]+$/gm, "");
  const shown = excerpt(text, many(test, "EXPECT_RE"));
  return `Linux ${release.replace(/[-+].*/, "")}${workloadOf(test)}:\n\n\`\`\`\n# ${command}\n${shown}\n\`\`\``;
}

/** What the tool's page says that it does not show, or should not: each a sentence. */
export function faultsOfTranscript(tool, text, tests = readTests()) {
  const faults = [];
  const job = pageTest(tool, tests);
  if (job === undefined) return [`no kernel test shows ${tool.name} at work`];
  if (!/^Linux \d+\.\d+/.test(text)) faults.push(`the page of ${tool.name} has no transcript`);
  const printed = `${/```\n([\s\S]*)\n```$/.exec(text)?.[1]}\n\n`;
  for (const source of many(job.test, "EXPECT_RE"))
    if (!pattern(source).test(printed)) faults.push(`the transcript of ${tool.name} lacks ${source}`);
  return faults;
}

/** Runs tests on one kernel; calls `onOutput` with what each passed one printed. Resolves when all ran. */
function runTests(labels, kernel, onOutput) {
  const command =
    kernel === "here"
      ? ["src/dev/e2e.mjs", ...labels]
      : ["src/dev/vm.mjs", "--kernel", kernel, "--minutes", "10", ...labels];
  const child = spawn(process.execPath, command, {
    cwd: root,
    env: { ...process.env, TSBT_TEST_TELL: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = /^test-output (\{.*\})\s*$/.exec(line)?.[1];
    if (told === undefined) process.stdout.write(`${line}\n`);
    else onOutput(JSON.parse(told));
  });
  return new Promise((resolve) => child.on("close", resolve));
}

/**
 * Runs tools and hands each transcript to `keep(tool, transcript)`, as soon as there is one. `words` are names of tools
 * (none: all), and --here or --machine to record only what is recorded there.
 */
export async function record(words, keep) {
  const where = words.find((word) => word.startsWith("--"));
  const names = words.filter((word) => !word.startsWith("--"));
  const tests = readTests();
  const jobs = readTools()
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((tool) => pageTest(tool, tests))
    .filter((job) => job !== undefined);
  for (const kernel of new Set(jobs.map((job) => job.kernel))) {
    if (where === (kernel === "here" ? "--machine" : "--here")) continue;
    const waiting = new Map(jobs.filter((job) => job.kernel === kernel).map((job) => [job.test.label, job]));
    await runTests([...waiting.keys()], kernel, (told) => {
      const job = waiting.get(told.label);
      if (job === undefined) return;
      waiting.delete(told.label);
      keep(job.tool, transcript(job, told));
    });
    for (const { tool } of waiting.values()) process.stdout.write(`no transcript: ${tool.name}\n`);
  }
}
