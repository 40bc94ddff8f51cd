/**
 * Do the tests of tools mean anything? With TSBT_TEST_SILENT=1 the tools run with nothing to see: each program but
 * those of `begin`, `end` and `interval` returns at once. A test that passes all the same would not notice a tool that
 * attaches and stays silent, and fails here.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export const wantSilence = process.env.TSBT_TEST_SILENT === "1";

/** Tools whose events are their intervals, and one whose event no machine here has: nothing can be silenced. */
const speakAlways = ["loads", "cpufreq"];

/** The script with its programs made to return. In the tools' style a body's `{` stands alone. */
export function silencedScript(text) {
  const lines = text.split("\n");
  let heading = [];
  return lines
    .map((line) => {
      if (line === "" || line === "}" || line.startsWith("//")) heading = [];
      else if (!/^[\s{]/.test(line)) heading.push(line);
      const isProbe = line === "{" && !/^(macro|begin|end|interval)\b/.test(heading[0] ?? "");
      // Nothing that a compiler could see through.
      return isProbe ? "{\n  if (pid >= 0) { return; }" : line;
    })
    .join("\n");
}

/** Tests of tools with the silenced scripts, which are written to build/silent/. */
export function silenced(tests, root) {
  const folder = join(root, "build/silent");
  return tests
    .map((test) => ({ ...test, all: test.all.map((entry) => ({ ...entry, lines: [...entry.lines] })) }))
    .filter((test) => {
      const word = (name) => test.all.find((entry) => entry.word === name)?.lines.join("\n") ?? "";
      const path = word("FILE");
      if (!path.startsWith("tools/") || word("EXIT") === "1" || word("ARGS").includes("--dry-run"))
        return false;
      if (test.all.some((entry) => entry.word === "QUIET")) return false;
      if (speakAlways.includes(basename(path, ".bt"))) return false;
      const copy = join(folder, path);
      mkdirSync(dirname(copy), { recursive: true });
      writeFileSync(copy, silencedScript(readFileSync(join(root, path), "utf8")));
      test.all.find((entry) => entry.word === "FILE").lines = [copy];
      return true;
    });
}

/** What a silenced run must have: something that its output lacks. */
export function judgeSilence({ problems }) {
  const noticed = problems.some((problem) => problem.startsWith("standard output"));
  return noticed ? [] : ["the test passes though the tool is silent"];
}
