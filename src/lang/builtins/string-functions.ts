/** Functions on strings and whatever stands for one: arrays of characters and pointers to them. */
import type { TypedExpression } from "../../check/typed-program.js";
import { sizeOf } from "../../types/layout.js";
import { baseTypeName } from "../../types/print.js";
import { boolType, int32, int64, type Type, uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

const isChar = (type: Type): boolean => type.kind === "int" && type.bits === 8 && type.signed;

/** What keeps a value from standing for a string. */
function objection(type: Type): string | undefined {
  if (type.kind === "string") return undefined;
  if (type.kind === "array")
    return isChar(type.element) ? undefined : "string-like arrays must contain a char-like type";
  if (type.kind === "pointer")
    return isChar(type.to) ? undefined : "string-like pointers must point to a char-like type";
  return "string-like values must be either strings, arrays or pointers";
}

/** The argument, checked to be a string or to stand for one. */
function stringLike(site: CallSite, index: number): TypedExpression | undefined {
  const value = site.value(index);
  if (value === undefined) return undefined;
  const message = objection(value.type);
  return message === undefined ? value : site.error("TB3004", message, site.spanOf(index));
}

/** As `stringLike`, as a string: what is none is read, up to its NUL. */
function asString(site: CallSite, index: number): TypedExpression | undefined {
  const value = stringLike(site, index);
  if (value === undefined || value.type.kind === "string") return value;
  const size = value.type.kind === "array" ? sizeOf(value.type) + 1 : site.config.maxStrlen;
  return site.call({ kind: "string", size }, { args: [value], text: site.spaceOf(value) }, "str");
}

function length(site: CallSite): TypedExpression | undefined {
  const value = stringLike(site, 0);
  if (value === undefined) return undefined;
  if (value.kind === "string") return site.constant(BigInt(value.bytes.length), uint64);
  return site.call(uint64, { args: [value], text: site.spaceOf(value) }, "strlen");
}

function find(site: CallSite): TypedExpression | undefined {
  const haystack = asString(site, 0);
  const needle = asString(site, 1);
  if (haystack === undefined || needle === undefined) return undefined;
  if (haystack.kind === "string" && needle.kind === "string") {
    const [text, part] = [haystack.bytes, needle.bytes].map((bytes) => String.fromCharCode(...bytes));
    return site.constant(BigInt((text ?? "").indexOf(part ?? "")), int64);
  }
  return site.call(int64, { args: [haystack, needle] }, "strstr");
}

/** The greatest string that str_concat() makes when max_strlen is at its default. */
const CONCATENATED = 1024;

function concatenation(site: CallSite): TypedExpression | undefined {
  const [first, second] = [asString(site, 0), asString(site, 1)];
  if (first === undefined || second === undefined) return undefined;
  const most = Math.max(CONCATENATED, site.config.maxStrlen);
  const size = Math.min(most, sizeOf(first.type) + sizeOf(second.type) - 1);
  return site.call({ kind: "string", size }, { args: [first, second] });
}

export const stringFunctions: readonly BuiltinEntry[] = [
  {
    name: "strncmp",
    kind: "function",
    signatures: ["int64 strncmp(string a, string b, const int64 n)"],
    arity: [3, 3],
    doc: "0 if the first n bytes of two strings are equal, else another number.",
    example: 'begin { print(strncmp("bash", "bath", 2)); exit(); }',
    rule: (site) => {
      const [a, b] = [site.value(0), site.value(1)];
      const n = site.integerIf(2);
      if (a === undefined || b === undefined) return undefined;
      for (const [index, value] of [a, b].entries()) {
        if (value.type.kind !== "string") {
          return site.error(
            "TB3004",
            `strncmp() only supports string arguments (${baseTypeName(value.type)} provided)`,
            site.spanOf(index),
          );
        }
      }
      if (n === undefined || n < 0n) {
        return site.error("TB3013", "Builtin strncmp requires a non-negative literal", site.spanOf(2));
      }
      return site.call(uint64, { args: [a, b], numbers: [n] });
    },
  },
  {
    name: "strcontains",
    kind: "function",
    signatures: ["bool strcontains(string haystack, string needle)"],
    arity: [2, 2],
    doc: "Whether one string occurs in another.",
    example: 'begin { print(strcontains("haystack", "ays")); exit(); }',
    rule: (site) => {
      const at = find(site);
      if (at === undefined) return undefined;
      if (at.kind === "constant") return site.constant(at.value >= 0n ? 1n : 0n, boolType);
      const zero = site.constant(0n, int64);
      return { kind: "compare", operator: ">=", left: at, right: zero, type: boolType, span: site.span };
    },
  },
  {
    name: "strstr",
    kind: "function",
    signatures: ["int64 strstr(string haystack, string needle)"],
    arity: [2, 2],
    doc: "Index at which one string first occurs in another, or -1.",
    example: 'begin { print(strstr("haystack", "stack")); exit(); }',
    rule: find,
  },
  {
    name: "strlen",
    kind: "function",
    signatures: ["uint64 strlen(string text)", "uint64 strlen(int8 text[])", "uint64 strlen(int8 * text)"],
    arity: [1, 1],
    doc: "Bytes before the NUL.",
    example: 'begin { print(strlen("four")); exit(); }',
    rule: length,
  },
  {
    name: "strcap",
    kind: "function",
    signatures: ["int64 strcap(string text)", "int64 strcap(int8 text[])", "int64 strcap(int8 * text)"],
    arity: [1, 1],
    doc: "Bytes that a string or array has room for; the length of what a pointer points at.",
    example: "begin { print(strcap(comm)); exit(); }",
    rule: (site) => {
      const value = stringLike(site, 0);
      if (value === undefined) return undefined;
      return value.type.kind === "pointer" ? length(site) : site.constant(BigInt(sizeOf(value.type)), int64);
    },
  },
  {
    name: "assert_str",
    kind: "function",
    signatures: ["void assert_str(any value)"],
    arity: [1, 1],
    doc: "Stops compiling unless a value is a string or stands for one.",
    example: "begin { assert_str(comm); exit(); }",
    rule: (site) => (stringLike(site, 0) === undefined ? undefined : site.constant(0n, voidType)),
  },
  {
    name: "default_str_length",
    kind: "variable",
    signatures: ["uint64 default_str_length()"],
    arity: [0, 0],
    doc: "Bytes of a string that nothing else bounds: max_strlen.",
    example: "begin { print(default_str_length()); exit(); }",
    rule: (site) => site.constant(BigInt(site.config.maxStrlen), uint64),
  },
  {
    name: "str_concat",
    kind: "function",
    signatures: ["string str_concat(string a, string b)"],
    arity: [2, 2],
    doc: "Two strings in a row.",
    example: 'begin { print(str_concat("foot", "ball")); exit(); }',
    rule: concatenation,
  },
  {
    name: "memcmp",
    kind: "function",
    signatures: ["int32 memcmp(any left, any right, uint64 count)"],
    arity: [3, 3],
    doc: "Compares the first bytes of two values: 0 if they are equal, else the sign of the first difference.",
    example: "begin { print(memcmp((1, 2), (1, 3), 16)); exit(); }",
    rule: (site) => {
      const [left, right] = [site.value(0), site.value(1)];
      const count = site.integerValue(2, false);
      if (left === undefined || right === undefined || count === undefined) return undefined;
      return site.call(int32, { args: [left, right, count] });
    },
  },
];
