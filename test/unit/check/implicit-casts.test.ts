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
    ["print((uint64)cpu == (int64)-1);", "uint64→int64"],
    ["@a = sum(-1); print((uint64)cpu == @a);", "uint64→int64"],
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
    "@s = nsecs; print(nsecs - @s);",
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
  it("says nothing of what is done for its effect", () => {
    expect(messages("begin { @[1] = 1; delete(@, 1); _ = bswap(cpu); }")).toEqual([]);
  });
});
