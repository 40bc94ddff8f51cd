import { describe, expect, it } from "vitest";
import { tryParse } from "./parse-text.js";

/** The first line said and the marks under the source line: what a user looks at. */
const said = (text: string): string[] => tryParse(text).said.trimEnd().split("\n");
const headline = (text: string): string =>
  `${said(text)[0]} [${said(text)
    .find((line) => line.startsWith("CODE: "))
    ?.slice(6)}]`;

describe("syntax errors: one clear message with its place", () => {
  const rows: Record<string, string> = {
    "begin { print(1; }": "stdin:1:16-17: ERROR: unexpected `;`: expected `)` [TB1001]",
    "begin { @a = ; }": "stdin:1:14-15: ERROR: unexpected `;`: expected an expression [TB1001]",
    "begin { @a = 1 + ) }": "stdin:1:18-19: ERROR: unexpected `)`: expected an expression [TB1001]",
    "begin { let a = 1; }": "stdin:1:13-14: ERROR: unexpected `a`: expected a variable [TB1001]",
    "begin { if (a) b }": "stdin:1:16-17: ERROR: unexpected `b`: expected `{` [TB1001]",
    "begin { for (@a : @b) { } }": "stdin:1:14-16: ERROR: unexpected `@a`: expected a variable [TB1001]",
    "begin { $a.+ }": "stdin:1:12-13: ERROR: unexpected `+`: expected a field name [TB1001]",
    "begin { let $a : 4; }": "stdin:1:18-19: ERROR: unexpected `4`: expected a type [TB1001]",
    "begin { $a = if b { 1 }; }": "stdin:1:14-24: ERROR: an `if` used as a value needs an `else` [TB1001]",
    "import x;": "stdin:1:8-9: ERROR: unexpected `x`: expected a string [TB1001]",
    "begin { exit();": "stdin:1:7-8: ERROR: the script ends before this `{` is closed [TB1002]",
    "begin { print(1": "stdin:1:14-15: ERROR: the script ends before this `(` is closed [TB1002]",
    "kprobe:f /a": "stdin:1:10-11: ERROR: the script ends before this `/` is closed [TB1002]",
    'begin { print("x); }': "stdin:1:15-21: ERROR: unterminated string [TB1003]",
    'uprobe:"/x:f { }': "stdin:1:1-17: ERROR: the attach point has an unterminated string [TB1003]",
    "begin { /* x }": "stdin:1:9-11: ERROR: unterminated comment [TB1004]",
    "begin { # }": "stdin:1:9-10: ERROR: unexpected character `#` [TB1005]",
    "begin { $ x = 1; }": "stdin:1:9-10: ERROR: unexpected character `$` [TB1005]",
    "begin { @ = 5e-9; }": "stdin:1:14-15: ERROR: invalid integer suffix 'e' [TB1006]",
    'begin { print("\\777"); }': "stdin:1:16-20: ERROR: octal escape sequence out of range '\\777' [TB1007]",
    "begin { @a = 1 @b = 2; }": "stdin:1:15-16: ERROR: expected `;` after the statement [TB1008]",
    "begin { return 1 exit() }": "stdin:1:17-18: ERROR: expected `;` after the statement [TB1008]",
    "config = { a = 1 b = 2 } begin { }": "stdin:1:17-18: ERROR: expected `;` after the setting [TB1008]",
    "/a/ { }": "stdin:1:1-2: ERROR: unexpected `/`: expected an attach point [TB1009]",
    "{ exit(); }": "stdin:1:1-2: ERROR: unexpected `{`: expected an attach point [TB1009]",
    "begin { }\n#define X 1":
      "stdin:2:1-12: ERROR: C definitions must come before probes, functions, macros and maps [TB1010]",
    "begin { }\nconfig = { }":
      "stdin:2:1-13: ERROR: the config block must come before probes, functions, macros and maps [TB1010]",
    "config = { } config = { } begin { }": "stdin:1:14-26: ERROR: duplicate config block [TB1011]",
    "begin { @ = 'ab'; }": "stdin:1:13-17: ERROR: a character literal holds exactly one character [TB1012]",
    "begin { @ = $0; }": "stdin:1:13-15: ERROR: there is no parameter $0: they count from $1 [TB1013]",
    "begin { @ = (a = 1, a = 2); }": "stdin:1:21-22: ERROR: the record already has a field 'a' [TB1014]",
    "begin { } }": "stdin:1:11-12: ERROR: unexpected `}`: no block is open here [TB1015]",
    "kprobe:f": "stdin:1:9-9: ERROR: the probe has no action block [TB1016]",
    "kprobe:f /pid/": "stdin:1:15-15: ERROR: the probe has no action block [TB1016]",
    "kprobe:f kprobe:g { }":
      "stdin:1:10-18: ERROR: unexpected `kprobe:g`: expected an action block `{ … }` [TB1016]",
    "struct s { int a; begin { }": "stdin:1:1-7: ERROR: the C definition is never closed [TB1017]",
    "config = { a = @x } begin { }":
      "stdin:1:16-18: ERROR: unexpected `@x`: expected a value: a number, a string, a boolean or a word [TB1018]",
  };
  for (const [text, expected] of Object.entries(rows)) it(text, () => expect(headline(text)).toBe(expected));
});

describe("syntax errors", () => {
  it("mark the place and hint at the way out", () => {
    expect(said("begin { @a = 1; else { } }").slice(1)).toEqual([
      "begin { @a = 1; else { } }",
      "                ~~~~",
      "HINT: an `else` follows the `}` of its `if`.",
      "CODE: TB1001",
    ]);
  });
  it("guess at a brace that was never closed", () => {
    expect(tryParse("begin { if (a) { exit(); }\nkprobe:f { }").said).toContain(
      "HINT: is a `}` missing before `kprobe:`?",
    );
  });
  it("are reported once for each item", () => {
    expect(tryParse("begin { @a = ; @b = ; } end { print(; } kprobe:f { }").codes).toEqual([
      "TB1001",
      "TB1001",
    ]);
  });
  it("give no tree", () => {
    expect(tryParse("begin { $a = 09; }").script).toBeUndefined();
    expect(tryParse("begin {").script).toBeUndefined();
  });
  it("never end in an exception, wherever a good script is cut or loses a character", () => {
    const text =
      'config = { a = 1 }\nstruct s { int a[2]; };\nlet @m = hash(2);\nkprobe:f, uprobe:"/x":g /pid > 1/ { $a = (uint8)1 ? { 2 } : if b { 3 } else { 4 }; for $k : @m { print(($k.0,)); } }';
    for (let at = 0; at <= text.length; at++) {
      expect(() => tryParse(text.slice(0, at))).not.toThrow();
      const damaged = tryParse(text.slice(0, at) + text.slice(at + 1));
      expect(damaged.script === undefined).toBe(damaged.said !== "");
    }
  });
});
