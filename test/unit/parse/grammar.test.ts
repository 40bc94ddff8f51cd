import { readFileSync } from "node:fs";
import { generateCstDts } from "chevrotain";
import { describe, expect, it } from "vitest";
import { BpftraceParser } from "../../../grammar/parser.js";
import { validatedLexer } from "../../../grammar/tokens.js";

describe("the grammar", () => {
  it("has no lexer definition errors", () => {
    expect(validatedLexer().lexerDefinitionErrors).toEqual([]);
  });

  it("passes chevrotain's validation, which production skips", () => {
    expect(() => new BpftraceParser({ skipValidations: false })).not.toThrow();
  });

  it("is what cst.generated.ts was generated from", () => {
    const parser = new BpftraceParser();
    const types = generateCstDts(parser.getGAstProductions(), { includeVisitorInterface: false });
    const file = readFileSync(new URL("../../../grammar/cst.generated.ts", import.meta.url), "utf8");
    const body = (text: string): string => text.slice(text.indexOf("export interface"));
    expect(body(file)).toBe(body(types));
  });
});
