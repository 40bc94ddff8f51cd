import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CDeclarationParser } from "../../../grammar/c-parser.js";
import { BpftraceParser } from "../../../grammar/parser.js";
import { validatedLexer } from "../../../grammar/tokens.js";
import { generateCCst, generateCst } from "../../../src/dev/generate-cst.js";

describe("the grammar", () => {
  it("has no lexer definition errors", () => {
    expect(validatedLexer().lexerDefinitionErrors).toEqual([]);
  });

  it("passes chevrotain's validation, which production skips", () => {
    expect(() => new BpftraceParser({ skipValidations: false })).not.toThrow();
    expect(() => new CDeclarationParser({ skipValidations: false })).not.toThrow();
  });

  it("is what the generated types were generated from", async () => {
    await expect(generateCCst()).toMatchFileSnapshot("../../../grammar/c-cst.generated.ts");
    await expect(generateCst()).toMatchFileSnapshot("../../../grammar/cst.generated.ts");
  });

  it("has an editor grammar whose patterns compile and whose references resolve", () => {
    const file = new URL("../../../grammar/bpftrace.tmLanguage.json", import.meta.url);
    const { repository, ...top } = JSON.parse(readFileSync(file, "utf8"));
    let patterns = 0;
    const check = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (typeof inner === "object") check(inner);
        else if (key === "include") expect(repository).toHaveProperty([String(inner).slice(1)]);
        else if (/^(?:match|begin|end|firstLineMatch)$/.test(key)) {
          // Oniguruma's `\\A` is the only thing JavaScript lacks.
          expect(() => new RegExp(String(inner).replace("\\A", "^"))).not.toThrow();
          patterns++;
        }
      }
    };
    check(top);
    check(repository);
    expect(patterns).toBeGreaterThan(20);
  });
});
