/**
 * From the tree as written to the typed program. The order is the one below: imports, config, definitions,
 * macros, probe expansion, inference to a fixpoint, and one last round that reports and writes the result.
 */
import type { AttachPoint, Probe, Script } from "../ast/ast.js";
import { NodeIds } from "../base/ids.js";
import type { DiagnosticCode } from "../diag/codes.js";
import { type Diagnostic, Log } from "../diag/diagnostic.js";
import type { ExpandedProbe } from "../lang/provider.js";
import type { ManifestAttach } from "../object/manifest.js";
import { settle } from "../types/compat.js";
import { BtfTypes } from "../types/from-btf.js";
import { type Type, int64 } from "../types/type.js";
import { Definitions } from "./c-definitions.js";
import { CMacros } from "./c-macros.js";
import { Checker } from "./checker.js";
import { withPidFilter } from "./pid-filter.js";
import { conditionOf } from "./conditions.js";
import { fillParameters } from "./attach-parameters.js";
import { checkConfig } from "./config.js";
import { warnOfDeprecated } from "./deprecated.js";
import { chosenProbes, constantOf } from "./constants.js";
import type { CheckOptions, ProgramContext, ProgramMode } from "./context.js";
import { Environment, type MapState } from "./environment.js";
import { type ProbeGroup, expandProbes } from "./expand-probes.js";
import { functionGroups } from "./functions.js";
import { resolveImports } from "./imports.js";
import { Macros } from "./macros.js";
import { withOldScopes } from "./old-scopes.js";
import { rules } from "./rules.js";
import { NamedOptions } from "./named-options.js";
import { highestId } from "./scan.js";
import { nested } from "./statements.js";
import { markTail } from "./tail.js";
import type { PassingSyscalls, TypedMap, TypedProbe, TypedProgram } from "./typed-program.js";

export type { CheckOptions, ProgramMode } from "./context.js";

/** Types only grow and each can grow but a few times: more rounds than this is a bug of ours. */
const GREATEST_ROUNDS = 50;
/** Declared map types, by their name in `let @a = hash(100);`. */
const MAP_TYPES = ["hash", "lruhash", "percpuhash", "percpulruhash", "percpuarray"] as const;

/** Checks one script for one target. Undefined exactly when the log got an error. */
export function check(parsed: Script, options: CheckOptions, output: Log): TypedProgram | undefined {
  const log = new OnceLog();
  const typed = checkInto(parsed, options, log);
  for (const diagnostic of log.diagnostics) output.add(diagnostic);
  return log.hasErrors ? undefined : typed;
}

function checkInto(parsed: Script, given: CheckOptions, log: OnceLog): TypedProgram | undefined {
  const namedOptions = new NamedOptions(given.params);
  const options = { ...given, params: namedOptions.positional };
  const ids = new NodeIds();
  // Ids of what expansion makes must not meet those of the parser.
  ids.skipTo(highestId(parsed) + 1);
  const { script, headers, functions } = resolveImports(parsed, options, options.sources, ids, log);
  warnOfDeprecated(script, log);
  const { target } = options;
  const types = new BtfTypes(() => target.btf);
  const program: ProgramContext = {
    options,
    target,
    types,
    config: checkConfig(script, options, log),
    definitions: new Definitions(script, headers, types, options, log),
    namedOptions,
    functions,
    functionNames: new Set(script.items.flatMap((item) => (item.kind === "function" ? [item.name] : []))),
    log,
    source: script.span.source,
    span: script.span,
  };
  const expand = bodyExpander(script, program, ids);
  const probes = script.items.flatMap((item) => (item.kind === "probe" ? [expand(item)] : []));
  const groups = expandProbes(chosenProbes(probes, program), program);
  if (probes.length === 0 && !log.hasErrors) {
    log.error("TB4010", script.span, "the script has no probe");
  }
  if (log.hasErrors) log.withhold("TB2004");
  const env = new Environment();
  declareMaps(script, program, env);
  const bodies = functionGroups(script, program, ids).map((group) => ({
    ...group,
    node: expand(group.node),
  }));
  infer([...groups, ...bodies], program, env);
  const names = new ProbeNames();
  for (const [i, group] of bodies.entries())
    typedProbe(group, groups.length + i, program, env, true, undefined);
  const typed = groups.map((group, index) => typedProbe(group, index, program, env, true, names));
  const maps = [...env.maps.values()].map((state) => typedMap(state, program));
  if (!log.hasErrors) {
    namedOptions.reportUnknown([...probes, ...bodies.map(({ node }) => node)], log);
  }
  if (log.hasErrors) return undefined;
  if (typed.length === 0) {
    log.error("TB4010", script.span, "none of the probes named exists on this target");
    return undefined;
  }
  const wanted = typed.filter(({ attach }) => attach.length > 0);
  if (wanted.length === 0) {
    log.error("TB4010", script.span, "no probe's name matches --probe-filter");
    return undefined;
  }
  const running = wanted.filter((probe) => runsIn(options.mode, probe));
  if (running.length === 0) {
    const kind = typed.some(({ attach }) => attach.some(({ kind: own }) => own === "test"))
      ? "test"
      : "bench";
    const message =
      options.mode === "run"
        ? `No probes attached; use --${kind} to run ${kind === "test" ? "test" : "benchmark"} probes.`
        : `No probes attached; the script has no ${options.mode ?? ""} probes.`;
    log.error("TB4010", script.span, message);
    return undefined;
  }
  return {
    probes: running,
    maps,
    config: program.config,
    unsafe: options.unsafe,
    functions,
    helperErrors: options.helperErrors === true,
  };
}

