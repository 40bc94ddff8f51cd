/** `-l` of probes in programs. */
import type { AttachPoint } from "../../ast/ast.js";
import { NodeIds, sourceId } from "../../base/ids.js";
import { splitAttachPoint } from "../../parse/attach-point.js";
import { BtfTypes } from "../../types/from-btf.js";
import { printType } from "../../types/print.js";
import { findProvider, providers } from "../index.js";
import type { ListedProbe, ListSources } from "./list.js";
import { hasWildcard, wildcard } from "./wildcard.js";

/**
 * Probes in programs: `uprobe:PATH:…`, with wildcards for the provider only where a program or process is named,
 * since a machine's programs hold millions of functions.
 */
export function* listUserProbes(sources: ListSources, pattern: string): Generator<ListedProbe> {
  const { binaries, pid } = sources;
  const [head = "", first, ...more] = (splitAttachPoint(pattern) ?? []).map(({ text }) => text);
  const chosen = findProvider(head);
  const named = more.length > 0 && first !== undefined && first !== "" && !hasWildcard(first);
  if (binaries === undefined || (chosen === undefined && pid === undefined && !named)) return;
  const inProvider = wildcard(head);
  const target = more.length > 0 && first !== "" ? (first ?? "*") : "*";
  const matches = wildcard(more.length > 0 ? more.join(":") : (first ?? "*"));
  const entries = providers.filter(
    (entry) =>
      entry.listIn !== undefined &&
      (chosen === undefined ? entry.listedByName !== true && inProvider(entry.name) : entry === chosen),
  );
  if (entries.length === 0) return;
  const programs = target === "*" ? binaries.mapped(pid) : binaries.find(target, { pid, unsafe: false });
  for (const entry of entries) {
    for (const binary of hasWildcard(target) ? programs : programs.slice(0, 1)) {
      for (const rest of entry.listIn?.(binary) ?? []) {
        // A name may stand without its provider.
        if (!matches(rest) && !matches(rest.slice(rest.indexOf(":") + 1))) continue;
        const probe = `${binary.path}:${rest}`;
        yield {
          name: `${entry.name}:${probe}`,
          arguments: () => argumentLines(sources, entry.name, [binary.path, ...rest.split(":")]),
        };
      }
    }
  }
}

function argumentLines(
  { target, binaries, pid }: ListSources,
  provider: string,
  rest: readonly string[],
): string[] {
  const entry = findProvider(provider);
  const span = { source: sourceId(0), start: 0, end: 0 };
  const point: AttachPoint = {
    kind: "attach_point",
    id: new NodeIds().fresh(),
    span,
    text: `${provider}:${rest.join(":")}`,
    provider,
    parts: rest.map((text) => ({ text, span, quoted: false })),
  };
  const [probe] =
    entry?.expand?.(point, {
      target,
      types: new BtfTypes(() => target.btf),
      maxStrlen: 64,
      missingProbes: "ignore",
      unsafe: false,
      pid,
      hasCommand: false,
      binaries,
      error: () => undefined,
      warn: () => undefined,
      missing: () => [],
    }) ?? [];
  if (probe?.listing !== undefined) return [...probe.listing()];
  const lines = (probe?.args?.()?.members ?? []).map((member) =>
    member.dataLoc !== undefined && member.type.kind === "string"
      ? `__data_loc char[] ${member.name}`
      : `${printType(member.type)} ${member.name}`,
  );
  const result = probe?.retval?.();
  return result === undefined ? lines : [...lines, `${printType(result)} retval`];
}
