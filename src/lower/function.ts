/**
 * The function being built: where its locals are, its temporaries, its way to the context, and the loops
 * around the place being lowered. What an expression means stands in the other files; they are handed in as
 * `Rules`, so that they may call each other through this class.
 */
import type { Span } from "../base/span.js";
import type { ContextKind, LocalId, MapId, TypedExpression, TypedStatement } from "../check/typed-program.js";
import type { Log } from "../diag/diagnostic.js";
import type { FunctionBuilder, Variable } from "../ir/builder.js";
import type { BlockId, IrType, MemorySize, ValueId } from "../ir/ir.js";
import { irInt, irPtr } from "../ir/types.js";
import type {
  EventArgument,
  EventRequest,
  Location,
  LoweringContext,
  MapPlan,
  RepeatBody,
  Memory,
} from "../lang/lowering/context.js";
import type { Target } from "../target/target.js";
import { alignOf, sizeOf } from "../types/layout.js";
import { int64, type StackType, type StructType, type Type, uint64 } from "../types/type.js";
import { equalBytes } from "./equality.js";
import { fail, watchReads } from "./failures.js";
import { FRAME_CTX, FRAME_RESULT, FRAME_SCRATCH, type ProbeContext } from "./probe-context.js";
import { memberAddress } from "./relocatable.js";
import { repeat } from "./repeat.js";
import { storeScalar } from "./memory.js";
import { alignAt, asAlign, isScalar } from "./scalars.js";
import { Temporaries } from "./temporaries.js";
import { walkedLength, walkStack } from "./unwind.js";

/** Meaning of the language, file by file. */
export interface Rules {
  scalar(f: FunctionLowering, e: TypedExpression): ValueId;
  into(f: FunctionLowering, e: TypedExpression, to: Memory): void;
  locate(f: FunctionLowering, e: TypedExpression): Location;
  memory(f: FunctionLowering, e: TypedExpression): Memory;
  key(f: FunctionLowering, plan: MapPlan, key: TypedExpression | undefined): Memory;
  aggregate(f: FunctionLowering, plan: MapPlan, key: Memory): ValueId;
  countElements(f: FunctionLowering, map: MapId): ValueId;
  argument(f: FunctionLowering, e: TypedExpression): EventArgument;
  number(f: FunctionLowering, value: ValueId): EventArgument;
  statements(f: FunctionLowering, list: readonly TypedStatement[]): void;
  send(f: FunctionLowering, request: EventRequest, span: Span): void;
  record(
    f: FunctionLowering,
    request: EventRequest,
    span: Span,
  ): { readonly at: Memory; readonly size: number };
}

/** Bytes that are still copied by loads and stores; more would make the program long. */
const INLINE_COPY = 4096;

export type Binding =
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "memory"; readonly at: () => Memory }
  /** Key and value of the map element a loop is at. */
  | { readonly kind: "pair"; readonly key: () => Memory; readonly value: () => Memory; readonly map: MapId };

export type LoopTarget =
  | { readonly kind: "blocks"; readonly onBreak: BlockId; readonly onContinue: BlockId }
  | { readonly kind: "callback" };

export class FunctionLowering implements LoweringContext {
  readonly loops: LoopTarget[] = [];
  private readonly bindings = new Map<LocalId, Binding>();
  private readonly ctxVariable: Variable;
  private readonly scratchVariable: Variable;
  private readonly opaqueVariable: Variable;
  private nextHidden = 1 << 20;
  private readonly temporaries: Temporaries;
  usesCtx = false;
  usesScratch = false;
  usesOpaque = false;
  /** Locals in memory of this function alone. */
  private readonly zeroed: { readonly at: () => Memory; readonly size: number }[] = [];

  constructor(
    readonly b: FunctionBuilder,
    readonly probe: ProbeContext,
    private readonly rules: Rules,
    readonly role: "program" | "callback",
    /** The captured locals' frame: in the program its own slot, in a callback the context argument. */
    readonly frame: () => ValueId,
  ) {
    this.ctxVariable = b.declareVariable(irPtr("ctx"));
    this.scratchVariable = b.declareVariable(irPtr("map_value"));
    this.opaqueVariable = b.declareVariable();
    this.temporaries = new Temporaries(b, probe, () => this.scratchBase());
    watchReads(this);
  }

