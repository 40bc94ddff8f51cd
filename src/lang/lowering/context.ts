/**
 * What the lowering of a builtin may ask of the lowering around it. `src/lower` implements it; the entries of
 * this folder's tables only know these words.
 */
import type { ContextKind, MapId, TypedCall, TypedExpression } from "../../check/typed-program.js";
import type { Log } from "../../diag/diagnostic.js";
import type { FunctionBuilder } from "../../ir/builder.js";
import type { MemorySize, ValueId } from "../../ir/ir.js";
import type { Span } from "../../base/span.js";
import type { ManifestEventKind, ManifestType } from "../../object/manifest.js";
import type { Target } from "../../target/target.js";
import type { StructType, Type } from "../../types/type.js";

/** Bytes the program may load itself: a slot, a map value, the context, a ring buffer record, `.rodata`. */
export interface Memory {
  readonly kind: "memory";
  readonly base: ValueId;
  readonly offset: number;
  /** What base + offset is a multiple of. */
  readonly align: MemorySize;
}
/** Bytes of the kernel or of a process: only helpers read them, and a read may fail and give zeroes. */
export interface Remote {
  readonly kind: "remote";
  readonly space: "kernel" | "user";
  /** An integer. */
  readonly base: ValueId;
  readonly offset: number;
}
export type Location = Memory | Remote;

/** One argument of an event, evaluated as far as must be before the record is reserved. */
export interface EventArgument {
  readonly type: ManifestType;
  readonly size: number;
  readonly align: MemorySize;
  /** Writes it into the record. */
  fill(to: Memory): void;
}

export interface EventRequest {
  readonly kind: ManifestEventKind;
  readonly format?: string;
  readonly args?: readonly EventArgument[];
  readonly map?: MapId;
  /** Macro calls the place came from, innermost first. */
  readonly expandedFrom?: readonly Span[];
}

/** How one map of the script is kept in the kernel. */
export interface MapPlan {
  readonly symbol: string;
  /** `global`: one value in an ARRAY, addressed directly. `own`: PERCPU_ARRAY of one. Else hashes. */
  readonly storage: "global" | "own" | "hash" | "percpu_hash";
  readonly key: Type | undefined;
  readonly value: Type;
  readonly valueSize: number;
  /** The last word of the value is set when something was assigned: a keyless map that never was does not print. */
  readonly flagged: boolean;
}

/** The body of `repeat`, a function of its own. */
export interface RepeatBody {
  readonly b: FunctionBuilder;
  /** Counts from 0. */
  readonly round: ValueId;
  get(cell: number): ValueId;
  set(cell: number, value: ValueId): void;
  /** Ends this round; what follows is not reached. */
  next(): void;
  /** Ends the loop. */
  stop(): void;
  stopUnless(condition: ValueId): void;
  /** `then` must end the round or the loop. */
  when(condition: ValueId, then: () => void): void;
}

export interface LoweringContext {
  readonly b: FunctionBuilder;
  readonly target: Target;
  readonly log: Log;
  readonly contextKind: ContextKind;
  readonly maxStrlen: number;

  /** The program's context pointer, also inside callbacks. */
  ctx(): ValueId;
  /** Value of a scalar type, extended to 64 bits. */
  scalar(e: TypedExpression): ValueId;
  /** Writes the value to memory, whole: padding is zeroed, strings are filled up with NULs. */
  into(e: TypedExpression, to: Memory): void;
  /** Where a value in memory lies, without copying it if that can be. */
  locate(e: TypedExpression): Location;
  /** As `locate`, copied here if it lies where only helpers reach. */
  memory(e: TypedExpression): Memory;
  /** Memory until the end of the statement; contents undefined. */
  temp(size: number): Memory;
  /** The address as one pointer value. */
  address(at: Memory): ValueId;
  copy(to: Memory, from: Memory, size: number): void;
  /** Constant bytes in `.rodata`, zero-terminated by the caller if need be. */
  constant(bytes: Uint8Array): Memory;

  /** 1 if both places hold the same `size` bytes. */
  equal(left: Memory, right: Memory, size: number): ValueId;
  /**
   * bpf_loop over a few cells, numbers and pointers, that its body reads and writes. Yields the cell `result`.
   * The verifier looks at the body once or twice, however many rounds there are.
   */
  repeat(
    rounds: ValueId,
    cells: readonly ValueId[],
    result: number,
    body: (loop: RepeatBody) => void,
  ): ValueId;

  map(id: MapId): MapPlan;
  /** The key in memory, laid out and zero-padded as the map wants it. */
  key(plan: MapPlan, key: TypedExpression | undefined): Memory;
  /** The type a read of the map has; undefined if it has no single value (a histogram). */
  elementType(id: MapId): Type | undefined;
  /** How many elements it holds now. */
  countElements(id: MapId): ValueId;
  /** A map of the runtime with stack traces. */
  stackMap(type: Type & { readonly kind: "stack" }): string;
  /** The program's stack by unwind tables: its id, or a negative errno. */
  walkStack(depth: number, span: Span): ValueId;
  /** Frames of a stack by its id, if it was walked by unwind tables; else what `otherwise` says. */
  walkedLength(id: ValueId, otherwise: () => ValueId): ValueId;
  /** Address of a member of a kernel struct that lies at `base`, where the object's kernel has it. */
  memberAddress(base: ValueId, struct: StructType, name: string): ValueId;
  /** Does the script ask for the length of stacks that were kept? */
  readonly keepsStackLengths: boolean;
  /** A word of `runtime.state`. */
  state(offset: number): Memory;

  /** Evaluates an argument of an event. */
  argument(e: TypedExpression): EventArgument;
  number(value: ValueId): EventArgument;
  send(request: EventRequest, span: Span): void;
  /** If `status`, what the helper returned, is negative: the loader tells of it, once for each place. */
  noteFailure(helper: string, status: ValueId, span: Span): void;
  /** An event's record written to memory of its own, for what goes other ways than through the ring buffer. */
  record(request: EventRequest, span: Span): { readonly at: Memory; readonly size: number };
  /** The buffer that packets go through to the loader. */
  packetMap(): string;
  /** Ends the program, also from inside loops. */
  leave(): void;
  /** `if (condition) then()` and joins; `then` may end the program. */
  when(condition: ValueId, then: () => void, otherwise?: () => void): void;
  /** A value chosen by a branch: both sides yield integers. */
  choose(condition: ValueId, then: () => ValueId, otherwise: () => ValueId): ValueId;
}

export type CallExpression = TypedExpression & { readonly kind: "call" };

/** How one builtin becomes IR: `scalar` or `into` by its type, `effect` if it is used for what it does. */
export interface BuiltinLowering {
  readonly scalar?: (f: LoweringContext, call: TypedCall, e: CallExpression) => ValueId;
  readonly into?: (f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory) => void;
  readonly effect?: (f: LoweringContext, call: TypedCall, e: CallExpression) => void;
  /** Written by straight-line code and without side effects: may run while a ring buffer record is open. */
  readonly straight?: boolean;
  /** Walks the program's stack by unwind tables. */
  readonly byTables?: true;
}

/** The n-th operand; a missing one is a breach of `docs/typed-calls.md`. */
export function operand(call: TypedCall, index: number): TypedExpression {
  const arg = call.args[index];
  if (arg === undefined) throw new Error(`${call.name}: operand ${index} is missing`);
  return arg;
}

export function mapOperand(call: TypedCall): MapId {
  if (call.map === undefined) throw new Error(`${call.name}: the map is missing`);
  return call.map;
}