function syscallsOf(members: ProbeGroup["members"]): PassingSyscalls {
  const calls = members.flatMap(({ probe }) => probe.syscall ?? []);
  const [first] = calls;
  const isAlike = calls.every(({ argument }) => argument === first?.argument);
  return { numbers: calls.map(({ number }) => number), argument: isAlike ? first?.argument : undefined };
}

/** What the group is attached to after --probe-filter, which goes by full names; begin and end run in any case. */
function wantedMembers(group: ProbeGroup, filter: RegExp | undefined): ProbeGroup["members"] {
  if (filter === undefined) return group.members;
  return group.members.filter(
    ({ probe: { name, attach } }) => attach.kind === "begin" || attach.kind === "end" || filter.test(name),
  );
}

/** `--test` and `--bench` run their own probes besides begin and end; tracing leaves those out. */
function runsIn(mode: ProgramMode | undefined, probe: TypedProbe): boolean {
  if (mode === undefined) return true;
  return probe.attach.some(({ kind }) =>
    mode === "run"
      ? kind !== "test" && kind !== "bench"
      : kind === mode || kind === "begin" || kind === "end",
  );
}

/** A probe checked for several events says a thing once. */
class OnceLog extends Log {
  private readonly seen = new Set<string>();
  private readonly withheld = new Set<string>();
  /** What follows from errors that were told is not told again: maps of probes that could not be found. */
  withhold(code: DiagnosticCode): void {
    this.withheld.add(code);
  }
  override add(diagnostic: Diagnostic): void {
    const { span } = diagnostic;
    const key = `${diagnostic.code} ${span?.source}:${span?.start}-${span?.end} ${diagnostic.message}`;
    if (this.seen.has(key) || this.withheld.has(diagnostic.code)) return;
    this.seen.add(key);
    super.add(diagnostic);
  }
}

/** Replaces parameters and macros in a probe. */
function bodyExpander(script: Script, program: ProgramContext, ids: NodeIds): (probe: Probe) => Probe {
  const { log, definitions } = program;
  const macros = new Macros(script, ids, log);
  const cMacros = new CMacros(definitions, ids, log);
  return (probe) => {
    const filled = fillParameters(probe, program.options.params);
    return withOldScopes(cMacros.expand(macros.expand(filled)), ids, log);
  };
}

function declareMaps(script: Script, program: ProgramContext, env: Environment): void {
  for (const item of script.items) {
    if (item.kind !== "map_declaration") continue;
    if (env.maps.has(item.name)) {
      program.log.error("TB2008", item.span, `Redeclaration of existing map: ${item.name}`);
      continue;
    }
    if (!MAP_TYPES.some((type) => type === item.mapType)) {
      const hint = `use one of ${MAP_TYPES.join(", ")}`;
      program.log.error("TB2012", item.span, `Invalid bpf map type: ${item.mapType}`, hint);
    }
    env.map(item.name, item.span, item);
  }
}

