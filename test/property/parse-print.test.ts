import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Script } from "../../src/ast/ast.js";
import { printScript } from "../../src/ast/print.js";
import { rewriteItem } from "../../src/ast/walk.js";
import { parseText } from "../unit/parse/parse-text.js";
import { stripped } from "../unit/parse/strip.js";
import { scriptArbitrary } from "./script-arbitrary.js";

/** Without what the parser derives from an attach point's text: the generator leaves it out. */
function comparable(script: Script): unknown {
  const items = script.items.map((item) =>
    item.kind === "probe"
      ? { ...item, attachPoints: item.attachPoints.map((point) => ({ ...point, provider: "", parts: [] })) }
      : item,
  );
  return stripped({ ...script, items });
}

const runs = { numRuns: 400 };

describe("parser and formatter", () => {
  it("parse(print(tree)) is the tree", () => {
    fc.assert(
      fc.property(scriptArbitrary, (script) => {
        expect(comparable(parseText(printScript(script)))).toEqual(comparable(script));
      }),
      runs,
    );
  });
  it("printing what was printed changes nothing", () => {
    fc.assert(
      fc.property(scriptArbitrary, (script) => {
        const once = printScript(script);
        const parsed = parseText(once);
        expect(printScript(parsed)).toBe(once);
        // With the source, empty lines between entries are kept: from standard form, nothing moves either.
        expect(printScript(parsed, once)).toBe(once);
      }),
      runs,
    );
  });
  it("rewriting with nothing to rewrite keeps the tree", () => {
    fc.assert(
      fc.property(scriptArbitrary, (script) => {
        const items = script.items.map((item) => rewriteItem(item, {}));
        expect(comparable({ ...script, items })).toEqual(comparable(script));
      }),
      { numRuns: 100 },
    );
  });
});
