import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CODES } from "../../src/diag/codes.js";
import { tryParse } from "../unit/parse/parse-text.js";

/**
 * A case is `<CODE>.<slug>.bt`. Its first line says what is expected of the rest: `// line:from-to message`.
 * These are the cases the parser alone decides; later phases' run through the whole compiler.
 */
const folder = new URL("./", import.meta.url);
const cases = readdirSync(folder).filter((name) => /^TB1\d{3}\..*\.bt$/.test(name));

describe("syntax errors", () => {
  for (const name of cases) {
    it(name, () => {
      const text = readFileSync(new URL(name, folder), "utf8");
      const [code = ""] = name.split(".");
      const { script, said, codes } = tryParse(text);
      expect(script).toBeUndefined();
      expect(codes).toEqual([code]);
      const [, place = "", message = ""] = /^\/\/ (\S+) (.*)$/.exec(text.split("\n")[0] ?? "") ?? [];
      expect(said.split("\n")[0]).toBe(`stdin:${place}: ERROR: ${message}`);
    });
  }
  it("have a case for each code, and no case lacks a code", () => {
    const tested = new Set(cases.map((name) => name.split(".")[0] ?? ""));
    expect([...tested].sort()).toEqual(
      Object.keys(CODES)
        .filter((code) => code.startsWith("TB1"))
        .sort(),
    );
  });
});
