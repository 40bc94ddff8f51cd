/**
 * The function being built, as the lowering of expressions, statements and builtins sees it (`LoweringContext`). What
 * the language means stands in the files named by `Rules`, and they call each other through this class. Of the function
 * itself, `EntryValues` knows what its first block finds, `Locals` where its locals are, `Temporaries` its memory, and
 * `branches.ts` how it branches and ends.
 */
import type { Span } from "../base/span.js";
import type { ContextKind, MapId, TypedExpression, TypedStatement } from "../check/typed-program.js";
import type { Log } from "../diag/diagnostic.js";
import type { FunctionBuilder } from "../ir/builder.js";
import type { BlockId, IrType, MemorySize, ValueId } from "../ir/ir.js";
import { irInt } from "../ir/types.js";
import type {
  EventArgument,
  EventRequest,
  Location,
  LoweringContext,
  MapPlan,
  Memory,
  RepeatBody,
} from "../lang/lowering/context.js";
import type { Target } from "../target/target.js";
import { aggregateResult } from "../types/compat.js";
import { sizeOf } from "../types/layout.js";
import type { StackType, StructType, Type } from "../types/type.js";
import { choose, leave, when } from "./branches.js";
import { EntryValues } from "./entry-values.js";
import { equalBytes } from "./equality.js";
import { fail, watchReads } from "./failures.js";
import { Locals } from "./locals.js";
import type { ProbeContext } from "./probe-context.js";
import { memberAddress } from "./relocatable.js";
import { repeat } from "./repeat.js";
import type { Rules } from "./rules.js";
import { alignAt } from "./scalars.js";
import { Temporaries } from "./temporaries.js";
import { walkedLength, walkStack } from "./unwind.js";

/** Bytes that are still copied by loads and stores; more would make the program long. */
const INLINE_COPY = 4096;

export type LoopTarget =
  | { readonly kind: "blocks"; readonly onBreak: BlockId; readonly onContinue: BlockId }
  | { readonly kind: "callback" };

export class FunctionLowering implements LoweringContext {
  readonly loops: LoopTarget[] = [];
  readonly entry: EntryValues;
  readonly locals: Locals;
  private readonly temporaries: Temporaries;

  constructor(
    readonly b: FunctionBuilder,
    readonly probe: ProbeContext,
    readonly rules: Rules,
    readonly role: "program" | "callback",
    /** The captured locals' frame: in the program its own slot, in a callback the context argument. */
    readonly frame: () => ValueId,
  ) {
    this.entry = new EntryValues(b, probe);
    this.temporaries = new Temporaries(b, probe, () => this.scratchBase());
    this.locals = new Locals(this, this.temporaries);
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

  // -------------------------------------------------------------------------------------------- entry and memory

  ctx(): ValueId {
    return this.entry.read("ctx");
  }

  scratchBase(): ValueId {
    return this.entry.read("scratch");
  }

  /**
   * The number, of which the kernel's verifier no longer knows which it is: a zero it cannot see through is added.
   * It looks at a callback until its state repeats; a shared number it knew exactly would be another one each round,
   * and a long loop be walked through to its end.
   */
  blurred(value: ValueId): ValueId {
    return this.b.arith("add", value, this.entry.read("opaque"));
  }

  temp(size: number): Memory {
    return this.temporaries.take(size);
  }

  /** Temporaries made by `build` are free again after it; its value must not lie in one. */
  scoped<T>(build: () => T): T {
    return this.temporaries.scoped(build);
  }

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
    return value.kind === "aggregate" ? aggregateResult(value.aggregate) : value;
  }
  countElements(id: MapId): ValueId {
    return this.rules.countElements(this, id);
  }

  // ------------------------------------------------------------------------------------------------- branches

  when(condition: ValueId, then: () => void, otherwise?: () => void): void {
    when(this.b, condition, then, otherwise);
  }
  choose(condition: ValueId, then: () => ValueId, otherwise: () => ValueId, type: IrType = irInt): ValueId {
    return choose(this.b, condition, then, otherwise, type);
  }
  leave(result?: ValueId): void {
    leave(this, result);
  }
}