  get target(): Target {
    return this.probe.module.target;
  }
  get log(): Log {
    return this.probe.module.log;
  }
  get contextKind(): ContextKind {
    return this.probe.probe.context;
  }
  get maxStrlen(): number {
    return this.probe.module.program.config.maxStrlen;
  }
  get ruleSet(): Rules {
    return this.rules;
  }

  // ------------------------------------------------------------------------------- context and scratch memory

  ctx(): ValueId {
    this.usesCtx = true;
    return this.b.readVariable(this.ctxVariable);
  }

  scratchBase(): ValueId {
    this.usesScratch = true;
    return this.b.readVariable(this.scratchVariable);
  }

  /**
   * The number, of which the kernel's verifier no longer knows which it is: a zero it cannot see through is added.
   * It looks at a callback until its state repeats; a shared number it knew exactly would be another one each round,
   * and a long loop be walked through to its end.
   */
  blurred(value: ValueId): ValueId {
    this.usesOpaque = true;
    return this.b.arith("add", value, this.b.readVariable(this.opaqueVariable));
  }

  /** In the function's first block, once it is known that `blurred` was used. */
  defineOpaque(): void {
    const { b, probe } = this;
    b.writeVariable(this.opaqueVariable, b.load(b.mapValueAddr(probe.module.opaqueZero()), 0, 8));
  }

  /** Stores a scalar into the local's memory; what callbacks share is blurred. */
  storeLocal(local: LocalId, at: Memory, value: ValueId): void {
    const { type } = this.probe.local(local);
    const shared = this.probe.places.get(local)?.area === "frame" && type.kind !== "pointer";
    storeScalar(this, at, type, shared ? this.blurred(value) : value);
  }

  /** In the function's first block: what `ctx()` and `scratch` mean everywhere after it. */
  defineCtx(value: ValueId): void {
    this.b.writeVariable(this.ctxVariable, value);
  }
  defineScratch(value: ValueId): void {
    this.b.writeVariable(this.scratchVariable, value);
  }

  /** A callback's first block: takes the pointers it uses from the frame. */
  loadPointers(): void {
    const { b, probe } = this;
    if (this.usesCtx) {
      this.defineCtx(b.load(this.frame(), FRAME_CTX, 8, { type: irPtr("ctx") }));
      probe.ctxInCallbacks = true;
    }
    if (this.usesScratch) {
      this.defineScratch(b.load(this.frame(), FRAME_SCRATCH, 8, { type: irPtr("map_value") }));
      probe.scratchInCallbacks = true;
    }
    if (this.usesOpaque) this.defineOpaque();
  }

  // --------------------------------------------------------------------------------------------------- locals

  /** A callback sees the loop variables of the callbacks around it, through their pointers in the frame. */
  inherit(outer: FunctionLowering): void {
    for (const [local, binding] of outer.bindings) {
      const place = this.probe.places.get(local);
      if (binding.kind !== "pair" || place === undefined) continue;
      const pointer = (at: number) => (): Memory => {
        const base = this.b.load(this.frame(), place.offset + at, 8, { type: irPtr("map_value") });
        return { kind: "memory", base, offset: 0, align: 8 };
      };
      this.bind(local, {
        ...binding,
        key: pointer(0),
        value: this.pairValue(binding.map, pointer(0), pointer(8)),
      });
    }
  }

  /** The value of the element a loop is at: an aggregation's rows of all CPUs are made one number. */
  pairValue(map: MapId, key: () => Memory, value: () => Memory): () => Memory {
    const plan = this.map(map);
    if (plan.value.kind !== "aggregate") return value;
    return () => {
      const at = this.temp(8);
      this.b.store(at.base, at.offset, 8, this.rules.aggregate(this, plan, key()));
      return at;
    };
  }

  /** Locals in memory start as zeroes; called in the function's first block. */
  zeroLocals(): void {
    for (const { at, size } of this.zeroed) {
      const place = at();
      this.b.zero(place.base, place.offset, size);
    }
  }

  bind(local: LocalId, binding: Binding): void {
    this.bindings.set(local, binding);
  }

