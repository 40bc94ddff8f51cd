/** The collection as a whole: each tool has a header, a page, a place on the map, and a test that runs it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NodeIds } from "../../../src/base/ids.js";
import { Sources } from "../../../src/base/source.js";
import { check } from "../../../src/check/check.js";
import { optionsInHeader } from "../../../src/cli/tool-help.js";
// @ts-expect-error: a development script, plain JavaScript
import { many, one, readTests } from "../../../src/dev/e2e/test-file.mjs";
// @ts-expect-error: a development script, plain JavaScript
import { silencedScript } from "../../../src/dev/e2e/silence.mjs";
// @ts-expect-error: a development script, plain JavaScript
import { check as checkPages, transcriptOf } from "../../../src/dev/tool-pages.mjs";
// @ts-expect-error: a development script, plain JavaScript
import { faultsOf, readTools } from "../../../src/dev/tools/headers.mjs";
// @ts-expect-error: a development script, plain JavaScript
import { neverShown } from "../../../src/dev/tools/never-shown.mjs";
// @ts-expect-error: a development script, plain JavaScript
import { faultsOfTranscript } from "../../../src/dev/tools/transcripts.mjs";
import { Log } from "../../../src/diag/diagnostic.js";
import { parse } from "../../../src/parse/parse.js";
import { loadProfile } from "../../../src/target/profile.js";
import { stubBinaries } from "../check/stub-binaries.js";

interface Tool {
  readonly name: string;
  readonly path: string;
}

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const tools = readTools() as readonly Tool[];
const kernelTests = readTests();

const shown = tools.filter(({ name }) => !neverShown.has(name));

const loaded = loadProfile(readFileSync(new URL("tools/linux-6.12.profile", root)));
if (!loaded.ok) throw new Error(loaded.error);
const target = loaded.value;

/** The options of a tool, each with a value that is not its own. */
function optionsGiven(text: string): string[] {
  return [...text.matchAll(/getopt\("([\w-]+)"(?:, ([^,)]*))?/g)].map(([, name, fallback]) => {
    if (fallback === undefined || fallback === "false" || fallback === "true") return `--${name}`;
    return `--${name}=${fallback.startsWith('"') ? "x" : "7"}`;
  });
}

/** What the checker warns of on the bundled kernel; what a place or a program lacks is the machine's affair. */
function warningsOf(path: string, options: readonly string[]): string[] {
  const sources = new Sources();
  const log = new Log();
  const script = parse(sources.add(path, read(path)), new NodeIds(), log);
  const params = ["1", "1", ...options];
  if (script !== undefined)
    check(script, { target, binaries: stubBinaries, params, unsafe: true, sources }, log);
  return log.diagnostics
    .filter(({ severity, code }) => severity === "warning" && code.startsWith("TB3"))
    .map(({ code, message }) => `${code} ${message}`);
}

describe("the tools", () => {
  it("are many, each of its own name", () => {
    expect(tools.length).toBeGreaterThan(95);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });
  it.each(tools)("$name has a header with all its parts", (tool) => {
    expect(faultsOf(tool)).toEqual([]);
  });
  it.each(tools)("$name tells of the options it has, and of no others", ({ path }) => {
    const text = read(path);
    const asked = [...text.matchAll(/getopt\("([\w-]+)"(?:, ([^,)]*))?/g)].map(
      ([, name, fallback]) => `--${name}${fallback === undefined || fallback === "false" ? "" : "="}`,
    );
    expect(new Set(optionsInHeader(text))).toEqual(new Set(asked));
  });
  it.each(tools)("$name gives no warnings, whatever its options", ({ path }) => {
    const choices = [[], ...optionsGiven(read(path)).map((option) => [option])];
    const found = choices.flatMap((each) =>
      warningsOf(path, each).map((warning) => `${each.join(" ")}: ${warning}`),
    );
    expect(found).toEqual([]);
  });
  it.each(shown)("$name has a kernel test of what it prints", ({ path }) => {
    const own = kernelTests.filter(
      (test: unknown) =>
        one(test, "FILE") === path && !/--dry-run/.test(one(test, "ARGS") ?? "") && one(test, "EXIT") !== "1",
    );
    expect(own.some((test: unknown) => many(test, "EXPECT_RE").length > 0)).toBe(true);
  });
  it.each(tools)("$name can be silenced, to test its tests", ({ path, name }) => {
    // The load averages come from an interval alone.
    if (name !== "loads") expect(silencedScript(read(path))).toContain("{ return; }");
  });
  it.each(tools)("$name is on the map and among the questions", ({ name }) => {
    expect(read("docs/tools/map.md")).toMatch(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
    expect(read("docs/tools/README.md")).toContain(`| [${name}](${name}.md) |`);
  });
  it.each(shown)("$name has a page with a transcript that shows what its test demands", (tool) => {
    const text = transcriptOf(tool.name) as string;
    expect(text).toMatch(/\n```$/);
    expect(faultsOfTranscript(tool, text, kernelTests)).toEqual([]);
  });
  it("have pages that are current", () => {
    expect(checkPages()).toEqual([]);
  });
});
