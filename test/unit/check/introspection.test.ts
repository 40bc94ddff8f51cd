/** typeinfo() and the branches that hang on types. */
import { describe, expect, it } from "vitest";
import { checkText, errors, variableType } from "./harness.js";

const enabled = { environment: { unstable_typeinfo: "enable" } };

describe("typeinfo()", () => {
  it("must be enabled", () => {
    expect(errors("begin { print(typeinfo(1).full_type); }")).toEqual(["TB3027"]);
  });
  it("answers when all types have come to rest", () => {
    const text =
      'begin { let $c; $a = 1; if comptime (typeinfo($a).full_type == "int64") { $c = (int64)2; } $a = (int64)2; }';
    expect(variableType(text, "$c", enabled)).toBe("int64");
  });
  it("does not take a branch that only looked right on the way", () => {
    const text =
      'begin { @x = 1; $r = 1; if comptime (typeinfo(@y[1]).full_type != "uint64") { $r = (int32)2; } } end { @y[1] = 3; @y[1] = (uint64)2; }';
    expect(variableType(text, "$r", enabled)).toBe("int8");
  });
  it("settles what it was asked", () => {
    const text =
      'begin { let $c; if comptime (typeinfo($c).full_type == "uint32") { $c = (uint64)2; } $c = (uint32)1; }';
    expect(errors(text, enabled)).toEqual(["TB3001"]);
  });
  it("of a map without brackets is the key's", () => {
    const text =
      'begin { @a[(uint32)1] = 2; let $c; if comptime (typeinfo(@a).full_type == "uint32") { $c = 1000; } else { $c = "no"; } }';
    expect(variableType(text, "$c", enabled)).toBe("int16");
  });
});

describe("comptime", () => {
  it.each([
    "begin { $x = 0; print(comptime ($x + 1)); }",
    "begin { @a = 1; if comptime (@a > 1) { exit(); } }",
  ])("%s cannot be told", (text) => {
    const said = checkText(text).diagnostics.map(({ message }) => message);
    expect(said).toContain("Unable to resolve comptime expression");
  });
});

describe("types that grow without end", () => {
  it("reach their limit", () => {
    const text = 'begin { $p = "a"; $p = str_concat("xy", $p); $p = str_concat($p, "z"); }';
    expect(errors(text)).toEqual([]);
  });
});
