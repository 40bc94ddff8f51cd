import { BlockBuilder } from "./block-builder.js";
import type {
  ArithmeticOp,
  BlockId,
  CompareOp,
  CoreAccess,
  IrType,
  Jump,
  MemorySize,
  SlotId,
  ValueId,
  Width,
} from "./ir.js";
import { irInt, irPtr } from "./types.js";

export type { FunctionHead, Variable } from "./block-builder.js";

type LoadOptions = { readonly signed?: boolean; readonly type?: IrType; readonly core?: CoreAccess };

export class FunctionBuilder extends BlockBuilder {
  // ----------------------------------------------------------------------------------------------- integers

  constInt(value: bigint | number): ValueId {
    return this.value(irInt, (result) => ({ op: "const", result, value: BigInt(value) }));
  }

  /** A null pointer, for helper arguments that may be absent. */
  nullPtr(type: IrType): ValueId {
    return this.value(type, (result) => ({ op: "const", result, value: 0n }));
  }

  arith(kind: ArithmeticOp, left: ValueId, right: ValueId, width: Width = 64): ValueId {
    return this.value(irInt, (result) => ({ op: "arith", result, kind, width, left, right }));
  }

  /** 0 or 1. */
  compare(kind: CompareOp, left: ValueId, right: ValueId, width: Width = 64): ValueId {
    return this.value(irInt, (result) => ({ op: "compare", result, kind, width, left, right }));
  }

  extend(value: ValueId, bits: 1 | 8 | 16 | 32, signed: boolean): ValueId {
    return this.value(irInt, (result) => ({ op: "extend", result, bits, signed, value }));
  }

  bswap(value: ValueId, bits: 16 | 32 | 64): ValueId {
    return this.value(irInt, (result) => ({ op: "bswap", result, bits, value }));
  }

  // ------------------------------------------------------------------------------------------------- memory

  /** Zero-extends unless `signed`. `type` is given when what is loaded is a pointer. */
  load(address: ValueId, offset: number, size: MemorySize, options: LoadOptions = {}): ValueId {
    const { signed = false, type = irInt, core } = options;
    return this.value(type, (result) => ({
      op: "load",
      result,
      size,
      signed,
      address,
      offset,
      ...(core === undefined ? {} : { core }),
    }));
  }

  store(address: ValueId, offset: number, size: MemorySize, value: ValueId): void {
    this.effect({ op: "store", size, address, offset, value });
  }

  zero(address: ValueId, offset: number, size: number): void {
    if (size > 0) this.effect({ op: "zero", address, offset, size });
  }

  /** No overlap. `align`: what the start of both sides is aligned to, offsets included. */
  copy(
    to: ValueId,
    toOffset: number,
    from: ValueId,
    fromOffset: number,
    size: number,
    align: MemorySize,
  ): void {
    if (size > 0) this.effect({ op: "copy", to, toOffset, from, fromOffset, size, align });
  }

  /** Memory of this function; `align` is 1, 2, 4 or 8. */
  slot(size: number, align: MemorySize = 8, name = ""): SlotId {
    return (this.slots.push({ size, align, name }) - 1) as SlotId;
  }

  slotAddr(slot: SlotId, offset = 0): ValueId {
    return this.value(irPtr("slot"), (result) => ({ op: "slot_addr", result, slot, offset }));
  }

  mapRef(map: string): ValueId {
    return this.value(irPtr("map"), (result) => ({ op: "map_ref", result, map }));
  }

  mapValueAddr(map: string, offset = 0): ValueId {
    return this.value(irPtr("map_value"), (result) => ({ op: "map_value_addr", result, map, offset }));
  }

  funcRef(name: string): ValueId {
    return this.value(irPtr("func"), (result) => ({ op: "func_ref", result, function: name }));
  }

  /** The type is that of `base`. */
  ptrAdd(base: ValueId, index: ValueId): ValueId {
    return this.value(this.typeOf(base), (result) => ({ op: "ptr_add", result, base, index }));
  }

  /** The type is that of `base`. */
  fieldAddr(base: ValueId, offset: number, core?: CoreAccess): ValueId {
    return this.value(this.typeOf(base), (result) => ({
      op: "field_addr",
      result,
      base,
      offset,
      ...(core === undefined ? {} : { core }),
    }));
  }

  atomic(
    kind: "add" | "or" | "and" | "xor" | "xchg",
    size: 4 | 8,
    address: ValueId,
    offset: number,
    value: ValueId,
  ): void {
    this.effect({ op: "atomic", kind, size, address, offset, value });
  }

  /** As `atomic`, and gives the old value. */
  atomicFetch(
    kind: "add" | "or" | "and" | "xor" | "xchg",
    size: 4 | 8,
    address: ValueId,
    offset: number,
    value: ValueId,
  ): ValueId {
    return this.value(irInt, (result) => ({ op: "atomic", result, kind, size, address, offset, value }));
  }

  // -------------------------------------------------------------------------------------------------- calls

  /** Sees what each call of a helper returned, and may add code behind it. */
  watchHelpers?: (name: string, result: ValueId) => void;

  /** Calls a helper by its kernel name without `bpf_`. */
  helper(name: string, args: readonly ValueId[], type: IrType = irInt): ValueId {
    const called = this.value(type, (result) => ({ op: "helper", result, helper: name, args }));
    this.watchHelpers?.(name, called);
    return called;
  }

  /** Calls a helper whose result nobody wants. */
  helperVoid(name: string, args: readonly ValueId[]): void {
    if (this.watchHelpers === undefined) this.effect({ op: "helper", helper: name, args });
    else this.helper(name, args);
  }

  kfunc(name: string, args: readonly ValueId[], type: IrType = irInt): ValueId {
    return this.value(type, (result) => ({ op: "kfunc", result, name, args }));
  }

  kfuncVoid(name: string, args: readonly ValueId[]): void {
    this.effect({ op: "kfunc", name, args });
  }

  call(name: string, args: readonly ValueId[], type: IrType = irInt): ValueId {
    return this.value(type, (result) => ({ op: "call", result, function: name, args }));
  }

  // ------------------------------------------------------------------------------------------- terminators

  jump(block: BlockId, args: readonly ValueId[] = []): void {
    this.end({ op: "jump", to: { block, args } });
  }

  branch(
    kind: CompareOp,
    left: ValueId,
    right: ValueId,
    then: BlockId | Jump,
    otherwise: BlockId | Jump,
    width: Width = 64,
  ): void {
    this.end({ op: "branch", kind, width, left, right, then: asJump(then), otherwise: asJump(otherwise) });
  }

  /** Goes to `then` when the value is not zero. */
  branchIf(value: ValueId, then: BlockId | Jump, otherwise: BlockId | Jump): void {
    this.branch("ne", value, this.constInt(0), then, otherwise);
  }

  switch(
    value: ValueId,
    cases: readonly { readonly value: bigint; readonly to: BlockId | Jump }[],
    otherwise: BlockId | Jump,
  ): void {
    const table = cases.map((c) => ({ value: c.value, to: asJump(c.to) }));
    this.end({ op: "switch", value, cases: table, otherwise: asJump(otherwise) });
  }

  return(value: ValueId): void {
    this.end({ op: "return", value });
  }

  unreachable(): void {
    this.end({ op: "unreachable" });
  }
}

function asJump(to: BlockId | Jump): Jump {
  return typeof to === "number" ? { block: to, args: [] } : to;
}