/** Goes round until nothing is learnt; what is wrong is reported afterwards, once. */
function infer(groups: readonly ProbeGroup[], program: ProgramContext, env: Environment): void {
  while (env.rounds++ < GREATEST_ROUNDS) {
    env.changed = false;
    const muted = { ...program, log: new Log() };
    for (const [index, group] of groups.entries()) typedProbe(group, index, muted, env, false, undefined);
    if (!env.changed && env.settleUnknown()) continue;
    if (!env.changed && env.deciding) return;
    // Once nothing grows, what hangs on types is answered; that may open branches, and all goes on.
    env.deciding = !env.changed;
  }
  throw new Error("type inference does not come to rest");
}

function typedProbe(
  group: ProbeGroup,
  index: number,
  program: ProgramContext,
  env: Environment,
  final: boolean,
  names: ProbeNames | undefined,
): TypedProbe {
  const { node, lead } = group;
  const checker = new Checker(rules, program, env, lead, final, index);
  const given = node.predicate === undefined ? undefined : conditionOf(checker, node.predicate);
  const predicate = withPidFilter(checker, node, given);
  markTail(checker.tail, node.block);
  const body = nested(checker, node.block);
  const members = wantedMembers(group, program.options.probeFilter);
  return {
    name: names?.fresh(lead) ?? "",
    section: lead.section,
    context: lead.context,
    attach: attachList(members, program),
    ...(lead.syscall === undefined ? {} : { syscalls: syscallsOf(members) }),
    locals: checker.typedLocals(),
    predicate,
    body,
    span: node.span,
  };
}

/** What the program is attached to: one entry an event, or one for all those that one call attaches. */
function attachList(members: ProbeGroup["members"], program: ProgramContext): readonly ManifestAttach[] {
  const list: ManifestAttach[] = [];
  const done = new Set<string>();
  for (const { probe, point } of members) {
    const { batch } = probe;
    if (batch === undefined) list.push(manifestAttach(probe, point, program));
    if (batch === undefined || done.has(batch.key)) continue;
    done.add(batch.key);
    const together = members.filter((other) => other.probe.batch?.key === batch.key);
    const attach = batch.merge(together.map((other) => other.probe.attach));
    const name = together.length === 1 ? probe.name : point.text;
    list.push(manifestAttach({ ...probe, name, attach }, point, program));
  }
  return list;
}

function manifestAttach(probe: ExpandedProbe, point: AttachPoint, program: ProgramContext): ManifestAttach {
  const place = program.options.sources.position(point.span.source, point.span.start);
  return {
    probe: probe.name,
    cookie: "",
    line: place.line,
    column: place.column,
    ...probe.attach,
  };
}

/** Program names: unique, at most 15 characters (the kernel keeps no more), and telling. */
class ProbeNames {
  private count = 0;
  fresh(probe: ExpandedProbe): string {
    const suffix = `_${++this.count}`;
    const words = probe.name.split(":");
    const last = words.at(-1) === "" ? (words.at(-2) ?? "") : (words.at(-1) ?? "");
    const telling = /^[\d.]*$/.test(last) ? probe.provider : last;
    const plain = telling.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(\d)/, "_$1");
    return `${plain.slice(0, 15 - suffix.length)}${suffix}`;
  }
}

function typedMap(state: MapState, program: ProgramContext): TypedMap {
  const { declaration, name, span } = state;
  if (state.value === undefined && state.poisoned !== true && !unused(state)) {
    // Only ever named: printed or cleared, but nothing is put into it.
    program.log.error(
      "TB2004",
      span,
      `Undefined map: ${name}`,
      declaration === undefined ? undefined : "nothing is assigned to it",
    );
  }
  if (unused(state)) program.log.warning("TB2015", span, `Unused map: ${name}`);
  const maxEntries = declaredEntries(state, program);
  return {
    name,
    key: state.keyed === true && state.key !== undefined ? settle(state.key) : undefined,
    value: settleValue(state.value),
    maxEntries: state.keyed === true ? maxEntries : 1,
    declared: MAP_TYPES.find((type) => type === declaration?.mapType),
    span,
  };
}

/** Declared, and never mentioned again. */
function unused(state: MapState): boolean {
  return state.declaration !== undefined && state.keyed === undefined;
}

function settleValue(type: Type | undefined): Type {
  return type === undefined ? int64 : settle(type);
}

function declaredEntries(state: MapState, program: ProgramContext): number {
  const most = state.declaration?.maxEntries;
  if (most === undefined) return program.config.maxMapKeys;
  const value = constantOf(most, program);
  if (value !== undefined && value > 0n && value <= 0xffff_ffffn) return Number(value);
  program.log.error("TB2012", most.span, `${state.name}: the number of entries must be a positive constant`);
  return 1;
}
