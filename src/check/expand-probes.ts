/** Attach points to programs: aliases, wildcards, and which events can share one program. */
import type { AttachPoint, Probe } from "../ast/ast.js";
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import { Log } from "../diag/diagnostic.js";
import { didYouMean } from "../diag/suggest.js";
import { findBuiltin, findProvider, providerNames, providers } from "../lang/index.js";
import { hasWildcard, wildcard } from "../lang/probes/wildcard.js";
import type { ExpandedProbe, ProviderContext } from "../lang/provider.js";
import { typeKey } from "../types/compat.js";
import { memberPath } from "../types/members.js";
import type { ArgumentPlace } from "../types/type.js";
import type { ProgramContext } from "./context.js";
import { scan } from "./scan.js";

/** One program to be: a probe's body for all events that can run the same code. */
export interface ProbeGroup {
  readonly node: Probe;
  /** The body is checked as if for this one. */
  readonly lead: ExpandedProbe;
  readonly members: readonly { readonly probe: ExpandedProbe; readonly point: AttachPoint }[];
}

/** What a body looks at, as far as it decides which program it becomes. */
interface Uses {
  readonly name: boolean;
  readonly function: boolean;
  readonly context: boolean;
  /** Calls functions of the kernel, or asks whether it may: raw tracepoint programs may call fewer of them. */
  readonly kfuncs: boolean;
  /** Fields of `args` read by name; "whole" when it is used otherwise. */
  readonly args: ReadonlySet<string> | "whole" | undefined;
}

export function expandProbes(probes: readonly Probe[], program: ProgramContext): ProbeGroup[] {
  const { maxProbes, maxPrograms } = program.config;
  const groups: ProbeGroup[] = [];
  let count = 0;
  /** Where there were more than may be. */
  let crossing: AttachPoint | undefined;
  for (const node of probes) {
    const before = count;
    const uses = usesOf(node);
    const open = new Map<string, { probe: ExpandedProbe; point: AttachPoint }[]>();
    const points = node.attachPoints.map((point) => ({ point, events: expandPoint(point, program) }));
    const named = points
      .flatMap(({ events }) => events)
      .filter(({ cheaper }) => cheaper?.namedBy !== undefined);
    for (const { point, events } of points) {
      if (count <= maxProbes && count + events.length > maxProbes) crossing = point;
      for (const found of events) {
        count++;
        const probe = cheapest(found, uses, uses.args === undefined ? named.length : events.length);
        const key = shareKey(probe, uses);
        const members = open.get(key);
        if (members !== undefined) members.push({ probe, point });
        else open.set(key, [{ probe, point }]);
      }
    }
    if (count === before) reportEmpty(node, program);
    for (const members of open.values()) {
      const [first] = members;
      if (first !== undefined) groups.push({ node, lead: first.probe, members });
    }
  }
  reportSameNames(groups, program);
  if (groups.length > maxPrograms) {
    program.log.error(
      "TB4009",
      groups[maxPrograms]?.members[0]?.point.span,
      `Your program is trying to generate more than ${groups.length} BPF programs, which exceeds the current limit of ${maxPrograms}`,
      "You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable.",
    );
    // One of each probe tells what else is wrong with it.
    return groups.filter(({ node }, index) => groups[index - 1]?.node !== node);
  } else if (count > maxProbes) {
    program.log.error(
      "TB4009",
      crossing?.span,
      `Can't attach to ${count} probes because it exceeds the current limit of ${maxProbes} probes.`,
      "You can increase the limit through the BPFTRACE_MAX_PROBES environment variable, but be careful: many probes slow the machine down.",
    );
  }
  return groups;
}

/** Tests and benchmarks are told apart by their names in what they print. */
function reportSameNames(groups: readonly ProbeGroup[], program: ProgramContext): void {
  const seen = new Set<string>();
  for (const { probe, point } of groups.flatMap(({ members }) => members)) {
    const { name, attach } = probe;
    if (attach.kind !== "test" && attach.kind !== "bench") continue;
    if (seen.has(name)) {
      const own = name.slice(name.indexOf(":") + 1);
      const kind = attach.kind.toUpperCase();
      program.log.error(
        "TB2008",
        point.span,
        `"${own}" was used as the name for more than one ${kind} probe`,
      );
    }
    seen.add(name);
  }
}

