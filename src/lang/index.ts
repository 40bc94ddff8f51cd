/** The registries: every builtin and every probe type, each declared once. */
import type { BuiltinEntry } from "./builtin.js";
import { aggregations } from "./aggregations.js";
import { compileTimeFunctions } from "./builtins/compile-time.js";
import { kfuncQuestions } from "./builtins/kfunc-questions.js";
import { contextBuiltins } from "./builtins/context.js";
import { controlFunctions } from "./builtins/control.js";
import { memoryFunctions } from "./builtins/memory.js";
import { mapFunctions } from "./builtins/maps.js";
import { networkFunctions } from "./builtins/network.js";
import { outputFunctions } from "./builtins/output.js";
import { processBuiltins } from "./builtins/process.js";
import { stackBuiltins } from "./builtins/stacks.js";
import { nameFunctions } from "./builtins/names.js";
import { stringFunctions } from "./builtins/string-functions.js";
import { stringReads } from "./builtins/strings.js";
import { targetQuestions } from "./builtins/target-questions.js";
import { timeBuiltins } from "./builtins/time.js";
import type { ProviderEntry } from "./provider.js";
import { fentry, fexit } from "./probes/fentry.js";
import { iter } from "./probes/iter.js";
import { kprobe, kretprobe } from "./probes/kprobe.js";
import { hardware, software } from "./probes/perf.js";
import { begin, bench, end, self, test } from "./probes/special.js";
import { interval, profile } from "./probes/timed.js";
import { rawtracepoint } from "./probes/rawtracepoint.js";
import { tracepoint } from "./probes/tracepoint.js";
import { uprobe, uretprobe } from "./probes/uprobe.js";
import { usdt } from "./probes/usdt.js";
import { watchpoint } from "./probes/watchpoint.js";

/** Entries that belong together, under the title the reference gives them. */
export interface BuiltinFamily {
  readonly title: string;
  readonly entries: readonly BuiltinEntry[];
}

/** Builtin variables and functions. */
export const builtinFamilies: readonly BuiltinFamily[] = [
  { title: "Process, user and machine", entries: processBuiltins },
  { title: "Time", entries: timeBuiltins },
  { title: "What the probe was given", entries: contextBuiltins },
  { title: "Stacks and symbols", entries: stackBuiltins },
  { title: "Output", entries: outputFunctions },
  { title: "Maps", entries: mapFunctions },
  { title: "Reading strings and bytes", entries: stringReads },
  { title: "Strings", entries: stringFunctions },
  { title: "Numbers as text", entries: nameFunctions },
  { title: "Pointers and memory", entries: memoryFunctions },
  { title: "Changing the traced program", entries: controlFunctions },
  { title: "Network addresses", entries: networkFunctions },
  { title: "At compile time", entries: [...compileTimeFunctions, ...kfuncQuestions] },
  { title: "Questions to the target", entries: targetQuestions },
];

/** Every builtin variable, function and aggregation. */
export const builtins: readonly BuiltinEntry[] = [
  ...builtinFamilies.flatMap(({ entries }) => entries),
  ...aggregations,
];

/** Every probe type. */
export const providers: readonly ProviderEntry[] = [
  begin,
  end,
  self,
  test,
  bench,
  interval,
  profile,
  tracepoint,
  rawtracepoint,
  software,
  hardware,
  kprobe,
  kretprobe,
  fentry,
  fexit,
  iter,
  uprobe,
  uretprobe,
  usdt,
  watchpoint,
];

const builtinsByName = byName(builtins);
const providersByName = byName(providers);

function byName<T extends { readonly name: string; readonly aliases?: readonly string[] }>(
  entries: readonly T[],
): ReadonlyMap<string, T> {
  const all = new Map<string, T>();
  for (const entry of entries)
    for (const name of [entry.name, ...(entry.aliases ?? [])]) all.set(name, entry);
  return all;
}

/** A builtin by any of its names. */
export function findBuiltin(name: string): BuiltinEntry | undefined {
  // bpftrace's own library spells the primitives so; scripts that copy from it do too.
  return builtinsByName.get(name.startsWith("__builtin_") ? name.slice("__builtin_".length) : name);
}

/** Does a word stand for the event's arguments by name? */
export function namesArguments(name: string): boolean {
  return findBuiltin(name)?.dependsOn === "args";
}
export function builtinNames(): Iterable<string> {
  return builtinsByName.keys();
}
/** A probe type by any of its names. */
export function findProvider(name: string): ProviderEntry | undefined {
  return providersByName.get(name);
}
export function providerNames(): Iterable<string> {
  return providersByName.keys();
}
