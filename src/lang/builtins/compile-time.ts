/** What is decided when compiling: assertions, type questions, options. */
import { decodeText } from "../../check/conversion.js";
import { boolType, uint64, voidType } from "../../types/type.js";
import type { Type } from "../../types/type.js";
import type { TypedExpression } from "../../check/typed-program.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

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
  const doc = site.args.length > 2 ? site.text(2) : "";
  if (name === undefined || doc === undefined) return undefined;
  const text = site.textIf(1);
  if (text !== undefined) {
    const value = site.option(name, "string", text, doc);
    return value === undefined ? undefined : site.string(`${value}`);
  }
  const fallback = site.args.length === 1 ? site.constant(0n, boolType) : site.value(1);
  if (fallback === undefined) return undefined;
  if (fallback.kind !== "constant") {
    const message =
      "Second argument to 'getopt' must be a string literal, integer literal, or a boolean literal.";
    return site.error("TB3013", message, site.spanOf(1));
  }
  const kind = fallback.type.kind === "bool" ? "bool" : fallback.value < 0n ? "int64" : "uint64";
  const value = site.option(name, kind, fallback.value, doc);
  if (value === undefined) return undefined;
  return kind === "bool" ? site.constant(BigInt(value), boolType) : site.literal(BigInt(value));
}

/** Config variables in the order in which the record has them. */
const READABLE = [
  "cpp_demangle",
  "lazy_symbolication",
  "print_maps_on_exit",
  "use_blazesym",
  "show_debug_info",
  "log_size",
  "max_bpf_progs",
  "max_cat_bytes",
  "max_map_keys",
  "max_probes",
  "max_strlen",
  "on_stack_limit",
  "perf_rb_pages",
  "str_trunc_trailer",
  "unstable_import_statement",
  "unstable_tseries",
  "unstable_typeinfo",
  "unstable_dw_ustack",
  "missing_probes",
  "stack_mode",
  "license",
];

function configRecord(site: CallSite): TypedExpression {
  const values = READABLE.map((name): TypedExpression => {
    const value = site.config.variables.get(name) ?? 0;
    if (typeof value === "string") return site.string(value);
    if (typeof value === "boolean") return site.constant(value ? 1n : 0n, boolType);
    return site.literal(BigInt(value)) ?? site.constant(BigInt(value), uint64);
  });
  const fields = READABLE.map((name, index) => ({ name, type: values[index]?.type ?? uint64 }));
  return { kind: "tuple", elements: values, type: { kind: "record", fields }, span: site.span };
}

/** An argument's text, where it is constant: a literal, or what works out as one (`str($1)`). */
function constantText(site: CallSite, index: number): string | undefined {
  const text = site.textIf(index);
  if (text !== undefined) return text;
  const value = site.value(index);
  return value?.kind === "string" ? decodeText(value.bytes) : undefined;
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
    example: 'begin { if comptime (sizeof(int32) != 4) { fail("never"); } exit(); }',
    rule: (site) => {
      const format = site.text(0);
      if (format === undefined) return undefined;
      let index = 1;
      let known = true;
      const message = format.replace(/%%|%[-+ 0#]*\d*(?:\.\d+)?(?:hh|h|ll|l)?[a-zA-Z]/g, (piece) => {
        if (piece === "%%") return "%";
        const at = index++;
        // A positional parameter that is a number, or missing, is one whatever the conversion.
        const value = at < site.args.length ? (site.integerIf(at) ?? constantText(site, at)) : "";
        known &&= value !== undefined;
        return `${value}`;
      });
      if (!known) return site.error("TB3013", "fail() arguments need to be literals", site.span);
      return site.error("TB3021", message, site.span);
    },
  },
  {
    name: "getopt",
    kind: "function",
    namesOption: true,
    signatures: [
      "bool getopt(const string name)",
      "T getopt(const string name, T default [, const string doc])",
    ],
    arity: [1, 3],
    doc: "A named option of the command line: --name=value.",
    example: 'begin { print(getopt("n", 5)); exit(); }',
    rule: option,
  },
  {
    name: "cgroupid",
    kind: "function",
    signatures: ["uint64 cgroupid(const string path)"],
    arity: [1, 1],
    doc: "Id of a cgroup by its path, found when compiling.",
    example: 'begin { print(cgroupid("/sys/fs/cgroup") > 0); exit(); }',
    rule: (site) => {
      const path = site.text(0);
      if (path === undefined) return undefined;
      const id = site.target.cgroupId(path);
      return id === undefined
        ? site.error("TB2013", `Failed to resolve cgroup: '${path}'`, site.spanOf(0))
        : site.constant(id, uint64);
    },
  },
  {
    name: "config",
    kind: "variable",
    signatures: ["record config"],
    arity: [0, 0],
    doc: "The config variables as the script runs with them.",
    example: "begin { print(config.max_strlen); exit(); }",
    rule: configRecord,
  },
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
];
