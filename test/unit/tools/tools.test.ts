/** The collection as a whole: each tool has a header, a page, a place on the map, and a test that runs it. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
// @ts-expect-error: a development script, plain JavaScript
import { check, faultsOf, readTools, transcriptOf } from "../../../src/dev/tool-pages.mjs";

interface Tool {
  readonly name: string;
  readonly path: string;
}

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const tools = readTools() as readonly Tool[];
const kernelTests = readdirSync(new URL("test/kernel", root))
  .filter((file) => file.endsWith(".test"))
  .map((file) => read(`test/kernel/${file}`))
  .join("\n");

describe("the tools", () => {
  it("are many, each of its own name", () => {
    expect(tools.length).toBeGreaterThan(95);
    expect(new Set(tools.map(({ name }) => name)).size).toBe(tools.length);
  });
  it.each(tools)("$name has a header with all its parts", (tool) => {
    expect(faultsOf(tool)).toEqual([]);
  });
  it.each(tools)("$name is run by a kernel test", ({ path }) => {
    expect(kernelTests.includes(`FILE ${path}\n`)).toBe(true);
  });
  it.each(tools)("$name is on the map", ({ name }) => {
    expect(read("docs/tools/map.md")).toMatch(new RegExp(`(?<![\\w-])${name}(?![\\w-])`));
  });
  it("keep their transcripts whole when pages are written anew", () => {
    for (const { name } of tools)
      expect(transcriptOf(name)).toMatch(/^(None is recorded yet\.|[\s\S]*\n```)$/);
  });
  it("have pages that are current", () => {
    expect(check()).toEqual([]);
  });
});
