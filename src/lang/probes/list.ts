/** `-l`: all probes of a target that match a pattern. */
import type { UserBinaries } from "../../binary/user-binary.js";
import type { Target } from "../../target/target.js";
import { findProvider, providers } from "../index.js";
import type { ProviderEntry } from "../provider.js";
import { listUserProbes } from "./list-user.js";
import { wildcard } from "./wildcard.js";

export interface ListedProbe {
  /** `tracepoint:sched:sched_switch` */
  readonly name: string;
  /** Lines of a verbose listing: `int prev_prio`. */
  arguments(): readonly string[];
}

/** What is listed of. */
export interface ListSources {
  readonly target: Target;
  readonly binaries: UserBinaries | undefined;
  /** `-p`: also the probes of what this process runs. */
  readonly pid: number | undefined;
}

/** Probes a pattern names: `kprobe:vfs_*`, `*ware:*`; without a colon what any kind of probe has of that name. */
export function* listProbes(sources: ListSources, pattern: string): Generator<ListedProbe> {
  const whole = pattern === "" ? "*:*" : pattern.includes(":") ? pattern : `*:${pattern}`;
  yield* listKernelProbes(sources.target, whole);
  yield* listUserProbes(sources, whole);
}

function* listKernelProbes(target: Target, pattern: string): Generator<ListedProbe> {
  const [head = "", ...parts] = pattern.split(":");
  const chosen = findProvider(head);
  const matches = wildcard(head);
  const kinds =
    chosen === undefined
      ? providers
          .filter((provider) => provider.listedAlways === true && matches(provider.name))
          .filter((provider) => provider.available?.(target) !== false)
      : [chosen];
  kinds.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const provider of kinds) yield* listProvider(provider, parts, target);
}

function* listProvider(
  provider: ProviderEntry,
  parts: readonly string[],
  target: Target,
): Generator<ListedProbe> {
  const names = [...(provider.list?.(target, parts.length) ?? [])];
  const rest = parts.join(":");
  // A function or event without its module or category is looked for in all of them.
  const deep = names[0]?.includes(":") === true && !names[0].endsWith(":");
  const matches = wildcard(deep && parts.length < 2 ? `*:${rest}` : rest === "" ? "*" : rest);
  const isBare = wildcard(`${rest}:`);
  for (const name of [...new Set(names)].filter((each) => matches(each) || isBare(each)).sort())
    yield { name: `${provider.name}:${name}`, arguments: () => provider.describe?.(target, name) ?? [] };
}
