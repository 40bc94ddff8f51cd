/** Strings and bytes read from memory. */
import { bytesAsText, encodeText } from "../../check/conversion.js";
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { sizeOf } from "../../types/layout.js";
import { printType } from "../../types/print.js";
import { uint64 } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

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
  if (text !== undefined && site.args.length === 1) return site.string(text);
  const value = site.value(0);
  const length = site.args.length > 1 ? lengthOperand(site, 1) : undefined;
  if (value === undefined || (site.args.length > 1 && length === undefined)) return undefined;
  // A literal is cut when compiling, where there is no NUL to count.
  if (text !== undefined && length?.constant !== undefined)
    return site.string(bytesAsText(encodeText(text).subarray(0, Number(length.constant))));
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
    if (length === undefined) return value;
    // Text of ours is cut as what is read elsewhere: the NUL counts, for which a char array need not have room.
    const whole = type.array === true ? type.size + 1 : type.size;
    const capacity = length.constant === undefined ? whole : Math.min(size, whole);
    return site.call(
      { kind: "string", size: capacity },
      { args: [value, length.value], text: "kernel" },
      "str",
    );
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
  if (length === undefined && type.kind !== "array") {
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

export const stringReads: readonly BuiltinEntry[] = [
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
];
