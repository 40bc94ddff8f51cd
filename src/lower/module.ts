/**
 * What the functions of one object share: its maps, constants, events and the names of the runtime's own maps.
 * Runtime maps are made when first asked for, so an object holds only what it uses.
 */
import type { Sources } from "../base/source.js";
import type { Span } from "../base/span.js";
import { MAP_TYPE } from "../bpf/constants.js";
import type { MapId, TypedCall, TypedMap, TypedProbe, TypedProgram } from "../check/typed-program.js";
import type { Log } from "../diag/diagnostic.js";
import { renderContext, renderPlace } from "../diag/render.js";
import type { IrFunction, IrMap, IrModule } from "../ir/ir.js";
import type { MapPlan } from "../lang/lowering/context.js";
import { lowerings } from "../lang/lowering/index.js";
import {
  type Manifest,
  type ManifestEvent,
  type ManifestFailure,
  type ManifestMap,
  type ManifestPlace,
  manifestSchema,
} from "../object/manifest.js";
import type { Target } from "../target/target.js";
import type { StackType } from "../types/type.js";
import { manifestMapValue, manifestType } from "./manifest-type.js";
import { irMap, planMap } from "./map-plan.js";
import { Rodata } from "./rodata.js";
import { nodesOf, nodesOfExpression } from "./walk.js";
import { version } from "../version.js";

/** Maps of the runtime. A script's maps are called AT_…, so these cannot meet them. */
const RING = "tsbt_ring";
const COUNTERS = "tsbt_counters";
const STATE = "tsbt_state";
const PACKETS = "tsbt_packets";
const OPAQUE = "tsbt_zero";
const UNWIND = { processes: "tsbt_processes", tables: "tsbt_tables", walked: "tsbt_walked" } as const;
/** {start_boot_ns, cmd_pid, tai_minus_boot_ns, start_ktime_ns}, see `Manifest.runtime.state`. */
const STATE_SIZE = 32;

/** Greatest value of a per-CPU map: one allocation unit (PCPU_MIN_UNIT_SIZE, include/linux/percpu.h). */
const PERCPU_VALUE_LIMIT = 32768;

/** Where a program's large values lie: in a per-CPU array, or in one element for each CPU of a plain array. */
export interface Scratch {
  readonly symbol: string;
  readonly byCpu: boolean;
}

/** Maps of `unwind.ts`, by their symbols. */
export type UnwindMaps = Readonly<Record<keyof typeof UNWIND, string>>;

/** Processes whose stacks can be walked by tables, and files of theirs. */
const UNWOUND = { processes: 1024, files: 8192 } as const;
/** Of a walked stack: how many frames, then 127 of them. */
const WALKED_SIZE = 8 + 8 * 127;

/** Stack traces kept; deep ones are dearer, so there is room for fewer. */
const STACKS = { shallow: 65536, deep: 16384, deepFrom: 33 } as const;

/** BPF_F_STACK_BUILD_ID (include/uapi/linux/bpf.h): frames are kept as struct bpf_stack_build_id. */
const STACK_BUILD_ID = 1 << 5;
const BUILD_ID_FRAME = 32;

/** A helper that may fail, or what else a program should not do, in words. */
export type FailureKind = { readonly helper: string } | { readonly message: string };

/** Is there a call of this kind in the probe? */
function calls({ predicate, body, onReturn }: TypedProbe, isMeant: (call: TypedCall) => boolean): boolean {
  const nodes = [...nodesOf(body), ...(predicate === undefined ? [] : nodesOfExpression(predicate))];
  const found = nodes.some(({ expression: e }) => e?.kind === "call" && isMeant(e.call));
  return found || (onReturn !== undefined && calls(onReturn, isMeant));
}

/** len() of anything but a stack that is taken in the same expression. */
function asksStackLength(probe: TypedProbe): boolean {
  return calls(probe, ({ name, args: [stack] }) => {
    return name === "len" && stack !== undefined && stack.type.kind === "stack" && stack.kind !== "call";
  });
}

export class ModuleContext {
  readonly rodata = new Rodata();
  readonly functions: IrFunction[] = [];
  readonly plans: readonly MapPlan[];
  readonly keepsStackLengths: boolean;
  /** Does the script walk stacks by unwind tables? */
  readonly walksStacks: boolean;
  private readonly runtimeMaps = new Map<string, IrMap>();
  private readonly events = new Map<string, number>();
  private readonly eventList: ManifestEvent[] = [];
  private readonly failures = new Map<string, number>();
  private readonly failureList: ManifestFailure[] = [];
  private usesCounters = false;

