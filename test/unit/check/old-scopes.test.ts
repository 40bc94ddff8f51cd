import { describe, expect, it } from "vitest";
import { checkText, errors, variableType } from "./harness.js";

const codes = (text: string): string[] => checkText(text).diagnostics.map(({ code }) => code);

describe("a variable assigned in a block and read behind it", () => {
  it("is one of the whole probe, with a warning", () => {
    const text = 'begin { if (pid > 1) { $a = "x"; } else { $a = "longer"; } print($a); }';
    expect(codes(text)).toEqual(["TB3029"]);
    expect(variableType(text, "$a")).toBe("string[7]");
  });
  it("is told once, however often it is read", () => {
    expect(codes("begin { while (cpu > 9) { $a = 1; } print($a); print($a); }")).toEqual([
      "TB3030",
      "TB3029",
    ]);
  });
  it("is so in a compound assignment, a step, a key and a condition", () => {
    for (const use of ["$a += 1;", "$a++;", "@[$a] = 1;", "if ($a) { @ = 1; }"]) {
      expect(codes(`begin { unroll (2) { $a = 1; } ${use} }`)).toEqual(["TB3029"]);
    }
  });
  it("must be assigned first", () => {
    expect(errors("begin { print($a); if (pid > 1) { $a = 1; } }")).toEqual(["TB2003"]);
    expect(errors("begin { if (pid > 1) { $a = 1; } } end { print($a); }")).toEqual(["TB2003"]);
  });
  it("stays the block's own where nobody reads it outside", () => {
    expect(codes('begin { if (pid > 1) { $a = 1; print($a); } if (cpu) { $a = "x"; print($a); } }')).toEqual(
      [],
    );
  });
  it("is refused where the script declares it: whoever writes `let` knows of blocks", () => {
    expect(errors("begin { if (pid > 1) { let $a = 1; } print($a); }")).toEqual(["TB2003"]);
    expect(errors("begin { for ($a : 0..2) { print($a); } print($a); }")).toEqual(["TB2003"]);
  });
});
