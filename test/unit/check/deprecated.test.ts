import { describe, expect, it } from "vitest";
import { checkText } from "./harness.js";

const codes = (text: string): string[] => checkText(text).diagnostics.map(({ code }) => code);

describe("a while loop", () => {
  it("is called deprecated in the words of bpftrace, once for each loop", () => {
    const { diagnostics } = checkText(
      "begin { $i = 3; while ($i > 0) { $j = $i; while ($j > 0) { $j--; } $i--; } }",
    );
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ["TB3030", "warning"],
      ["TB3030", "warning"],
    ]);
    expect(diagnostics[0]?.message).toBe("While loops are deprecated and may be removed in the future.");
    expect(diagnostics[0]?.hint).toContain("for ($x : $start..$end) { ... }");
  });
  it("counts as written: in a branch that is not taken, not in a macro", () => {
    expect(codes("begin { if comptime (1 == 2) { while (1) { } } }")).toEqual(["TB3030"]);
    expect(codes("macro down($n) { while ($n > 0) { $n--; } } begin { $i = 3; down($i); }")).toEqual([]);
  });
  it("has no brothers: for and unroll are quiet", () => {
    expect(codes("begin { for $i : 0..3 { print($i); } unroll (2) { print(1); } }")).toEqual([]);
  });
});
