/** Static events of the kernel as their callers give them: the arguments themselves. */
import type { AttachPoint } from "../../ast/ast.js";
import type { BtfParam } from "../../btf/types.js";
import { didYouMean } from "../../diag/suggest.js";
import type { Target } from "../../target/target.js";
import type { StructType } from "../../types/type.js";
import { uint64 } from "../../types/type.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { rawArguments } from "./describe.js";
import { argumentStruct, moduleTypes, verifierReads } from "./typed-arguments.js";
import { hasWildcard, wildcard } from "./wildcard.js";

interface RawEvent {
  readonly module: string;
  readonly event: string;
}

/** The raw tracepoint of this name, of the kernel itself or of a module; undefined if types know none. */
function findRaw(event: string, target: Target): RawEvent | undefined {
  for (const module of ["vmlinux", ...target.modules()])
    if (target.rawTracepointArgs(event, module) !== undefined) return { module, event };
  return undefined;
}

function* matching(module: string, event: string, target: Target): Generator<RawEvent> {
  if (!hasWildcard(event) && !hasWildcard(module)) {
    const found = module === "" ? findRaw(event, target) : { module, event };
    if (found !== undefined && target.rawTracepointArgs(event, found.module) !== undefined) yield found;
    return;
  }
  const inModule = wildcard(module === "" ? "*" : module);
  const matches = wildcard(event);
  for (const each of ["vmlinux", ...target.modules()].filter(inModule))
    for (const name of target.listRawTracepoints(each))
      if (matches(name)) yield { module: each, event: name };
}

function expand(point: AttachPoint, context: ProviderContext): readonly ExpandedProbe[] {
  const texts = point.parts.map((part) => part.text);
  const event = texts.at(-1) ?? "";
  if (event === "" || texts.length > 2) {
    context.error("TB4002", "rawtracepoint is written rawtracepoint:[MODULE:]EVENT", point.span);
    return [];
  }
  const module = texts.length === 2 ? (texts[0] ?? "") : "";
  const found = [...matching(module, event, context.target)].map((each) => make(each, context));
  if (found.length > 0 || hasWildcard(event) || hasWildcard(module)) return found;
  // Without BTF the kernel may still know it.
  if (!context.target.hasBtf && module === "") return [make({ module: "vmlinux", event }, context)];
  // A name without its module is looked for in all of them, a pattern as it were: as in bpftrace it may stand idle
  // among others, and a probe without any event says so itself.
  if (module === "") return [];
  const all = context.target.listRawTracepoints(module);
  return context.missing(`${module}:${event}`, "TB4003", didYouMean(event, all));
}

/** Plain raw tracepoints have the same arguments; nothing vouches for their pointers there, but reads are guarded. */
function readsTyped(
  module: string,
  params: readonly BtfParam[] | undefined,
  context: ProviderContext,
): boolean {
  const types = moduleTypes(module, context);
  return params !== undefined && types !== undefined && verifierReads(params, types);
}

function make({ module, event }: RawEvent, context: ProviderContext): ExpandedProbe {
  const params = (): readonly BtfParam[] | undefined => context.target.rawTracepointArgs(event, module);
  const typed = context.target.features.tpBtf && readsTyped(module, params(), context);
  let args: StructType | undefined;
  return {
    provider: "rawtracepoint",
    name: `rawtracepoint:${module}:${event}`,
    type: "rawtracepoint",
    section: typed ? `tp_btf/${event}` : "raw_tp",
    context: typed ? "tp_btf" : "raw_tracepoint",
    attach: { kind: "raw_tracepoint", name: event },
    space: "kernel",
    args: () => {
      const known = args === undefined ? params() : undefined;
      const types = moduleTypes(module, context);
      if (known !== undefined && types !== undefined)
        args = argumentStruct(`rawtracepoint:${module}:${event}`, known, types);
      return args;
    },
    ctx: () => ({ kind: "pointer", to: uint64, space: "ctx" }),
  };
}

export const rawtracepoint: ProviderEntry = {
  name: "rawtracepoint",
  aliases: ["rt"],
  forms: ["rawtracepoint:EVENT", "rawtracepoint:MODULE:EVENT"],
  doc: "The same events without perf's record: `args` and `arg0` are the kernel's own arguments.",
  example: "rawtracepoint:sched_switch { @[args.next.comm] = count(); } interval:s:1 { exit(); }",
  expand,
  list: function* (target) {
    for (const each of matching("*", "*", target)) yield `${each.module}:${each.event}`;
  },
  listedAlways: true,
  describe: rawArguments,
};