  constructor(
    readonly program: TypedProgram,
    readonly target: Target,
    readonly log: Log,
    private readonly sources: Sources | undefined,
    /** Shall the object run on kernels with other struct layouts? */
    readonly relocatable: boolean,
  ) {
    this.plans = program.maps.map(planMap);
    this.keepsStackLengths = program.probes.some((probe) => asksStackLength(probe));
    this.walksStacks = program.probes.some((probe) =>
      calls(probe, ({ name }) => lowerings.get(name)?.byTables === true),
    );
  }

  map(id: MapId): TypedMap {
    const map = this.program.maps[id];
    if (map === undefined) throw new Error(`no map ${id}`);
    return map;
  }

  plan(id: MapId): MapPlan {
    const plan = this.plans[id];
    if (plan === undefined) throw new Error(`no map ${id}`);
    return plan;
  }

  // ------------------------------------------------------------------------------------------ runtime maps

  ring(): string {
    const maxEntries = this.program.config.perfRbPages * this.target.pageSize;
    return this.runtimeMap({
      symbol: RING,
      type: MAP_TYPE.ringbuf,
      keySize: 0,
      valueSize: 0,
      maxEntries,
      flags: 0,
    });
  }

  /** As many elements as there are CPUs: libbpf counts them where the object is loaded. */
  packets(): string {
    return this.runtimeMap({
      symbol: PACKETS,
      type: MAP_TYPE.perf_event_array,
      keySize: 4,
      valueSize: 4,
      maxEntries: 0,
      flags: 0,
    });
  }

  /** A word for lost events, and one for each failure: see `Manifest.runtime.counters`. */
  counters(): string {
    this.usesCounters = true;
    return COUNTERS;
  }

  /** Offset of a failure's word among the counters; the same failure at the same place has one. */
  failure(what: FailureKind, span: Span): number {
    const failure: ManifestFailure = { helper: "", message: "", ...what, place: this.place(span) };
    const key = JSON.stringify(failure);
    const index = this.failures.get(key) ?? this.failureList.push(failure) - 1;
    this.failures.set(key, index);
    return 8 * (index + 1);
  }

  state(): string {
    return this.single(STATE, MAP_TYPE.array, STATE_SIZE);
  }

  /** Memory for a program's large values, a piece for each CPU. */
  scratch(program: string, size: number): Scratch {
    const symbol = `scr_${program}`;
    if (size <= PERCPU_VALUE_LIMIT)
      return { symbol: this.single(symbol, MAP_TYPE.percpu_array, size), byCpu: false };
    const maxEntries = this.target.cpuCount;
    const array = { symbol, type: MAP_TYPE.array, keySize: 4, valueSize: size, maxEntries, flags: 0 };
    return { symbol: this.runtimeMap(array), byCpu: true };
  }

  /** The map that a type's stacks are looked up in: made only if the kernel itself is asked for one (`stackMap`). */
  stackMapName({ depth, mode }: StackType): string {
    return `tsbt_stack_${mode === "build_id" ? "build_id_" : ""}${depth}`;
  }

  /** What `dw_ustack` needs. Room for walked stacks is there from the start: interrupts may find no memory for more. */
  unwindMaps(): UnwindMaps {
    const ofMaps = { type: MAP_TYPE.hash_of_maps, keySize: 4, valueSize: 4, flags: 0 };
    this.runtimeMap({ ...ofMaps, symbol: UNWIND.processes, maxEntries: UNWOUND.processes });
    this.runtimeMap({ ...ofMaps, symbol: UNWIND.tables, maxEntries: UNWOUND.files });
    this.runtimeMap({
      symbol: UNWIND.walked,
      type: MAP_TYPE.hash,
      keySize: 8,
      valueSize: WALKED_SIZE,
      maxEntries: STACKS.deep,
      flags: 0,
    });
    return UNWIND;
  }

