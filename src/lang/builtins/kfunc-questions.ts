/** Questions about kernel functions that programs may call. */
import { boolType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { COMMON_KFUNCS, TRACING_KFUNCS } from "../names/kfunc-sets.js";

function question(
  name: string,
  doc: string,
  example: string,
  holds: (site: CallSite, kfunc: string) => boolean,
): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`bool ${name}(const string name)`],
    arity: [1, 1],
    doc,
    example,
    rule: (site) => {
      const kfunc = site.textIf(0);
      if (kfunc === undefined) {
        return site.error("TB3021", `${name}() accepts a string literal only`, site.span);
      }
      return site.constant(holds(site, kfunc) ? 1n : 0n, boolType);
    },
  };
}

function exists(site: CallSite, name: string): boolean {
  return site.target.kfunc(name) !== undefined;
}

/** As bpf_prog_type_to_kfunc_hook in kernel/bpf/btf.c maps program types to sets. */
export function isKfuncAllowed(site: CallSite, name: string): boolean {
  const found = site.target.kfunc(name);
  if (found === undefined) return false;
  const { context } = site.probe;
  const [major, minor] = site.target.kernel.numbers;
  const since = (wanted: number): boolean => major > 6 || (major === 6 && minor >= wanted);
  const isTyped = context === "fentry" || context === "fexit" || context === "tp_btf" || context === "iter";
  if (COMMON_KFUNCS.has(name)) return isTyped || since(2);
  if (found.module === "vmlinux" && !TRACING_KFUNCS.has(name)) return false;
  return isTyped || ((context === "tracepoint" || context === "perf_event") && since(12));
}

export const kfuncQuestions: readonly BuiltinEntry[] = [
  question(
    "kfunc_exist",
    "Whether the kernel has a function of this name that programs may call.",
    'begin { print(kfunc_exist("bpf_iter_num_new")); exit(); }',
    exists,
  ),
  // What a program may call hangs on how it is attached.
  {
    ...question(
      "kfunc_allowed",
      "Whether programs of this probe's type may call a function of the kernel.",
      'begin { if (kfunc_allowed("bpf_strcmp")) { print(bpf_strcmp("a", "b")); } exit(); }',
      isKfuncAllowed,
    ),
    dependsOn: "program type",
  },
];
