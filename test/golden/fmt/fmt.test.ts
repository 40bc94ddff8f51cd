import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { printScript } from "../../../src/ast/print.js";
import { parseText } from "../../unit/parse/parse-text.js";
import { commentTexts, stripped } from "../../unit/parse/strip.js";

const folder = new URL("./", import.meta.url);

/** `x.bt` in standard form is `x.out.bt`. `npx vitest run test/golden/fmt -u` writes what is printed now. */
describe("standard form", () => {
  for (const name of readdirSync(folder).filter((file) => /^[^.]+\.bt$/.test(file))) {
    const text = readFileSync(new URL(name, folder), "utf8");
    const script = parseText(text);
    const printed = printScript(script, text);

    it(`of ${name}`, async () => {
      await expect(printed).toMatchFileSnapshot(name.replace(/\.bt$/, ".out.bt"));
    });
    it(`of ${name} says the same and loses no comment`, () => {
      const again = parseText(printed);
      expect(stripped(again)).toEqual(stripped(script));
      expect(commentTexts(again)).toEqual(commentTexts(script));
    });
    it(`of ${name} is final`, () => {
      expect(printScript(parseText(printed), printed)).toBe(printed);
    });
  }
});
