/** What a run must have printed. */
import { many, one } from "./test-file.mjs";

/** The lines about attaching are bpftrace's too, and change with its versions: not what a test is about. */
export const clean = (text) =>
  text
    .split("\n")
    .filter((line) => !/^(Attach(ing|ed) \d+ probes?(\.\.\.)?|__BPFTRACE_NOTIFY_PROBES_ATTACHED)$/.test(line))
    .join("\n");

const sorted = (text) => text.split("\n").sort().join("\n").trim();
// Blank lines around the whole output separate it from the prompt; tests of those use EXPECT_RE.
const trim = (text) => text.replace(/^\n+|\n+$/g, "");

/** What is wrong with a result `{ code, stdout, stderr, timedOut }`, a line each. */
export function judge(test, result) {
  const problems = [];
  if (result.timedOut) problems.push("did not end in time");
  const exit = one(test, "EXIT") ?? "0";
  if (String(result.code) !== exit) problems.push(`exit code ${result.code}, expected ${exit}`);
  const expected = one(test, "EXPECT");
  const isSorted = test.all.some((entry) => entry.word === "SORTED");
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