/** Patterns that match nothing are no fault each: a probe without any event is. */
function reportEmpty(node: Probe, program: ProgramContext): void {
  const { log, config } = program;
  const span = node.attachPoints[0]?.span ?? node.span;
  switch (config.runtime.missingProbes) {
    case "error":
      // What is missing by name was reported already.
      if (log.hasErrors) break;
      log.error(
        "TB4004",
        span,
        "Probe has no valid attach points.",
        "If this is expected, set the 'missing_probes' config variable to 'warn'.",
      );
      break;
    case "warn":
      log.warning(
        "TB4004",
        span,
        "Probe has no valid attach points. It is being removed which may cause issues with program behavior.",
      );
      break;
    case "ignore":
      break;
  }
}

function expandPoint(point: AttachPoint, program: ProgramContext): readonly ExpandedProbe[] {
  const provider = findProvider(point.provider);
  if (provider === undefined && hasWildcard(point.provider)) return expandKinds(point, program);
  if (provider === undefined) {
    program.log.error(
      "TB4001",
      point.span,
      `Invalid probe type: ${point.provider}`,
      didYouMean(point.provider, providerNames()),
    );
    return [];
  }
  return provider.expand(point, providerContext(point, program));
}

/**
 * `*ware:*`: all kinds of probes of that name, the kernel's, or those of programs where -p or a path says so. Of several
 * kinds those count for which the rest makes sense; if it does for none, the probe is told to be empty.
 */
function expandKinds(point: AttachPoint, program: ProgramContext): readonly ExpandedProbe[] {
  const ofPrograms =
    program.options.pid !== undefined || point.parts.slice(0, 1).some(({ text }) => text.includes("/"));
  const matches = wildcard(point.provider);
  const kinds = providers
    .filter(({ name }) => matches(name))
    .filter((kind) =>
      ofPrograms ? kind.listIn !== undefined && kind.listedByName !== true : kind.listedAlways,
    )
    .filter((kind) => kind.available?.(program.target) !== false);
  const [first, ...others] = kinds;
  if (first === undefined) {
    program.log.error("TB4001", point.span, `No probe type matched for ${point.provider}`);
    return [];
  }
  if (others.length === 0) return first.expand(point, providerContext(point, program));
  const quiet: ProviderContext = {
    ...providerContext(point, { ...program, log: new Log() }),
    missingProbes: "ignore",
  };
  return kinds.flatMap((kind) => kind.expand(point, quiet));
}

/** What an attach point, written as text, names first on the target, if it has any such thing; reports nothing. */
export function findAttachPoint(
  text: string,
  span: Span,
  program: ProgramContext,
): ExpandedProbe | undefined {
  const [name = "", ...parts] = text.split(":");
  const provider = findProvider(name);
  if (provider?.expand === undefined || provider.available?.(program.target) === false) return undefined;
  const point: AttachPoint = {
    kind: "attach_point",
    id: 0 as NodeId,
    span,
    text,
    provider: name,
    parts: parts.map((part) => ({ text: part, span, quoted: false })),
  };
  const context = providerContext(point, { ...program, log: new Log() });
  // What --unsafe lets a script try need not be there.
  return provider.expand(point, { ...context, missingProbes: "ignore", unsafe: false })[0];
}

export function providerContext(point: AttachPoint, program: ProgramContext): ProviderContext {
  const { options, log } = program;
  const { missingProbes } = program.config.runtime;
  return {
    target: program.target,
    types: program.types,
    maxStrlen: program.config.maxStrlen,
    missingProbes,
    unsafe: options.unsafe,
    pid: options.pid,
    hasCommand: options.cmd === true,
    binaries: options.binaries,
    error: (code, message, span, hint) => {
      log.error(code, span ?? point.span, message, hint);
      return undefined;
    },
    warn: (code, message, span: Span | undefined, hint) =>
      log.warning(code, span ?? point.span, message, hint),
    missing: (what, code, hint) => {
      const message = `No matches for ${findProvider(point.provider)?.name ?? point.provider} ${what}.`;
      if (missingProbes === "error") log.error(code, point.span, message, hint);
      if (missingProbes === "warn") log.warning(code, point.span, `${message} Skipping.`, hint);
      return [];
    },
  };
}

