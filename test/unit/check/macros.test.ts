/** Macros: which definition is meant, what may be passed, what is said of wrong calls. */
import { describe, expect, it } from "vitest";
import { checkText, errors, program } from "./harness.js";

describe("overloads", () => {
  const macros = 'macro m($v) { fail("variable") } macro m(@a) { fail("map") } macro m(e) { fail("value") }';
  it.each([
    ["$v = 1; m($v);", "variable"],
    ["@a = 1; m(@a);", "map"],
    ["m(1 + 2);", "value"],
    ["@a[1] = 1; m(@a[1]);", "value"],
  ])("%s takes the one for a %s", (body, kind) => {
    expect(checkText(`${macros} begin { ${body} }`).diagnostics.map(({ message }) => message)).toEqual([
      kind,
    ]);
  });
  it("differ in their number of arguments", () => {
    expect(errors("macro m() { 1 } macro m(a) { a } begin { print((m, m(2))); }")).toEqual([]);
  });
  it("with the same kinds of parameters are one too many", () => {
    expect(errors("macro m(a) { a } macro m(b) { b } begin { }")).toEqual(["TB2008"]);
  });
});

describe("wrong uses", () => {
  it.each([
    ["macro m(a, a) { a } begin { }", "TB2008"],
    ["macro m(pid) { pid } begin { }", "TB2009"],
    ["macro m($a) { $a } begin { m(3); }", "TB2009"],
    ["macro m() { @a } begin { @a = 1; m(); }", "TB2009"],
    ["macro m($a) { let $a = 1; } begin { $x = 1; m($x); }", "TB2009"],
    ["macro a() { b() } macro b() { a() } begin { a(); }", "TB2009"],
    ["macro m(a) { a + 1 } begin { print(m(typeof(int8))); }", "TB2009"],
    ["macro m(t) { sizeof(struct t) } begin { print(m(typeof(int8 *))); }", "TB2009"],
  ])("%s", (text, code) => {
    expect(errors(text)).toContain(code);
  });
});

describe("types as arguments", () => {
  it.each([
    ["macro m(t) { sizeof(t) } begin { $r = m(typeof(int32)); }", 4n],
    ["macro m(t, x) { (t)x } begin { $r = m(uint8, 257); }", 1n],
    ["macro m(t) { sizeof(t*[3]) } begin { $r = m(typeof(int32)); }", 24n],
    ["macro i(t) { sizeof(t) } macro m(t) { i(t) } begin { $r = m(typeof(int16)); }", 2n],
    [
      "struct s { int a; struct { int b; int c; } d; } macro m(t, f) { offsetof(t, f) } begin { $r = m(typeof(struct s), d.c); }",
      8n,
    ],
  ])("%s", (text, value) => {
    const [statement] = program(text).probes[0]?.body ?? [];
    const set = statement?.kind === "set_local" ? statement.value : undefined;
    const result = set?.kind === "convert" ? set.value : set;
    expect(result).toMatchObject({ kind: "constant", value });
  });
});
