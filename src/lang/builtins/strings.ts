/** Strings and bytes in memory. */
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { sizeOf } from "../../types/layout.js";
import { printType } from "../../types/print.js";
import { boolType, int64, uint64 } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { later } from "./entry.js";

/** The optional length operand as uint64, and its constant value. */
function lengthOperand(site: CallSite, index: number) {
  const constant = site.integerIf(index);
  const value = site.integerValue(index, false);
  if (value === undefined) return undefined;
  if (constant !== undefined && constant < 0n) {
    return site.error(
      "TB3004",
      `${site.name}() cannot use negative length (${constant})`,
      site.spanOf(index),
    );
  }
  return { value: site.convert(value, uint64), constant };
}

function str(site: CallSite, forced?: "kernel" | "user"): TypedExpression | undefined {
  // A positional parameter in str() is its text, whatever it looks like.
  const text = site.textIf(0);
  if (text !== undefined) return site.string(text);
  const value = site.value(0);
  const length = site.args.length > 1 ? lengthOperand(site, 1) : undefined;
  if (value === undefined || (site.args.length > 1 && length === undefined)) return undefined;
  const most = site.config.maxStrlen;
  let size = most;
  if (length?.constant !== undefined) {
    if (length.constant + 1n > BigInt(most)) {
      site.warn(
        "TB3024",
        `length param (${length.constant}) is too long and will be shortened to ${most} bytes (see BPFTRACE_MAX_STRLEN)`,
        site.spanOf(1),
      );
    } else size = Number(length.constant) + 1;
  }
  const { type } = value;
  if (type.kind === "string") {
    return length === undefined
      ? value
      : site.convert(value, { kind: "string", size: Math.min(size, type.size) });
  }
  if (type.kind !== "pointer" && type.kind !== "array" && integerOf(type) === undefined) {
    return site.error(
      "TB3004",
      `str() expects a string, integer or a pointer type as first argument (${printType(type)} provided)`,
      site.spanOf(0),
    );
  }
  const space = forced ?? site.spaceOf(value);
  return site.call(
    { kind: "string", size },
    { args: length === undefined ? [value] : [value, length.value], text: space },
    "str",
  );
}

function buf(site: CallSite): TypedExpression | undefined {
  const value = site.value(0);
  const length = site.args.length > 1 ? lengthOperand(site, 1) : undefined;
  if (value === undefined || (site.args.length > 1 && length === undefined)) return undefined;
  const { type } = value;
  if (
    type.kind !== "pointer" &&
    type.kind !== "array" &&
    type.kind !== "string" &&
    integerOf(type) === undefined
  ) {
    return site.error(
      "TB3004",
      `buf() expects an integer, string, or array argument but saw ${printType(type)}`,
      site.spanOf(0),
    );
  }
  if (length === undefined && type.kind !== "array" && type.kind !== "string") {
    return site.error(
      "TB3003",
      `buf() expects a length argument for non-array type ${printType(type)}`,
      site.span,
    );
  }
  const most = site.config.maxStrlen - 4;
  const own = type.kind === "array" || type.kind === "string" ? sizeOf(type) : most;
  const capacity = Math.min(most, length?.constant === undefined ? own : Number(length.constant));
  return site.call(
    { kind: "buffer", capacity },
    { args: length === undefined ? [value] : [value, length.value], text: site.spaceOf(value) },
  );
}

