/** docs/tools/bcc-options.md says what bcc's options are called here: each tool and each option of ours must be there. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { optionsInHeader } from "../../../src/cli/tool-help.js";
// @ts-expect-error: a development script, plain JavaScript
import { readTools } from "../../../src/dev/tools/headers.mjs";

const root = new URL("../../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const text = read("docs/tools/bcc-options.md");
const tools = new Map(
  (readTools() as readonly { name: string; path: string }[]).map(({ name, path }) => [name, path]),
);

/** The table tool by tool: name, page, what bcc's options are here, what is left out and why. */
const rows = [...text.matchAll(/^\| \[([\w-]+)\]\(([\w.-]+)\) \|(.*)\|(.*)\|$/gm)].map(
  ([, name = "", page = "", ours = "", leftOut = ""]) => ({ name, page, ours, leftOut }),
);

describe("the table of bcc's options", () => {
  it("has a row for each tool that bcc gives options, once", () => {
    expect(rows.length).toBeGreaterThan(55);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  });
  it.each(rows)("$name is a tool with that page", ({ name, page }) => {
    expect([...tools.keys()]).toContain(name);
    expect(page).toBe(`${name}.md`);
    expect(existsSync(new URL(`docs/tools/${page}`, root))).toBe(true);
  });
  it.each(rows)("$name has the options that the table claims", ({ name, ours, leftOut }) => {
    const options = optionsInHeader(read(tools.get(name) ?? "")).map((option) => option.replace("=", ""));
    // `-p`: `--pid`. What stands before the colon is bcc's.
    const claimed = [...ours.matchAll(/: `(--[\w-]+)`/g)].map(([, option]) => option);
    expect(ours.split(",").filter((part) => part.trim() !== "").length).toBe(claimed.length);
    for (const option of claimed) expect(options).toContain(option);
    expect(claimed.length + leftOut.trim().length).toBeGreaterThan(0);
  });
  it("names only tools without options at the end", () => {
    const [, names = ""] = /namesake here, ([\s\S]*?) have no option/.exec(text) ?? [];
    const list = names.split(/,\s+|\s+and\s+/);
    expect(list.length).toBeGreaterThan(8);
    for (const name of list) expect([...tools.keys()]).toContain(name.trim());
  });
  it("claims no option of ours in the first table that no tool has", () => {
    const all = new Set([...tools.values()].flatMap((path) => optionsInHeader(read(path))));
    const [common = ""] = /\| bcc \| here \|[\s\S]*?\n\n/.exec(text) ?? [];
    const ours = [...common.matchAll(/^\|[^|]*\|([^|]*)\|$/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(--[a-z][\w-]*=?)[A-Z]*`/g)].map(([, option]) => option),
    );
    expect(ours.length).toBeGreaterThan(5);
    for (const option of ours) expect([...all]).toContain(option);
  });
});