  /** A local that names a place already known. */
  bindMemory(at: Memory): LocalId {
    const id = this.nextHidden++ as LocalId;
    this.bindings.set(id, { kind: "memory", at: () => at });
    return id;
  }

  binding(id: LocalId): Binding {
    const known = this.bindings.get(id);
    if (known !== undefined) return known;
    const made = this.makeBinding(id);
    this.bindings.set(id, made);
    return made;
  }

  private makeBinding(id: LocalId): Binding {
    const place = this.probe.places.get(id);
    if (place !== undefined) {
      const at = (): Memory => ({
        kind: "memory",
        base: place.area === "frame" ? this.frame() : this.scratchBase(),
        offset: place.offset,
        align: place.align,
      });
      return { kind: "memory", at };
    }
    const local = this.probe.local(id);
    if (isScalar(local.type) && !local.addressed)
      return { kind: "variable", variable: this.b.declareVariable(pointerType(local.type)) };
    const size = sizeOf(local.type);
    const piece = this.temporaries.allocate(size, asAlign(alignOf(local.type)), local.name);
    const at = (): Memory => this.temporaries.at(piece);
    this.zeroed.push({ at, size });
    return { kind: "memory", at };
  }

  // ---------------------------------------------------------------------------------------------- temporaries

  temp(size: number): Memory {
    return this.temporaries.take(size);
  }

  /** Temporaries made by `build` are free again after it; its value must not lie in one. */
  scoped<T>(build: () => T): T {
    return this.temporaries.scoped(build);
  }

  // --------------------------------------------------------------------------------------------------- memory

  address(at: Memory): ValueId {
    return at.offset === 0 ? at.base : this.b.fieldAddr(at.base, at.offset);
  }

  copy(to: Memory, from: Memory, size: number): void {
    if (to.base === from.base && to.offset === from.offset) return;
    if (size > INLINE_COPY) {
      this.b.helperVoid("probe_read_kernel", [this.address(to), this.b.constInt(size), this.address(from)]);
      return;
    }
    const align = Math.min(to.align, from.align) as MemorySize;
    this.b.copy(to.base, to.offset, from.base, from.offset, size, align);
  }

  equal(left: Memory, right: Memory, size: number): ValueId {
    return equalBytes(this, left, right, size);
  }

  repeat(
    rounds: ValueId,
    cells: readonly ValueId[],
    result: number,
    body: (loop: RepeatBody) => void,
  ): ValueId {
    return repeat(this, rounds, cells, result, body);
  }

  constant(bytes: Uint8Array): Memory {
    const offset = this.probe.module.rodata.place(bytes);
    return { kind: "memory", base: this.b.mapValueAddr(".rodata", offset), offset: 0, align: 8 };
  }

  zeroes(size: number): Memory {
    const offset = this.probe.module.rodata.zeroes(size);
    return { kind: "memory", base: this.b.mapValueAddr(".rodata", offset), offset: 0, align: 8 };
  }

  memberAddress(base: ValueId, struct: StructType, name: string): ValueId {
    return memberAddress(this, base, struct, name);
  }

  state(offset: number): Memory {
    const symbol = this.probe.module.state();
    return { kind: "memory", base: this.b.mapValueAddr(symbol), offset, align: alignAt(8, offset) };
  }

  packetMap(): string {
    return this.probe.module.packets();
  }

  get keepsStackLengths(): boolean {
    return this.probe.module.keepsStackLengths;
  }

  stackMap(type: StackType): string {
    return this.probe.module.stackMap(type);
  }

  walkStack(depth: number, span: Span): ValueId {
    return walkStack(this, depth, span);
  }
  walkedLength(id: ValueId, otherwise: () => ValueId): ValueId {
    return this.probe.module.walksStacks ? walkedLength(this, id, otherwise) : otherwise();
  }

  map(id: MapId): MapPlan {
    return this.probe.module.plan(id);
  }

  // ---------------------------------------------------------------------------------------------- expressions