  stackMap(type: StackType): string {
    const { depth, mode } = type;
    const maxEntries = depth >= STACKS.deepFrom ? STACKS.deep : STACKS.shallow;
    const byFile = mode === "build_id";
    return this.runtimeMap({
      symbol: this.stackMapName(type),
      type: MAP_TYPE.stack_trace,
      keySize: 4,
      valueSize: (byFile ? BUILD_ID_FRAME : 8) * depth,
      maxEntries,
      flags: byFile ? STACK_BUILD_ID : 0,
    });
  }

  private single(symbol: string, type: number, valueSize: number): string {
    return this.runtimeMap({ symbol, type, keySize: 4, valueSize, maxEntries: 1, flags: 0 });
  }

  /** Eight bytes that are always zero, which the verifier cannot know. */
  opaqueZero(): string {
    const empty = { symbol: OPAQUE, type: MAP_TYPE.array, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 };
    return this.runtimeMap(empty);
  }

  private runtimeMap(map: IrMap): string {
    if (!this.runtimeMaps.has(map.symbol)) this.runtimeMaps.set(map.symbol, map);
    return map.symbol;
  }

  // ------------------------------------------------------------------------------------------------ events

  /** Index of an event; equal ones are listed once. */
  event(event: ManifestEvent): number {
    const key = JSON.stringify(event);
    const known = this.events.get(key);
    if (known !== undefined) return known;
    const index = this.eventList.push(event) - 1;
    this.events.set(key, index);
    return index;
  }

  /** Part of the script, for the loader's messages. */
  place(span: Span): ManifestPlace {
    if (this.sources === undefined) return { file: "", line: 0, column: 0, text: "", context: "" };
    const { line, column } = this.sources.position(span.source, span.start);
    const file = this.sources.get(span.source).name;
    const [text, context] = [renderPlace(span, this.sources), renderContext(span, this.sources)];
    return { file, line, column, text, context };
  }

  // ---------------------------------------------------------------------------------------------- results

  irModule(): IrModule {
    const cpus = this.target.cpuCount;
    const own = this.program.maps.map((map, i) => irMap(map, this.plan(i as MapId), cpus));
    return {
      functions: this.functions,
      maps: [...own, ...this.runtimeMaps.values(), ...(this.usesCounters ? [this.counterMap()] : [])],
      rodata: this.rodata.bytes(),
    };
  }

  private counterMap(): IrMap {
    const valueSize = 8 * (1 + this.failureList.length);
    return { symbol: COUNTERS, type: MAP_TYPE.array, keySize: 4, valueSize, maxEntries: 1, flags: 0 };
  }

  manifest(): Manifest {
    const has = (symbol: string): string => (this.runtimeMaps.has(symbol) ? symbol : "");
    // Types may ask for stack maps: maps first, then the runtime's names.
    const maps = this.program.maps.map((map, i) => this.manifestMap(map, this.plan(i as MapId)));
    const script = this.sources === undefined ? "" : this.scriptName(this.sources);
    return {
      schema: manifestSchema,
      tsbt: version,
      script,
      programs: this.program.probes.map(({ name, attach }) => ({ name, attach })),
      maps,
      events: this.eventList,
      config: this.program.config.runtime,
      failures: this.failureList,
      runtime: {
        ringbuf: has(RING),
        counters: this.usesCounters ? COUNTERS : "",
        state: has(STATE),
        ...(this.runtimeMaps.has(UNWIND.walked) ? { unwind: UNWIND } : {}),
        ...(this.runtimeMaps.has(PACKETS) ? { packets: { map: PACKETS, pages: this.packetPages() } } : {}),
      },
      needs: { unsafe: this.program.unsafe, kernel: [5, 8] },
    };
  }

  /** The ring's pages are for all CPUs, those of the packets' buffers for each. */
  private packetPages(): number {
    return Math.ceil(this.program.config.perfRbPages / this.target.cpuCount);
  }

  private scriptName(sources: Sources): string {
    const first = this.program.probes[0];
    return first === undefined ? "" : sources.get(first.span.source).name;
  }

  private manifestMap(map: TypedMap, plan: MapPlan): ManifestMap {
    return {
      name: map.name,
      symbol: plan.symbol,
      ...(map.key === undefined ? {} : { key: manifestType(map.key, this) }),
      value: manifestMapValue(map.value, this),
      perCpu: plan.storage === "own" || plan.storage === "percpu_hash",
      hasSetFlag: plan.flagged,
    };
  }
}
