/** Config variables: names, defaults, what values they take, and what is said of one that does not fit. */

export type ConfigKind =
  | { readonly kind: "bool"; readonly fallback: boolean }
  | {
      readonly kind: "integer";
      readonly fallback: number;
      readonly least?: number;
      readonly greatest?: number;
    }
  | {
      readonly kind: "word";
      readonly fallback: string;
      readonly words: readonly string[];
      /** Further spellings in lower case, and the word each stands for. */
      readonly also?: Readonly<Record<string, string>>;
      /** The case of letters counts. */
      readonly exact?: true;
      readonly invalid: (given: string) => string;
    }
  | { readonly kind: "text"; readonly fallback: string };

export interface ConfigVariable {
  readonly name: string;
  readonly value: ConfigKind;
  /** One line. */
  readonly doc: string;
  /** Scripts may still set it; nothing follows from it. */
  readonly deprecated?: true;
  /** Can only come from the environment, not from a script. */
  readonly environmentOnly?: true;
}

/** Keys of a map whose script asks for no other number: 0.26's default. */
export const DEFAULT_MAP_KEYS = 4096;

const onOff = (name: string, fallback: boolean, doc: string): ConfigVariable => ({
  name,
  value: { kind: "bool", fallback },
  doc,
});
const number = (
  name: string,
  fallback: number,
  doc: string,
  least = 0,
  greatest?: number,
): ConfigVariable => ({
  name,
  value: { kind: "integer", fallback, least, ...(greatest === undefined ? {} : { greatest }) },
  doc,
});
const word = (
  name: string,
  words: readonly [string, ...string[]],
  valid: string,
  doc: string,
  more: { readonly also?: Readonly<Record<string, string>>; readonly exact?: true } = {},
): ConfigVariable => {
  const invalid = (): string => `Invalid value for ${name}: valid values are ${valid}.`;
  return { name, value: { kind: "word", fallback: words[0], words, invalid, ...more }, doc };
};
const UNSTABLE_ALSO = {
  "1": "enable",
  true: "enable",
  on: "enable",
  yes: "enable",
  "0": "error",
  false: "error",
  off: "error",
  no: "error",
};
const unstable = (name: string, fallback: "error" | "warn", doc: string): ConfigVariable => {
  const invalid = (): string =>
    "Invalid value for unstable config: valid values are enable, warn, and error.";
  const words = ["error", "warn", "enable"];
  return { name, value: { kind: "word", fallback, words, also: UNSTABLE_ALSO, invalid }, doc };
};
const deprecated = (name: string): ConfigVariable => ({
  name,
  value: { kind: "text", fallback: "" },
  doc: "Kept for older scripts; has no effect.",
  deprecated: true,
});
const LICENSES = [
  "Dual MIT/GPL",
  "Dual BSD/GPL",
  "Dual MPL/GPL",
  "GPL and additional rights",
  "GPL v2",
  "GPL",
] as const;

/** All config variables of bpftrace 0.26, by their lower-case names. */
export const configVariables: readonly ConfigVariable[] = [
  word(
    "cache_user_symbols",
    ["PER_PID", "PER_PROGRAM", "NONE"],
    "PER_PID, PER_PROGRAM, and NONE",
    "How symbols of programs are cached.",
    { also: { "1": "PER_PID", "0": "NONE" } },
  ),
  onOff("cpp_demangle", true, "Demangle C++ names in user stacks."),
  onOff("lazy_symbolication", false, "Look user symbols up only when they are printed."),
  {
    name: "license",
    value: {
      kind: "word",
      fallback: "GPL",
      words: LICENSES,
      exact: true,
      invalid: (given) => `Invalid value for license. Found: ${given}. Valid values: ${LICENSES.join(", ")}`,
    },
    doc: "License the kernel is told.",
  },
  number("log_size", 1_000_000, "Bytes of the verifier's log."),
  number("max_bpf_progs", 1024, "Most programs one script may become.", 1),
  number("max_cat_bytes", 10240, "Most bytes cat() prints."),
  number("max_map_keys", DEFAULT_MAP_KEYS, "Most keys a map holds.", 1),
  number("max_probes", 1024, "Most probes one script may attach.", 1),
  number("max_strlen", 1024, "Bytes of strings read by str() and its kin.", 1, 1 << 20),
  word(
    "missing_probes",
    ["error", "warn", "ignore"],
    "ignore, warn, and error",
    "What to do about probes that do not exist.",
  ),
  number("on_stack_limit", 32, "Largest value in bytes kept on the BPF stack."),
  number("perf_rb_pages", 0, "Pages of the ring buffer; 0: chosen by memory."),
  onOff("print_maps_on_exit", true, "Print maps when the script ends."),
  onOff("show_debug_info", true, "Show source lines in stacks where known."),
  word(
    "stack_mode",
    ["bpftrace", "perf", "raw", "build_id"],
    "bpftrace, raw, perf, and build_id",
    "How stacks print.",
    { exact: true },
  ),
  {
    name: "str_trunc_trailer",
    value: { kind: "text", fallback: ".." },
    doc: "Printed after a shortened string.",
  },
  onOff("use_blazesym", true, "Which library looks symbols up in bpftrace; has no effect."),
  unstable("unstable_import_statement", "error", "Whether imports may stand inside blocks."),
  unstable("unstable_tseries", "warn", "Whether tseries() may be used."),
  unstable("unstable_typeinfo", "error", "Whether typeinfo() may be used."),
  unstable("unstable_dw_ustack", "warn", "Whether dw_ustack() may be used."),
  deprecated("max_ast_nodes"),
  deprecated("max_type_res_iterations"),
  deprecated("symbol_source"),
  deprecated("unstable_addr"),
  deprecated("unstable_import"),
  deprecated("unstable_macro"),
  deprecated("unstable_map_decl"),
  {
    name: "dummy_ts_map",
    value: { kind: "text", fallback: "" },
    doc: "Map whose number is the clock of tseries(): for tests.",
    environmentOnly: true,
  },
];

/** Names of older versions, and today's. */
export const renamedConfig: Readonly<Record<string, string>> = {
  strlen: "max_strlen",
  no_cpp_demangle: "cpp_demangle",
  cat_bytes_max: "max_cat_bytes",
  map_keys_max: "max_map_keys",
};
/** Variables of bpftrace's environment that are none of ours, and no script can set. */
export const environmentOnly: readonly string[] = ["btf", "kernel_build", "kernel_source", "vmlinux"];

/** `BPFTRACE_MAX_STRLEN`, `MAX_STRLEN` and `max_strlen` are one variable. */
export function configName(spelling: string): string {
  return spelling.toLowerCase().replace(/^bpftrace_/, "");
}

export function findConfig(spelling: string): ConfigVariable | undefined {
  const name = configName(spelling);
  return configVariables.find((variable) => variable.name === name);
}
