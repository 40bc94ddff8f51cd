import { describe, expect, it } from "vitest";
import type { CType } from "../../../src/ast/ast.js";
import { parseText } from "./parse-text.js";

const typeText = (type: CType): string => {
  switch (type.kind) {
    case "c_named":
      return type.name;
    case "c_pointer":
      return `ptr(${typeText(type.to)})`;
    case "c_array":
      return `array(${typeText(type.element)}, ${type.length?.text ?? "?"})`;
    case "c_inline":
      return `inline(${type.definition.kind})`;
    case "c_function":
      return "function";
  }
};
const members = (text: string): string[] => {
  const [node] = parseText(text).preamble;
  if (node?.kind !== "c_struct") throw new Error("no struct");
  return node.members.map(
    ({ name, type, bits }) => `${name}: ${typeText(type)}${bits === undefined ? "" : `:${bits}`}`,
  );
};

describe("C structs", () => {
  it("read members in every form", () => {
    expect(
      members(`struct s {
        int a; unsigned long long b, *c; const char *const d; struct t e; struct t *f; enum k g;
        u32 h[4][N + 1]; int i : 3; unsigned : 5; void (*j)(int, char *); struct { int x; } l; union { int m; };
        char last[]
      };`),
    ).toEqual([
      "a: int",
      "b: unsigned long long",
      "c: ptr(unsigned long long)",
      "d: ptr(char)",
      "e: struct t",
      "f: ptr(struct t)",
      "g: enum k",
      "h: array(array(u32, N + 1), 4)",
      "i: int:3",
      ": unsigned:5",
      "j: ptr(function)",
      "l: inline(c_struct)",
      ": inline(c_struct)",
      "last: array(char, ?)",
    ]);
  });
  it("may be unions, packed, and go without `;`", () => {
    const script = parseText("union u { int a; } struct __attribute__((packed)) p { char c; } kprobe:f { }");
    expect(script.preamble).toMatchObject([
      { union: true, name: "u" },
      { packed: true, name: "p" },
    ]);
    expect(parseText("struct p { int a; } __attribute__((packed, aligned(1)));").preamble).toMatchObject([
      { packed: true },
    ]);
    expect(script.items).toHaveLength(1);
  });
  it("are not confused with attach points", () => {
    expect(parseText("struct:x { }").items).toHaveLength(1);
  });
});

describe("enums, typedefs, preprocessor lines", () => {
  it("reads enumerators", () => {
    const [node] = parseText("enum e { A, B = 1 << 2, C, };").preamble;
    expect(node).toMatchObject({
      name: "e",
      enumerators: [{ name: "A" }, { name: "B", value: { text: "1 << 2" } }, { name: "C" }],
    });
  });
  it("reads typedefs", () => {
    expect(parseText("typedef unsigned int u; typedef struct { int a; } *s;").preamble).toMatchObject([
      { name: "u", type: { kind: "c_named", name: "unsigned int" } },
      { name: "s", type: { kind: "c_pointer", to: { kind: "c_inline" } } },
    ]);
  });
  it("reads includes, macros and directives, and leaves comments out", () => {
    const script = parseText(
      "#include <a/b.h> // why\n#define X (1 + 2) /* c */\n#define F(a, b) a \\\n  + b\n#ifndef Y\n#endif\nbegin { }",
    );
    expect(script.preamble).toMatchObject([
      { kind: "include", path: "a/b.h", system: true },
      { kind: "define", name: "X", body: "(1 + 2)" },
      { kind: "define", name: "F", params: ["a", "b"], body: "a + b" },
      { kind: "c_directive", directive: "ifndef", text: "#ifndef Y" },
      { kind: "c_directive", directive: "endif" },
    ]);
    expect(script.comments.map((comment) => comment.text)).toEqual(["// why", "/* c */"]);
  });
});
