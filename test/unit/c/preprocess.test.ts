import { describe, expect, it } from "vitest";
import { expanded, preprocessText, typesOf } from "./support.js";

describe("macros", () => {
  it("replace names, also those of their bodies, never themselves", () => {
    expect(expanded("#define A B + 1\n#define B 2\nA")).toBe("2 + 1");
    expect(expanded("#define A A + 1\nA")).toBe("A + 1");
    expect(expanded("#define A B\n#define B A\nA B")).toBe("A B");
    expect(expanded("#define A 1\n#undef A\nA")).toBe("A");
  });
  it("take arguments, expanded before they are put in", () => {
    expect(expanded("#define F(a, b) a-b\n#define N 3\nF(N, F(1, (2, 4)))")).toBe("3-1-(2, 4)");
    expect(expanded("#define F(a) [a]\nF\n(1) F F()")).toBe("[1] F []");
    expect(expanded("#define F() x\nF() F")).toBe("x F");
  });
  it("take variable arguments", () => {
    expect(expanded("#define F(a, ...) a(__VA_ARGS__)\nF(x, 1, 2) F(y)")).toBe("x(1, 2) y()");
    expect(expanded("#define F(a, r...) g(a, ## r)\nF(1) F(1, 2, 3)")).toBe("g(1) g(1, 2, 3)");
  });
  it("stringify and paste", () => {
    expect(expanded('#define S(x) #x\nS(a  + "b\\n")')).toBe('"a + \\"b\\\\n\\""');
    expect(expanded("#define P(a, b) a ## b\nP(x, 1) P(, y) P(z,)")).toBe("x1 y z");
    expect(expanded("#define N 1\n#define X(a) a ## N\n#define I(a) X(a)\nX(N) I(N)")).toBe("NN 1N");
  });
  it("follow the example of the C standard (6.10.3.5, example 3)", () => {
    const text = `#define x 3
#define f(a) f(x * (a))
#undef x
#define x 2
#define g f
#define z z[0]
#define h g(~
#define m(a) a(w)
#define w 0,1
#define t(a) a
f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);
g(x+(3,4)-w) | h 5) & m
(f)^m(m);`;
    expect(expanded(text).replace(/\s/g, "")).toBe(
      "f(2*(y+1))+f(2*(f(2*(z[0]))))%f(2*(0))+t(1);f(2*(2+(3,4)-0,1))|f(2*(~5))&f(2*(0,1))^m(0,1);",
    );
  });
  it("know their line and file", () => {
    expect(expanded("__LINE__\n\n__LINE__ __FILE__ __COUNTER__ __COUNTER__")).toBe('1 3 "main.c" 0 1');
  });
});

describe("conditionals", () => {
  const taken = (condition: string): boolean => expanded(`#if ${condition}\nyes\n#endif`) === "yes";
  it("compute with 64 bits", () => {
    expect(taken("1 << 40")).toBe(true);
    expect(taken("-1 > 0u")).toBe(true);
    expect(taken("(2 || 1 / 0) && 'a' == 97 && 0x10 == 16 && 010 == 8")).toBe(true);
    expect(taken("~0U == 0xffffffffffffffff")).toBe(true);
    expect(taken("1 ? 0 : 1 / 0")).toBe(false);
    expect(taken("UNKNOWN + 0")).toBe(false);
  });
  it("ask for names and headers", () => {
    expect(taken("defined __x86_64__ && defined(__LP64__) && !defined X")).toBe(true);
    expect(taken("__SIZEOF_LONG__ == 8 && __has_include(<stddef.h>) && !__has_include(<nope.h>)")).toBe(true);
    expect(taken("defined(__has_include)")).toBe(true);
  });
  it("nest, and skip what is not taken unread", () => {
    const text = `#if 0
don't #error
# if 1
a
# else
b
# endif
#elif 1
c
#else
d
#endif
e /*
#if 1
*/ f`;
    expect(expanded(text).replace(/\s+/g, " ")).toBe("c e f");
  });
  it("complain where they are wrong", () => {
    const errors = (text: string): readonly string[] => preprocessText(text).errors;
    expect(errors("#if 1")).toEqual(["unterminated conditional directive"]);
    expect(errors("#endif")).toEqual(["#endif without #if"]);
    expect(errors("#if 1\n#else\n#else\n#endif")).toEqual(["#else after #else"]);
    expect(errors("#if 1 +\n#endif")).toEqual(["expected value in expression"]);
    expect(errors("#error no good")).toEqual(["no good"]);
    expect(errors("#nonsense")).toEqual(["invalid preprocessing directive '#nonsense'"]);
  });
});

