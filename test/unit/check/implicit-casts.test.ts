import { describe, expect, it } from "vitest";
import { checkText } from "./harness.js";

const messages = (text: string): string[] => checkText(text).diagnostics.map(({ message }) => message);
const LOSS = /^Expression of type: (u?int\d+) being cast to type: (u?int\d+)\. /;
/** `int64→uint64` for each warning of a silent cast. */
const casts = (text: string): string[] =>
  messages(text).map((message) => {
    const [, from, to] = LOSS.exec(message) ?? [];
    return from === undefined ? message : `${from}→${to}`;
  });

describe("a cast nobody wrote", () => {
  it.each([
    ["$a = (uint64)1; $a = (int64)2; print($a);", "uint64→int64"],
    ["@a = (int64)1; @a = (uint64)2;", "uint64→int64"],
    ["@a[-1] = 1; @a[(uint64)2] = 1;", "uint64→int64"],
    ["let $a: uint64 = (int64)1; print($a);", "int64→uint64"],
    ["let $a: int32 = (uint32)1; print($a);", "uint32→int32"],
    ["print((uint64)1 + (int64)2);", "uint64→int64"],
    ["print(nsecs - 1);", "uint64→int64"],
    ["print((uint64)pid == (int64)-1);", "uint64→int64"],
    ["@a = sum(-1); print((uint64)pid == @a);", "uint64→int64"],
    ["print(cpu ? (uint64)1 : (int64)2);", "uint64→int64"],
    ['$a = (1, ("x", (uint64)2)); $a = (1, ("y", (int64)3)); print($a);', "uint64→int64"],
    ["$a = (x=(uint64)1, y=1); $a = (x=(int64)2, y=1); print($a);", "uint64→int64"],
  ])("warns in %s", (body, warning) => {
    expect(casts(`begin { ${body} }`)).toEqual([warning]);
  });
  it.each([
    "$a = (uint32)1; $a = (int32)2; print($a);",
    "$a = 1; $a = (uint64)2; print($a);",
    "@a = 0; @a--; @a++;",
    "@a[1] = 1; @a[(uint64)2] = 1;",
    "let $a: uint16 = (uint16)-1; print($a);",
    "print((uint32)1 + (int32)2);",
    "@a = sum((uint64)1); @b = count(); print(@a == @b);",
    "@s = (int64)nsecs; print((int64)nsecs - @s);",
    "print(1 == (int64)-1);",
  ])("is silent in %s", (body) => {
    expect(casts(`begin { ${body} }`)).toEqual([]);
  });
});

describe("what aggregates is refused with the reason of its place", () => {
  it.each([
    ["@x = hist(1); @y[@x] = 1;", "Value 'hist_t' cannot be used as a map key."],
    ["@x = stats(1); $y = @x;", "Value 'stats_t' cannot be assigned to a scratch variable."],
    ["@x = lhist(1, 0, 9, 1); print((1, @x));", "Map type lhist_t cannot exist inside a tuple."],
    ["@x = hist(1); print((a=@x));", "Map type hist_t cannot exist inside a record."],
    ["@x = hist(1); print((uint16)@x);", 'Cannot cast from "hist_t" to "uint16"'],
    ["@x[1] = stats(1); for ($kv : @x) { print($kv.0); }", "Loop expression does not support type: stats_t"],
    [
      "@x = hist(1); @y = @x;",
      "Map value 'hist_t' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. `@y = hist(retval);`.",
    ],
  ])("%s", (body, message) => {
    expect(messages(`begin { ${body} }`)).toContain(message);
  });
});

describe("other words of bpftrace's", () => {
  it.each([
    ["bswap(cpu);", "Return value discarded."],
    ["kstack(3);", "Return value discarded."],
    [
      "$a = (int8 *)1; $b = (int16 *)2; print($a == $b);",
      "comparison of distinct pointer types: int8, int16",
    ],
    ['for ($i : "a"..5) { print($i); }', "Loop range requires an integer for the start value"],
    ['for ($i : 0.."a") { print($i); }', "Loop range requires an integer for the end value"],
  ])("%s", (body, message) => {
    expect(messages(`begin { ${body} }`)).toContain(message);
  });
  it("wants no value used that is not there, and none of `_ =`", () => {
    expect(messages("begin { @[1] = 1; _ = delete(@, 1); clear(@); _ = bswap(cpu); @n++; }")).toEqual([]);
    expect(messages("begin { @[1] = 1; delete(@, 1); }")).toEqual(["Return value discarded."]);
  });
  it("tells of both sides of a difference", () => {
    expect(casts("begin { @s = nsecs; print(nsecs - @s); }")).toEqual(["uint64→int64", "uint64→int64"]);
  });
});

describe("a division with a sign", () => {
  it.each([
    ["@n = (int64)-7; print(@n / 2);", "/"],
    ["@n++; print(@n % 20);", "%"],
    ["print((uint32)3 / (int32)2);", "/"],
  ])("is warned of in %s", (body, operator) => {
    expect(messages(`begin { ${body} }`)).toEqual([
      `signed operands for '${operator}' can lead to undefined behavior (cast to unsigned to silence warning)`,
    ]);
  });
  it.each([
    "print(nsecs / 1000);",
    "@n++; print((uint64)@n % 20);",
    "print((int64)cpu / (int64)3);",
    "@n = count(); print(@n / 2);",
    "print(-7 / 2);",
  ])("is not in %s", (body) => {
    expect(messages(`begin { ${body} }`)).toEqual([]);
  });
});

describe("a value that a block or a macro gives to nobody", () => {
  it.each([
    "begin { { @a++ } exit(); }",
    "begin { { { @a++ } } exit(); }",
    "begin { { $x = 1; $x } exit(); }",
    "macro g(@b) { @b++ } begin { g(@a); exit(); }",
    "macro g(@b) { { @b++ } } begin { g(@a); }",
    "begin { pid ? exit() : 0; }",
    'begin { pid ? "a" : exit(); }',
  ])("is warned of in %s", (text) => {
    expect(messages(text)).toEqual(["Return value discarded."]);
  });
  it.each([
    "begin { { @a++ } }",
    // A block of the predicate is not what the probe ends with.
    "begin /{ let $a = 1; $a }/ { { @a++ } }",
    "begin { for ($i : 0..3) { { @a++ } } exit(); }",
    "begin { { @a++; } exit(); }",
    "begin { { exit() } }",
    "begin { pid ? @a++ : @b++; }",
    "macro g(@b) { @b++ } begin { _ = g(@a); exit(); }",
  ])("is not in %s", (text) => {
    expect(messages(text)).toEqual([]);
  });
  it("must be of one type for both branches before the end", () => {
    expect(messages('begin { pid ? "a" : 1; exit(); }')).toEqual([
      "Branches must return the same type or compatible types: have 'string[2]' and 'int8'",
    ]);
  });
});

describe("a cast to the type a value has", () => {
  it.each([
    ["print((uint64)nsecs);", "uint64"],
    ["$x = (int64)cpu; print((int64)$x);", "int64"],
  ])("is warned of in %s", (body, type) => {
    expect(messages(`begin { ${body} }`)).toEqual([
      `Unnecessary cast: expression is already of type ${type}`,
    ]);
  });
  it.each(["print((int64)5);", "@n = count(); print((uint64)@n);", "@n = sum(-1); print((int64)@n);"])(
    "is not in %s",
    (body) => {
      expect(messages(`begin { ${body} }`)).toEqual([]);
    },
  );
});
