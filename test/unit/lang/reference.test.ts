import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CODES } from "../../../src/diag/codes.js";
import { builtins, providers } from "../../../src/lang/index.js";
import { errorCases, referencePages } from "../../../src/lang/reference.js";

const CASES = new URL("../../errors/", import.meta.url);
const PAGES = new URL("../../../docs/reference/", import.meta.url);

const files = readdirSync(CASES).map((name): readonly [string, string] => [
  name,
  readFileSync(new URL(name, CASES), "utf8"),
]);
const pages = referencePages(errorCases(files));

describe("docs/reference", () => {
  it.each([...pages])("%s is what `npm run docs` writes", (name, text) => {
    expect(readFileSync(new URL(name, PAGES), "utf8")).toBe(text);
  });

  it("has no page that nothing writes", () => {
    expect(readdirSync(PAGES).filter((name) => !pages.has(name))).toEqual([]);
  });

  it("names every builtin, probe and code once", () => {
    const titles = [...pages.values()].flatMap((text) =>
      [...text.matchAll(/^##+ ([\w-]+)$/gm)].map((m) => m[1]),
    );
    for (const { name } of [...builtins, ...providers])
      expect(titles.filter((each) => each === name)).toHaveLength(1);
    for (const code of Object.keys(CODES)) expect(pages.get("errors.md")).toContain(`## ${code}: `);
  });

  it("takes message and script from a case", () => {
    const text = "// 2:9-10 wrong\nbegin { }\n";
    expect(errorCases([["TB1001.x.bt", text]])).toEqual([
      { code: "TB1001", message: "wrong", script: "begin { }" },
    ]);
  });
});
