import { describe, expect, it } from "vitest";
import { expressionOf } from "./parse-text.js";
import { shape } from "./shape.js";

const cases = (rows: Record<string, string>): void => {
  for (const [text, expected] of Object.entries(rows)) {
    it(text, () => expect(shape(expressionOf(text))).toBe(expected));
  }
};

describe("precedence and grouping", () => {
  cases({
    "1 + 2 * 3": "(+ 1 (* 2 3))",
    "1 - 2 - 3": "(- (- 1 2) 3)",
    "a / b * c % d": "(% (* (/ a b) c) d)",
    "1 << 2 + 3": "(<< 1 (+ 2 3))",
    "a < b == c > d": "(== (< a b) (> c d))",
    "a & b == c": "(& a (== b c))",
    "a | b ^ c & d": "(| a (^ b (& c d)))",
    "a || b && c | d": "(|| a (&& b (| c d)))",
    "a != b <= c >> 1": "(!= a (<= b (>> c 1)))",
    "(1 + 2) * 3": "(* (+ 1 2) 3)",
    "a ? b : c ? d : e": "(? a b (? c d e))",
    "a ? b ? c : d : e": "(? a (? b c d) e)",
    "a ?: b": "(? a - b)",
    "a ? : b": "(? a - b)",
    "a || b ? c + 1 : d": "(? (|| a b) (+ c 1) d)",
  });
});

describe("unary and postfix", () => {
  cases({
    "-a * b": "(* (- a) b)",
    "!a == b": "(== (! a) b)",
    "~a.b": "(~ (. a b))",
    "*a.b": "(* (. a b))",
    "*(a).b": "(* (. a b))",
    "- -1": "(- (- 1))",
    "a - -1": "(- a (- 1))",
    "**$p": "(* (* $p))",
    "&$x": "(& $x)",
    "&@m": "(& @m)",
    "a && &$x": "(&& a (& $x))",
    "++$x": "(++x $x)",
    "--@m[1]": "(--x (map @m 1))",
    "$x++ + ++$x": "(+ (x++ $x) (++x $x))",
    "@m--": "(x-- @m)",
    "args->a->b": "(-> (-> args a) b)",
    "args.a.type": "(. (. args a) type)",
    "$t.0.1": "(. (. $t 0) 1)",
    "$a[1][2]": "([] ([] $a 1) 2)",
    "@m[1][2]": "([] (map @m 1) 2)",
    "(@m)[2]": "([] @m 2)",
    "f(1).x[2]": "([] (. (call f 1) x) 2)",
    "comptime a.b + 1": "(+ (comptime (. a b)) 1)",
    "comptime (a + 1)": "(comptime (+ a 1))",
  });
});

describe("maps, calls, names", () => {
  cases({
    "@": "@",
    "@[1]": "(map @ 1)",
    "@a[1, comm]": "(map @a 1 comm)",
    "@a [1]": "(map @a 1)",
    "count()": "(call count)",
    'printf("%d", 1 + 2)': '(call printf "%d" (+ 1 2))',
    "f(typeof(int32), 1)": "(call f <typeof <int32>> 1)",
    "$1 + $#": "(+ $1 $#)",
    config: "config",
    begin: "begin",
    iffy: "iffy",
    structure: "structure",
    "true || false": "(|| true false)",
  });
});

describe("parentheses: grouping, tuple, record, cast", () => {
  cases({
    "()": "(tuple)",
    "(1)": "1",
    "(1,)": "(tuple 1)",
    "(1, 2)": "(tuple 1 2)",
    "(1, 2,)": "(tuple 1 2)",
    "((1, 2), 3).0.1": "(. (. (tuple (tuple 1 2) 3) 0) 1)",
    "(a = 1, b = (2, 3))": "(record a=1 b=(tuple 2 3))",
    "(a == 1)": "(== a 1)",
    "(uint8)1": "(cast <uint8> 1)",
    "(uint8)-1": "(cast <uint8> (- 1))",
    "(uint8)*$p + 1": "(+ (cast <uint8> (* $p)) 1)",
    "(u32)(1 + 2)": "(cast <u32> (+ 1 2))",
    "(unsigned long)x": "(cast <unsigned long> x)",
    "(long long *)x": "(cast <ptr <long long>> x)",
    "(struct task_struct *)arg0": "(cast <ptr <struct task_struct>> arg0)",
    "((struct a *)b)->c": "(-> (cast <ptr <struct a>> b) c)",
    "(struct a)-1": "(cast <struct a> (- 1))",
    "(enum e)1": "(cast <enum e> 1)",
    "(int8[4])x": "(cast <array <int8> 4> x)",
    "(uint8 *[2])-x": "(cast <array <ptr <uint8>> 2> (- x))",
    "(typeof($x))1": "(cast <typeof $x> 1)",
    "(pid_t)-1": "(cast <pid_t> (- 1))",
    "(mytype)1": "(cast <mytype> 1)",
    "(mytype)(1)": "(cast <mytype> 1)",
    "(mytype *)-1": "(cast <ptr <mytype>> (- 1))",
    "(pid) - 1": "(- pid 1)",
    "(pid) * 2": "(* pid 2)",
    "(a) & b": "(& a b)",
    "(a[0]) - 1": "(- ([] a 0) 1)",
    "(arg0)": "arg0",
  });
});

describe("types or expressions in sizeof, offsetof, typeof, typeinfo", () => {
  cases({
    "sizeof(int)": "(sizeof <int>)",
    "sizeof(struct a)": "(sizeof <struct a>)",
    "sizeof(struct a *)": "(sizeof <ptr <struct a>>)",
    "sizeof(x *)": "(sizeof <ptr <x>>)",
    "sizeof(x[4])": "(sizeof <array <x> 4>)",
    "sizeof(x[])": "(sizeof <array <x> ?>)",
    "sizeof(x)": "(sizeof x)",
    "sizeof(x * y)": "(sizeof (* x y))",
    "sizeof($x[4])": "(sizeof ([] $x 4))",
    "sizeof(x[$i])": "(sizeof ([] x $i))",
    "sizeof((int))": "(sizeof int)",
    "sizeof(string[N])": "(sizeof <array <string> N>)",
    "offsetof(struct a, b.c)": "(offsetof <struct a> b.c)",
    "offsetof(*$p, b)": "(offsetof (* $p) b)",
    "typeinfo(uint8)": "(typeinfo <uint8>)",
    "typeinfo($x).1": "(. (typeinfo $x) 1)",
  });
});

describe("blocks and ifs as values", () => {
  cases({
    "{ 1 }": "{= 1}",
    "{ $a = 1; $a + 1 }": "{(= $a 1); = (+ $a 1)}",
    "{ $a = 1; }": "{(= $a 1)}",
    "if a { 1 } else { 2 }": "(if a {= 1} {= 2})",
    "if (a) { 1 } else if b { 2 } else { 3 }": "(if a {= 1} {= (if b {= 2} {= 3})})",
    "{ if a { 1 } else { 2 } }": "{= (if a {= 1} {= 2})}",
    "{ if a { 1; } else { 2; } }": "{(if a {1} {2})}",
    "{ { 1 } }": "{= {= 1}}",
    "comptime if a { 1 } else { 2 }": "(if a {= 1} {= 2})",
    "f({ 1 }) + 1": "(+ (call f {= 1}) 1)",
  });
});
