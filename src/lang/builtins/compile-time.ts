/** What is decided when compiling: assertions, type questions, options. */
import { boolType, voidType } from "../../types/type.js";
import type { Type } from "../../types/type.js";
import type { TypedExpression } from "../../check/typed-program.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { later } from "./entry.js";

function question(name: string, doc: string, holds: (type: Type) => boolean): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`bool ${name}(any value)`],
    arity: [1, 1],
    doc,
    example: `begin { print(${name}(1)); exit(); }`,
    rule: (site) => {
      const value = site.value(0);
      return value === undefined ? undefined : site.constant(holds(value.type) ? 1n : 0n, boolType);
    },
  };
}

/** The type is the default's; without a default it is a bool. */
function option(site: CallSite): TypedExpression | undefined {
  const name = site.text(0);
  if (name === undefined) return undefined;
  const given = site.option(name);
  const flag = (text: string): TypedExpression | undefined => {
    if (["", "true", "1"].includes(text)) return site.constant(1n, boolType);
    if (["false", "0"].includes(text)) return site.constant(0n, boolType);
    return site.error("TB3020", `--${name} takes true or false, not '${text}'`);
  };
  if (site.args.length === 1) return flag(given ?? "false");
  const text = site.textIf(1);
  if (text !== undefined) return site.string(given ?? text);
  const fallback = site.value(1);
  if (fallback === undefined || given === undefined) return fallback;
  if (fallback.type.kind === "bool") return flag(given);
  if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(given)) {
    return site.error("TB3020", `--${name} takes a number, not '${given}'`);
  }
  const value = given.startsWith("-") ? -BigInt(given.slice(1)) : BigInt(given);
  return site.literal(value);
}

export const compileTimeFunctions: readonly BuiltinEntry[] = [
  question("is_str", "Whether a value is a string.", (type) => type.kind === "string"),
  question("is_ptr", "Whether a value is a pointer.", (type) => type.kind === "pointer"),
  question("is_array", "Whether a value is an array.", (type) => type.kind === "array"),
  question(
    "is_integer",
    "Whether a value is an integer.",
    (type) => type.kind === "int" || type.kind === "enum",
  ),
  question(
    "is_unsigned_integer",
    "Whether a value is an unsigned integer.",
    (type) => type.kind === "int" && !type.signed,
  ),
  {
    name: "is_literal",
    kind: "function",
    signatures: ["bool is_literal(any value)"],
    arity: [1, 1],
    doc: "Whether a value is written out as a constant.",
    example: "begin { print(is_literal(1)); exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      return site.constant(value.kind === "constant" || value.kind === "string" ? 1n : 0n, boolType);
    },
  },
  {
    name: "static_assert",
    kind: "function",
    signatures: ["void static_assert(bool condition, const string message)"],
    arity: [2, 2],
    doc: "Stops compiling unless a constant condition holds.",
    example: 'begin { static_assert(1 < 2, "odd"); exit(); }',
    rule: (site) => {
      const condition = site.integer(0);
      const message = site.text(1);
      if (condition === undefined || message === undefined) return undefined;
      if (condition === 0n) return site.error("TB3021", message, site.span);
      return site.constant(0n, voidType);
    },
  },
  {
    name: "fail",
    kind: "function",
    signatures: ["void fail(const string format, args...)"],
    arity: [1, 16],
    doc: "Stops compiling where it is reached.",
    example: 'begin { if (false) { fail("never"); } exit(); }',
    rule: (site) => {
      const format = site.text(0);
      if (format === undefined) return undefined;
      let index = 1;
      const message = format.replace(/%%|%[-+ 0#]*\d*(?:\.\d+)?(?:hh|h|ll|l)?[a-zA-Z]/g, (piece) => {
        if (piece === "%%") return "%";
        const at = index++;
        return site.textIf(at) ?? `${site.integerIf(at) ?? "?"}`;
      });
      return site.error("TB3021", message, site.span);
    },
  },
  later(
    "assert",
    "function",
    "void assert(bool condition, const string message)",
    [2, 2],
    "Ends the script with an error unless a condition holds.",
    'begin { assert(1 < 2, "odd"); exit(); }',
  ),
  {
    name: "getopt",
    kind: "function",
    signatures: [
      "bool getopt(const string name)",
      "T getopt(const string name, T default [, const string doc])",
    ],
    arity: [1, 3],
    doc: "A named option of the command line: --name=value.",
    example: 'begin { print(getopt("n", 5)); exit(); }',
    rule: option,
  },
  later(
    "cgroupid",
    "function",
    "uint64 cgroupid(const string path)",
    [1, 1],
    "Id of a cgroup by its path.",
    'begin { print(cgroupid("/sys/fs/cgroup")); exit(); }',
  ),
  {
    name: "cgroup_path",
    kind: "function",
    signatures: ["cgroup_path cgroup_path(uint64 id [, const string filter])"],
    arity: [1, 2],
    doc: "Path of a cgroup, for printing.",
    example: "interval:s:1 { print(cgroup_path(cgroup)); exit(); }",
    rule: (site) => {
      const value = site.integerValue(0, false);
      const controller = site.args.length > 1 ? site.text(1) : "";
      if (value === undefined || controller === undefined) return undefined;
      return site.call(
        { kind: "cgroup_path", controller },
        { args: [site.convert(value, { kind: "int", bits: 64, signed: false })] },
      );
    },
  },
  later(
    "kfunc_exist",
    "function",
    "bool kfunc_exist(const string name)",
    [1, 1],
    "Whether the kernel has a kfunc.",
    'begin { print(kfunc_exist("bpf_iter_num_new")); exit(); }',
  ),
  later(
    "kfunc_allowed",
    "function",
    "bool kfunc_allowed(const string name)",
    [1, 1],
    "Whether a probe may call a kfunc.",
    'begin { print(kfunc_allowed("bpf_iter_num_new")); exit(); }',
  ),
];
