import { describe, expect, it } from "vitest";
import { printC } from "../../../src/ast/print-c.js";
import { scanAll } from "../../../src/c/token.js";
import { parseText, tryParse } from "./parse-text.js";

const pieces = (text: string): string[] => parseText(text).preamble.map((piece) => piece.text);

describe("C in a script", () => {
  it("is kept as text: definitions to their end, lines to theirs", () => {
    expect(
      pieces(
        '#include <a/b.h> // why\n#define F(a) a \\\n  + 1\nstruct s { int a; /* } */ char b[sizeof("}")]; } enum e { A }; begin { }',
      ),
    ).toEqual([
      "#include <a/b.h> // why",
      "#define F(a) a \\\n  + 1",
      'struct s { int a; /* } */ char b[sizeof("}")]; }',
      "enum e { A }",
    ]);
  });
  it("ends a struct behind its attributes, with or without `;`", () => {
    expect(
      pieces(
        "union u { int a; } struct __attribute__((packed)) p { char c; } /**/ __attribute__ /**/ ((aligned(8))) kprobe:f { }",
      ),
    ).toEqual([
      "union u { int a; }",
      "struct __attribute__((packed)) p { char c; } /**/ __attribute__ /**/ ((aligned(8)))",
    ]);
  });
  it("takes typedefs to their `;`", () => {
    expect(pieces("typedef unsigned int u; typedef struct { int a; } *s; begin { }")).toEqual([
      "typedef unsigned int u",
      "typedef struct { int a; } *s",
    ]);
  });
  it("may have preprocessor lines inside", () => {
    expect(pieces("struct s {\n#ifdef X\n int a;\n#endif\n};\nbegin { }")).toEqual([
      "struct s {\n#ifdef X\n int a;\n#endif\n}",
    ]);
  });
  it("is not confused with attach points", () => {
    expect(parseText("struct:x { }").items).toHaveLength(1);
  });
  it("must be closed", () => {
    expect(tryParse("struct s { int a;\nbegin { ").codes).toEqual(["TB1017"]);
    expect(tryParse("typedef int a\n").codes).toEqual(["TB1017"]);
  });
});

describe("C in standard form", () => {
  const printed = (text: string): string => {
    const [piece] = parseText(text).preamble;
    if (piece === undefined) throw new Error("no C");
    return printC(piece);
  };
  const words = (text: string): string =>
    scanAll({ ...new SourceOf(text) })
      .map((token) => token.text)
      .join(" ");
  it("has one member a line and pointers at their names", () => {
    expect(
      printed(`struct s { int a,*b ; const char *const c; unsigned long long d[ N+1 ] [2]; void (*f) (int, char *);
        struct { u8 x:3, :5; } y; // why
        union{int m;}; };`),
    ).toBe(`struct s {
  int a, *b;
  const char *const c;
  unsigned long long d[N+1][2];
  void (*f)(int, char *);
  struct {
    u8 x : 3, : 5;
  } y; // why
  union {
    int m;
  };
};`);
  });
  it("keeps every word", () => {
    for (const text of [
      "struct s { int a; char b[(1 << 2) * sizeof(int)]; } __attribute__((packed, aligned(4)));",
      "enum e { A = -1, B = (1 << 2) | 3, C = 'x', };",
      "typedef int (*f)(struct s *, unsigned int);",
      "typedef struct { int a; } __attribute__((packed)) t, *p;",
    ]) {
      expect(words(printed(text))).toBe(words(text));
    }
  });
});

class SourceOf {
  readonly id = parseText("").span.source;
  readonly name = "";
  constructor(readonly text: string) {}
}