  scalar(e: TypedExpression): ValueId {
    return this.placed(e, () => this.rules.scalar(this, e));
  }
  into(e: TypedExpression, to: Memory): void {
    this.placed(e, () => this.rules.into(this, e, to));
  }
  locate(e: TypedExpression): Location {
    return this.placed(e, () => this.rules.locate(this, e));
  }
  memory(e: TypedExpression): Memory {
    return this.placed(e, () => this.rules.memory(this, e));
  }
  /** Line information is as fine as statements; only who asks for failing reads wants to know which one. */
  private placed<T>(e: TypedExpression, lower: () => T): T {
    if (!this.probe.module.program.helperErrors) return lower();
    const { b } = this;
    const outer = b.place;
    // bpftrace leaves out brackets around what a member is read of.
    b.at(e.kind === "field" ? { ...e.span, start: e.object.span.start } : e.span);
    const result = lower();
    b.at(outer);
    return result;
  }
  key(plan: MapPlan, key: TypedExpression | undefined): Memory {
    return this.rules.key(this, plan, key);
  }
  argument(e: TypedExpression): EventArgument {
    return this.rules.argument(this, e);
  }
  number(value: ValueId): EventArgument {
    return this.rules.number(this, value);
  }
  sizeOf(type: Type): number {
    return sizeOf(type);
  }
  statements(list: readonly TypedStatement[]): void {
    this.rules.statements(this, list);
  }
  record(request: EventRequest, span: Span): { readonly at: Memory; readonly size: number } {
    return this.rules.record(this, request, span);
  }
  send(request: EventRequest, span: Span): void {
    this.rules.send(this, request, span);
  }
  noteFailure(helper: string, status: ValueId, span: Span): void {
    this.when(this.b.compare("slt", status, this.b.constInt(0)), () => fail(this, { helper }, span, status));
  }

  elementType(id: MapId): Type | undefined {
    const { value } = this.map(id);
    if (value.kind !== "aggregate") return value;
    const a = value.aggregate;
    switch (a.function) {
      case "count":
        return uint64;
      case "sum":
      case "min":
      case "max":
      case "avg":
        return a.signed ? int64 : uint64;
      case "stats":
      case "hist":
      case "lhist":
      case "tseries":
        return undefined;
    }
  }
  countElements(id: MapId): ValueId {
    return this.rules.countElements(this, id);
  }

  // ------------------------------------------------------------------------------------------------- branches

  when(condition: ValueId, then: () => void, otherwise?: () => void): void {
    const { b } = this;
    const thenBlock = b.newBlock();
    const join = b.newBlock();
    const otherBlock = otherwise === undefined ? join : b.newBlock();
    b.branchIf(condition, thenBlock, otherBlock);
    b.setBlock(thenBlock);
    then();
    b.jump(join);
    if (otherwise !== undefined) {
      b.setBlock(otherBlock);
      otherwise();
      b.jump(join);
    }
    b.setBlock(join);
  }

  /** As `when`, for a pointer that may be null. */
  whenFound(pointer: ValueId, found: () => void, missing?: () => void): void {
    this.when(pointer, found, missing);
  }

  choose(condition: ValueId, then: () => ValueId, otherwise: () => ValueId, type: IrType = irInt): ValueId {
    const result = this.b.declareVariable(type);
    this.when(
      condition,
      () => this.b.writeVariable(result, then()),
      () => this.b.writeVariable(result, otherwise()),
    );
    return this.b.readVariable(result);
  }

  /** Ends the program. Its result counts only where the loader runs it: the kernel gives others' a meaning of its own. */
  leave(result?: ValueId): void {
    const { b } = this;
    const wanted = this.contextKind === "none" ? result : undefined;
    if (this.role === "program") {
      b.return(wanted ?? b.constInt(0));
    } else {
      this.probe.leavesFromLoops = true;
      if (wanted !== undefined) b.store(this.frame(), FRAME_RESULT, 8, wanted);
      // The program tests the flag when the loop helper comes back.
      b.store(this.frame(), 0, 8, b.constInt(1));
      b.return(b.constInt(1));
    }
    // What follows in the script is unreachable; the builder drops it.
    b.setBlock(b.newBlock());
  }
}

/** Pointers the program may follow itself are pointers in the IR too; all others are numbers. */
export function pointerType(type: TypedExpression["type"]): IrType {
  if (type.kind !== "pointer") return irInt;
  switch (type.space) {
    case "ctx":
      return irPtr("ctx");
    case "map":
      return irPtr("map_value");
    case "local":
      return irPtr("slot");
    case "kernel":
    case "user":
      return irInt;
  }
}