function usesOf(node: Probe): Uses {
  let name = false;
  let calls = false;
  let context = false;
  let whole = false;
  let kfuncs = false;
  const fields = new Set<string>();
  const dependency = (word: string) => findBuiltin(word)?.dependsOn;
  scan([node.predicate, node.block], (each) => {
    const word = wordOf(each);
    if (each.kind === "field" && "object" in each && "name" in each) {
      const object = wordOf(each.object);
      if (object !== undefined && dependency(object) === "args") {
        fields.add(`${each.name}`);
        return false;
      }
    }
    if (each.kind === "call" && word !== undefined && findBuiltin(word) === undefined) kfuncs = true;
    const isCall = each.kind === "call" && "args" in each && Array.isArray(each.args) && each.args.length > 0;
    const called = isCall && word !== undefined ? findBuiltin(word)?.callDependsOn : undefined;
    switch (called ?? (word === undefined ? undefined : dependency(word))) {
      case "program type":
        kfuncs = true;
        break;
      case "name":
        name = true;
        break;
      case "function":
        calls = true;
        break;
      case "context":
        context = true;
        break;
      case "args":
        whole = true;
        break;
      case undefined:
        break;
    }
    return true;
  });
  return {
    name,
    function: calls,
    context,
    kfuncs,
    args: whole ? "whole" : fields.size > 0 ? fields : undefined,
  };
}

/** The name of an identifier or call. */
function wordOf(node: unknown): string | undefined {
  if (typeof node !== "object" || node === null || !("kind" in node) || !("name" in node)) return undefined;
  return node.kind === "identifier" || node.kind === "call" ? `${node.name}` : undefined;
}

/**
 * As many programs each of which looks at every system call cost less than their records. More events share a program,
 * which reads fields from registers and looks up its probe's name: closing as many perf events takes some 50 ms each.
 */
const MOST_FILTERS = 4;

/**
 * The cheaper way to attach, if the body does not miss anything there; another one if it needs it. `count`: how many events
 * would share a program: those of the attach point, or of all attach points where only the name tells one from another.
 */
function cheapest(probe: ExpandedProbe, uses: Uses, count: number): ExpandedProbe {
  const { cheaper, forKfuncs } = probe;
  if (uses.kfuncs && forKfuncs !== undefined) return { ...probe, ...forKfuncs };
  if (cheaper === undefined || uses.context || uses.kfuncs || uses.args === "whole") return probe;
  const isNamed = uses.name && cheaper.namedBy !== undefined && count > MOST_FILTERS;
  const isRegisters = uses.args !== undefined && cheaper.argsIn === "registers";
  if (isRegisters && count <= MOST_FILTERS) return probe;
  const struct = uses.args === undefined ? undefined : cheaper.args?.();
  for (const field of uses.args ?? []) {
    if (struct === undefined || memberPath(struct, field) === undefined) return probe;
  }
  return {
    ...probe,
    section: cheaper.section,
    context: cheaper.context,
    attach: cheaper.attach,
    args: () => struct,
    ...(isRegisters ? { argsIn: "registers" as const } : {}),
    ...(isNamed ? { namedBy: cheaper.namedBy } : {}),
    ...(cheaper.syscall === undefined ? {} : { syscall: cheaper.syscall }),
    ...(cheaper.batch === undefined ? {} : { batch: cheaper.batch }),
  };
}

/** Equal for events whose programs would be the same instructions. */
function shareKey(probe: ExpandedProbe, uses: Uses): string {
  if (uses.name && probe.namedBy === undefined) return probe.name;
  const isTyped = probe.context === "fentry" || probe.context === "fexit";
  if (uses.function && (isTyped || probe.functionName !== undefined)) return probe.name;
  const { provider, section, context, space } = probe;
  // A program is loaded for one way of attaching.
  const kind = [provider, section, context, space, probe.function ?? "", probe.batch?.key ?? ""];
  if (uses.context && probe.usdtArguments !== undefined) kind.push(operandsKey(probe.usdtArguments));
  if (uses.args === undefined) return kind.join("|");
  const struct = probe.args?.();
  if (struct === undefined) return kind.join("|");
  if (uses.args === "whole") return probe.name;
  const layout = [...uses.args].map((field) => {
    const path = memberPath(struct, field);
    if (path === undefined) return `${field}?`;
    return path
      .map(
        (member) =>
          `${field}@${member.offset}:${typeKey(member.type)}:${member.dataLoc ?? ""}:${member.bitfield?.shift ?? ""}:${placeKey(member.place)}`,
      )
      .join("/");
  });
  return [...kind, ...layout].join("|");
}

function placeKey(place: ArgumentPlace | undefined): string {
  return place === undefined ? "" : JSON.stringify(place);
}

/** The same cookies mean the same places of arguments. */
function operandsKey(operands: ExpandedProbe["usdtArguments"]): string {
  return JSON.stringify(operands, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}