export const stringFunctions: readonly BuiltinEntry[] = [
  {
    name: "str",
    kind: "function",
    signatures: ["string str(char * text [, uint64 length])"],
    arity: [1, 2],
    doc: "Reads text up to its NUL from an address.",
    example: "tracepoint:syscalls:sys_enter_openat { print(str(args.filename)); exit(); }",
    rule: (site) => str(site),
  },
  {
    name: "kstr",
    kind: "function",
    signatures: ["string kstr(char * text [, uint64 length])"],
    arity: [1, 2],
    doc: "str() from kernel memory.",
    example: 'begin { print(kstr(kaddr("linux_banner"))); exit(); }',
    rule: (site) => str(site, "kernel"),
  },
  {
    name: "ustr",
    kind: "function",
    signatures: ["string ustr(char * text [, uint64 length])"],
    arity: [1, 2],
    doc: "str() from user memory.",
    example: "tracepoint:syscalls:sys_enter_openat { print(ustr(args.filename)); exit(); }",
    rule: (site) => str(site, "user"),
  },
  {
    name: "buf",
    kind: "function",
    signatures: ["buffer buf(void * data [, uint64 length])"],
    arity: [1, 2],
    doc: "Reads bytes from an address.",
    example: 'tracepoint:syscalls:sys_enter_write { printf("%r\\n", buf(args.buf, args.count)); exit(); }',
    rule: buf,
  },
  {
    name: "strncmp",
    kind: "function",
    signatures: ["int64 strncmp(string a, string b, int64 n)"],
    arity: [3, 3],
    doc: "0 if the first n bytes of two strings are equal.",
    example: 'interval:s:1 { print(strncmp(comm, "bash", 2)); exit(); }',
    rule: (site) => {
      const a = site.value(0);
      const b = site.value(1);
      const n = site.integer(2);
      if (a === undefined || b === undefined || n === undefined) return undefined;
      for (const [index, value] of [a, b].entries()) {
        if (value.type.kind !== "string") {
          return site.error(
            "TB3004",
            `strncmp() expects strings (${printType(value.type)} provided)`,
            site.spanOf(index),
          );
        }
      }
      if (n < 0n)
        return site.error("TB3004", "Builtin strncmp requires a non-negative length", site.spanOf(2));
      return site.call(uint64, { args: [a, b], numbers: [n] });
    },
  },
  {
    name: "strcontains",
    kind: "function",
    signatures: ["bool strcontains(string haystack, string needle)"],
    arity: [2, 2],
    doc: "Whether one string occurs in another.",
    example: 'interval:s:1 { print(strcontains(comm, "sh")); exit(); }',
    rule: (site) => twoStrings(site, boolType),
  },
  {
    name: "strstr",
    kind: "function",
    signatures: ["int64 strstr(string haystack, string needle)"],
    arity: [2, 2],
    doc: "Index at which one string occurs in another, or -1.",
    example: 'interval:s:1 { print(strstr(comm, "sh")); exit(); }',
    rule: (site) => twoStrings(site, int64),
  },
  {
    name: "strlen",
    kind: "function",
    signatures: ["uint64 strlen(string text)"],
    arity: [1, 1],
    doc: "Bytes of a string before its NUL.",
    example: "interval:s:1 { print(strlen(comm)); exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.kind === "string") return site.constant(BigInt(value.bytes.length), uint64);
      if (value.type.kind !== "string") {
        return site.error(
          "TB3004",
          `strlen() expects a string (${printType(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.call(uint64, { args: [value] });
    },
  },
  {
    name: "strcap",
    kind: "function",
    signatures: ["int64 strcap(string text)"],
    arity: [1, 1],
    doc: "Bytes a string's place can hold.",
    example: "interval:s:1 { print(strcap(comm)); exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.type.kind !== "string" && value.type.kind !== "array") {
        return site.error(
          "TB3004",
          `strcap() expects a string (${printType(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.constant(BigInt(sizeOf(value.type)), int64);
    },
  },
  {
    name: "strerror",
    kind: "function",
    signatures: ["strerror strerror(int64 errno)"],
    arity: [1, 1],
    doc: "An error number as text.",
    example: "begin { print(strerror(2)); exit(); }",
    rule: (site) => {
      const value = site.integerValue(0, true);
      return value === undefined
        ? undefined
        : site.call({ kind: "strerror" }, { args: [site.convert(value, uint64)] });
    },
  },
  later(
    "str_concat",
    "function",
    "string str_concat(string a, string b)",
    [2, 2],
    "Two strings in a row.",
    'begin { print(str_concat("a", "b")); exit(); }',
  ),
  later(
    "syscall_name",
    "function",
    "string syscall_name(int64 number)",
    [1, 1],
    "Name of a system call.",
    "begin { print(syscall_name(0)); exit(); }",
  ),
  later(
    "signal_name",
    "function",
    "string signal_name(int64 number)",
    [1, 1],
    "Name of a signal.",
    "begin { print(signal_name(9)); exit(); }",
  ),
  later(
    "memcmp",
    "function",
    "int64 memcmp(a, b, uint64 count)",
    [3, 3],
    "0 if bytes are equal.",
    'begin { print(memcmp("a", "b", 1)); exit(); }',
  ),
];

function twoStrings(site: CallSite, type: typeof boolType | typeof int64): TypedExpression | undefined {
  const a = site.value(0);
  const b = site.value(1);
  if (a === undefined || b === undefined) return undefined;
  for (const [index, value] of [a, b].entries()) {
    if (value.type.kind !== "string") {
      return site.error(
        "TB3004",
        `${site.name}() expects a string (${printType(value.type)} provided)`,
        site.spanOf(index),
      );
    }
  }
  return site.call(type, { args: [a, b] });
}
