/** `-l`: all probes of a target that match a pattern. */
import type { Target } from "../../target/target.js";
import { printType } from "../../types/print.js";
import { BtfTypes } from "../../types/from-btf.js";
import { NodeIds, sourceId } from "../../base/ids.js";
import type { AttachPoint } from "../../ast/ast.js";
import { findProvider, providers } from "../index.js";
import { hasWildcard, wildcard } from "./wildcard.js";

export interface ListedProbe {
  /** `tracepoint:sched:sched_switch` */
  readonly name: string;
  /** Lines of a verbose listing: `int prev_prio`. */
  arguments(): string[];
}

/** Probes whose full name matches; a pattern without colon matches any part, as bpftrace's does. */
export function* listProbes(target: Target, pattern: string): Generator<ListedProbe> {
  const colon = pattern.indexOf(":");
  const head = colon < 0 ? pattern : pattern.slice(0, colon);
  const chosen = colon < 0 ? undefined : findProvider(head);
  const inProvider = wildcard(head);
  const matches = wildcard(
    colon < 0 ? `*${hasWildcard(pattern) ? pattern : `${pattern}`}*` : pattern.slice(colon + 1),
  );
  for (const provider of providers) {
    if (provider.list === undefined) continue;
    if (colon >= 0 && provider !== chosen && !inProvider(provider.name)) continue;
    for (const rest of provider.list(target)) {
      const name = `${provider.name}:${rest}`;
      // `rawtracepoint:sched_switch` leaves out the module.
      const short = rest.slice(rest.lastIndexOf(":") + 1);
      const found =
        colon < 0 ? matches(name) : matches(rest) || (provider.name !== "tracepoint" && matches(short));
      if (found) yield { name, arguments: () => argumentLines(target, provider.name, rest) };
    }
  }
}

function argumentLines(target: Target, provider: string, rest: string): string[] {
  const entry = findProvider(provider);
  const span = { source: sourceId(0), start: 0, end: 0 };
  const point: AttachPoint = {
    kind: "attach_point",
    id: new NodeIds().fresh(),
    span,
    text: `${provider}:${rest}`,
    provider,
    parts: rest.split(":").map((text) => ({ text, span, quoted: false })),
  };
  const [probe] =
    entry?.expand?.(point, {
      target,
      types: new BtfTypes(target.btf),
      maxStrlen: 64,
      missingProbes: "ignore",
      unsafe: false,
      pid: undefined,
      hasCommand: false,
      binaries: undefined,
      error: () => undefined,
      warn: () => undefined,
      missing: () => [],
    }) ?? [];
  const lines = (probe?.args?.()?.members ?? []).map((member) =>
    member.dataLoc !== undefined && member.type.kind === "string"
      ? `__data_loc char[] ${member.name}`
      : `${printType(member.type)} ${member.name}`,
  );
  const result = probe?.retval?.();
  return result === undefined ? lines : [...lines, `${printType(result)} retval`];
}
