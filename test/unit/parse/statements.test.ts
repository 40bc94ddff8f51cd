import { describe, expect, it } from "vitest";
import { statementsOf } from "./parse-text.js";
import { statementShape } from "./shape.js";

const cases = (rows: Record<string, string>): void => {
  for (const [text, expected] of Object.entries(rows)) {
    it(text, () => expect(statementsOf(text).map(statementShape).join(" | ")).toBe(expected));
  }
};

describe("simple statements", () => {
  cases({
    "@ = 1": "(= @ 1)",
    "@a[1] += 2; $b <<= 3;": "(+= (map @a 1) 2) | (<<= $b 3)",
    "$a -= 1; $a *= 2; $a /= 3; $a %= 4": "(-= $a 1) | (*= $a 2) | (/= $a 3) | (%= $a 4)",
    "$a &= 1; $a |= 2; $a ^= 3; $a >>= 1": "(&= $a 1) | (|= $a 2) | (^= $a 3) | (>>= $a 1)",
    "exit()": "(call exit)",
    "@++; ++@": "(x++ @) | (++x @)",
    "_ = f()": "_ (call f)",
    "; ; exit();;": "(call exit)",
    "$t.0 = 1": "(= (. $t 0) 1)",
    "return; break; continue; return 1 + 2": "return | break | continue | (return (+ 1 2))",
  });
});

describe("declarations", () => {
  cases({
    "let $a": "(let $a)",
    "let $a = 1;": "(let $a 1)",
    "let $a : uint8 = 1;": "(let $a <uint8> 1)",
    "let $a: struct x *;": "(let $a <ptr <struct x>>)",
    "let $a : string[16];": "(let $a <array <string> 16>)",
    "let $a : int8[];": "(let $a <array <int8> ?>)",
    "let $a : (int64, string[8]);": "(let $a <tuple <int64> <array <string> 8>>)",
    "let $a : typeof(@x) = 2": "(let $a <typeof @x> 2)",
  });
});

describe("control flow", () => {
  cases({
    "if (a) { b } c": "(if a {b}) | c",
    "if a { b } else { c }": "(if a {b} {c})",
    "if (a) { } else if (b) { } else { c }": "(if a {} {(if b {} {c})})",
    "if (a == 1) && b { c }": "(if (&& (== a 1) b) {c})",
    "comptime if (a) { b }": "(comptime-if a {b})",
    "while (a) { b }": "(while a {b})",
    "while $a < 3 { b }": "(while (< $a 3) {b})",
    "unroll(5) { a }": "(unroll 5 {a})",
    "unroll 5 { a }": "(unroll 5 {a})",
    "unroll ($1) { a }": "(unroll $1 {a})",
    "for ($kv : @m) { a }": "(for $kv @m {a})",
    "for $kv : @m { a }": "(for $kv @m {a})",
    "for $i : 0..10 { a }": "(for $i (.. 0 10) {a})",
    "for ($i : $a..sizeof(int)) { a }": "(for $i (.. $a (sizeof <int>)) {a})",
    "{ a; { b } } c": "{a; = {= b}} | c",
    "if (a) { 1 } if (b) { 2 }": "(if a {1}) | (if b {2})",
  });
});
