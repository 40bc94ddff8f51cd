/** Config variables: names, defaults, what values they take. */

export type ConfigKind =
  | { readonly kind: "bool"; readonly fallback: boolean }
  | {
      readonly kind: "integer";
      readonly fallback: number;
      readonly least?: number;
      readonly greatest?: number;
    }
  | { readonly kind: "word"; readonly fallback: string; readonly words: readonly string[] }
  | { readonly kind: "text"; readonly fallback: string };

export interface ConfigVariable {
  readonly name: string;
  readonly value: ConfigKind;
  /** One line. */
  readonly doc: string;
  /** Can only come from the environment or command line, not from a script. */
  readonly environmentOnly?: true;
}

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
const word = (name: string, fallback: string, words: readonly string[], doc: string): ConfigVariable => ({
  name,
  value: { kind: "word", fallback, words },
  doc,
});
const unstable = (name: string, doc: string): ConfigVariable =>
  word(name, "warn", ["error", "warn", "enable"], doc);

/** All config variables of bpftrace 0.26, by their lower-case names. */
export const configVariables: readonly ConfigVariable[] = [
  word(
    "cache_user_symbols",
    "PER_PID",
    ["PER_PID", "PER_PROGRAM", "NONE"],
    "How symbols of programs are cached.",
  ),
  onOff("cpp_demangle", true, "Demangle C++ names in user stacks."),
  onOff("lazy_symbolication", false, "Look user symbols up only when they are printed."),
  word(
    "license",
    "GPL",
    ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"],
    "License the kernel is told.",
  ),
  number("log_size", 1_000_000, "Bytes of the verifier's log.", 1),
  number("max_bpf_progs", 1024, "Most programs one script may become.", 1),
  number("max_cat_bytes", 10240, "Most bytes cat() prints."),
  number("max_map_keys", 4096, "Most keys a map holds.", 1),
  number("max_probes", 1024, "Most probes one script may attach.", 1),
  number("max_strlen", 1024, "Bytes of strings read by str() and its kin.", 1, 1 << 20),
  number("max_type_res_iterations", 0, "Kept for older scripts; has no effect."),
  number("max_ast_nodes", 0, "Kept for older scripts; has no effect."),
  word("missing_probes", "error", ["error", "warn", "ignore"], "What to do about probes that do not exist."),
  number("on_stack_limit", 32, "Largest value in bytes kept on the BPF stack."),
  number("perf_rb_pages", 0, "Pages of the ring buffer; 0: chosen by memory."),
  onOff("print_maps_on_exit", true, "Print maps when the script ends."),
  onOff("show_debug_info", true, "Show source lines in stacks where known."),
  word("stack_mode", "bpftrace", ["bpftrace", "perf", "raw", "build_id"], "How stacks print."),
  {
    name: "str_trunc_trailer",
    value: { kind: "text", fallback: ".." },
    doc: "Printed after a shortened string.",
  },
  onOff("use_blazesym", true, "Kept for older scripts; has no effect."),
  unstable("unstable_macro", "Kept for older scripts."),
  unstable("unstable_map_decl", "Kept for older scripts."),
  unstable("unstable_import", "Kept for older scripts."),
  unstable("unstable_tseries", "Whether tseries() may be used."),
  unstable("unstable_addr", "Kept for older scripts."),
  unstable("unstable_typeinfo", "Whether typeinfo() may be used."),
  unstable("unstable_dw_ustack", "Whether dw_ustack() may be used."),
  {
    name: "dummy_ts_map",
    value: { kind: "text", fallback: "" },
    doc: "Map whose number is the clock of tseries(): for tests.",
    environmentOnly: true,
  },
];

/** `BPFTRACE_MAX_STRLEN`, `MAX_STRLEN` and `max_strlen` are one variable. */
export function configName(spelling: string): string {
  return spelling.toLowerCase().replace(/^bpftrace_/, "");
}

export function findConfig(spelling: string): ConfigVariable | undefined {
  const name = configName(spelling);
  return configVariables.find((variable) => variable.name === name);
}