describe("headers", () => {
  const files = {
    "sub/a.h": '#include "b.h"\nA',
    "sub/b.h": "#pragma once\nB",
    "inc/c.h": "#ifndef C_H\n#define C_H\nC\n#include <c.h>\n#endif",
    "one/n.h": "ONE\n#include_next <n.h>",
    "two/n.h": "TWO",
    "sys/bad.h": "#error not the user's business\nOK",
  };
  const paths = { user: ["inc"], system: ["one", "two", "sys"] };
  const read = (text: string, forced: readonly string[] = []): string =>
    preprocessText(text, { files, paths, forced })
      .preprocessed.tokens.map((token) => token.text)
      .join(" ");
  it("are searched beside the including file, then along the paths", () => {
    expect(read('#include "sub/a.h"\n#include "sub/b.h"')).toBe("B A");
    expect(read('#include <c.h>\n#include "c.h"')).toBe("C");
    expect(read("#define H <n.h>\n#include H")).toBe("ONE TWO");
  });
  it("of the system are not complained about", () => {
    expect(preprocessText("#include <bad.h>", { files, paths }).errors).toEqual([]);
    expect(preprocessText("#include <nope.h>", { files, paths }).errors).toEqual(["'nope.h' file not found"]);
  });
  it("given on the command line come first", () => {
    expect(read("main", ["c.h"])).toBe("C main");
  });
  it("of the compiler are always there", () => {
    expect(preprocessText("#include <stdint.h>\n#include <limits.h>\n#include <stdbool.h>").errors).toEqual(
      [],
    );
  });
});

describe("hostile text", () => {
  it("that includes itself twice is given up", () => {
    const files = { "a.h": '#include "a.h"\n#include "a.h"\n' };
    expect(preprocessText('#include "a.h"', { files }).errors).toEqual(["#include nested too deeply"]);
  });
  it("that nests without end is an error, not a crash", () => {
    const deep = 20_000;
    const condition = `#if ${"(".repeat(deep)}1${")".repeat(deep)}\n#endif`;
    expect(preprocessText(condition).errors).toEqual(["the expression nests too deeply"]);
    const { errors } = typesOf(`${"struct { ".repeat(deep)}int a; ${"};".repeat(deep)}`);
    expect(errors).toEqual(["the declaration nests too deeply"]);
  });
});

describe("declarations", () => {
  const sizes = (text: string, names: readonly string[], arm64 = false): unknown[] => {
    const { types, errors } = typesOf(text, { arm64 });
    expect(errors).toEqual([]);
    return names.map((name) => types.findStruct(name, false, "kernel")?.size);
  };
  it("drop functions and variables, and keep the types beside them", () => {
    const text = `extern int x; static inline struct r *f(struct s { int a; } *p) { if (1) { return 0; } }
      struct a { int a; } v = { 1 }; int g(void), h; typedef struct { char c[3]; } t; struct b { t one; };
      struct c { int (*f[2])(void); int *(*p)[4]; };`;
    expect(sizes(text, ["a", "b", "c"])).toEqual([4, 3, 24]);
  });
  it("take constants of every kind as lengths", () => {
    const text = `enum { N = 2, M }; typedef unsigned long word;
      struct a { char c[N * sizeof(word) + (M << 1)]; };
      struct b { char c[(128 - (sizeof (unsigned short)) - sizeof (word))]; };
      struct d { int x; char y; }; struct e { char c[__builtin_offsetof(struct d, y)]; char f[(int)'a' - 96]; };`;
    expect(sizes(text, ["a", "b", "e"])).toEqual([22, 118, 5]);
  });
  it("differ on arm64 where its ABI does: a bit-field without name aligns its struct", () => {
    const text = "struct a { char c; int : 4; };";
    expect(sizes(text, ["a"])).toEqual([2]);
    expect(sizes(text, ["a"], true)).toEqual([4]);
  });
  it("say what is wrong with them", () => {
    const errors = (text: string): readonly string[] => typesOf(text).errors;
    expect(errors("struct a { struct b b; };")).toEqual(["field has incomplete type 'struct b'"]);
    expect(errors("struct a { nothing b; };")).toEqual(["unknown type name 'nothing'"]);
    expect(errors("struct a { int b, b; };")).toEqual(["duplicate member 'b'"]);
    expect(errors("enum a { X }; enum b { X };")).toEqual(["redefinition of enumerator 'X'"]);
    expect(errors("struct a { int b[-1]; };")).toEqual(["array has a negative size"]);
    expect(errors('_Static_assert(sizeof(int) == 8, "no");')).toEqual(['static assertion failed: "no"']);
    expect(errors("struct a { int f(void); };")).toEqual(["field 'f' declared as a function"]);
  });
});
