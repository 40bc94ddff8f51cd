import type { JmpOp, MemSize } from "../bpf/insn.js";
import type { BlockId, IrFunction, IrInstruction, IrTerminator, SlotId, ValueId } from "../ir/ir.js";
import { jumps, operands, resultOf, terminatorOperands } from "../ir/uses.js";
import type { Span } from "../base/span.js";
import {
  firstVirtual,
  framePointer,
  type MBlock,
  type MFunction,
  type MInsn,
  type VOperand,
  type VReg,
} from "./machine.js";

/** Which instructions the target's kernel takes. */
export interface CpuFeatures {
  readonly cpuV4: boolean;
}

/** Spans that instructions refer to by index: BTF line info is made of it. */
export class SpanTable {
  readonly spans: Span[] = [];
  private readonly known = new Map<Span, number>();

  indexOf(span: Span | undefined): number | undefined {
    if (span === undefined) return undefined;
    const found = this.known.get(span);
    if (found !== undefined) return found;
    this.known.set(span, this.spans.length);
    return this.spans.push(span) - 1;
  }
}

/** An address a load or store can use as it is. */
export interface Address {
  readonly base: VReg;
  readonly offset: number;
  /** Set when the base is the frame: `offset` counts from the slot. */
  readonly slot: SlotId | undefined;
}

const fitsInt32 = (value: bigint): boolean => value >= -0x8000_0000n && value <= 0x7fff_ffffn;
const fitsInt16 = (value: number): boolean => value >= -0x8000 && value <= 0x7fff;

/** State of selecting one function: blocks under construction, registers of values, what may be folded. */
export class Selection {
  readonly machine: MFunction;
  private readonly regs = new Map<ValueId, VReg>();
  readonly definitions = new Map<ValueId, IrInstruction>();
  private readonly useCounts = new Map<ValueId, number>();
  private readonly params = new Map<BlockId, readonly ValueId[]>();
  private readonly branches = new Map<ValueId, IrTerminator>();
  private nextBlock = 0;
  private current: MBlock;
  span: number | undefined;

  constructor(
    readonly fn: IrFunction,
    readonly cpu: CpuFeatures,
    readonly spanTable: SpanTable,
  ) {
    this.machine = { name: fn.name, blocks: [], registers: firstVirtual };
    for (const block of fn.blocks) {
      this.nextBlock = Math.max(this.nextBlock, block.id + 1);
      for (const insn of block.instructions) {
        const result = resultOf(insn);
        if (result !== undefined) this.definitions.set(result, insn);
        for (const value of operands(insn)) this.count(value);
      }
      for (const value of terminatorOperands(block.terminator)) this.count(value);
      this.params.set(block.id, block.params);
      if (block.terminator.op === "branch") this.branches.set(block.terminator.left, block.terminator);
    }
    this.current = { id: -1, insns: [], term: { kind: "exit" } };
  }

  private count(value: ValueId): void {
    this.useCounts.set(value, (this.useCounts.get(value) ?? 0) + 1);
  }

  usesOf(value: ValueId): number {
    return this.useCounts.get(value) ?? 0;
  }

  paramsOf(block: BlockId): readonly ValueId[] {
    return this.params.get(block) ?? [];
  }

  /** The branch, or one of them, that has this value on the left of what it compares. */
  branchOn(value: ValueId): IrTerminator | undefined {
    return this.branches.get(value);
  }

  // -------------------------------------------------------------------------------------------------- blocks

  /** Starts the machine block of an IR block. */
  open(id: BlockId | number): void {
    this.current = { id, insns: [], term: { kind: "exit" } };
    this.machine.blocks.push(this.current);
  }

  freshBlock(): number {
    return this.nextBlock++;
  }

  emit(insn: MInsn): void {
    this.current.insns.push(this.span === undefined ? insn : { ...insn, span: this.span });
  }

  end(term: MBlock["term"]): void {
    this.current.term = this.span === undefined ? term : { ...term, span: this.span };
  }

  fresh(): VReg {
    return this.machine.registers++;
  }

  // -------------------------------------------------------------------------------------------------- values

  /** The register that holds a value computed earlier, or will hold a block parameter. */
  home(value: ValueId): VReg {
    const known = this.regs.get(value);
    if (known !== undefined) return known;
    const reg = this.fresh();
    this.regs.set(value, reg);
    return reg;
  }

  constant(value: ValueId): bigint | undefined {
    const definition = this.definitions.get(value);
    return definition?.op === "const" ? BigInt.asIntN(64, definition.value) : undefined;
  }

  /** Constants, slot addresses and references are made anew at each use: that is one instruction, a spill is two. */
  isRemade(value: ValueId): boolean {
    const definition = this.definitions.get(value);
    if (definition === undefined) return false;
    if (definition.op === "field_addr") return this.frameAddress(value) !== undefined;
    return (
      definition.op === "const" ||
      definition.op === "slot_addr" ||
      definition.op === "map_ref" ||
      definition.op === "func_ref"
    );
  }

  /** The value in some register. */
  reg(value: ValueId): VReg {
    if (!this.isRemade(value)) return this.home(value);
    const reg = this.fresh();
    this.remake(value, reg);
    return reg;
  }

  /** The value moved into this very register. */
  into(value: ValueId, dst: VReg): void {
    if (this.isRemade(value)) this.remake(value, dst);
    else this.move(dst, this.home(value));
  }

  move(dst: VReg, src: VReg): void {
    this.emit({ kind: "alu", op: "mov", is64: true, dst, src: { kind: "reg", reg: src } });
  }

  loadConstant(dst: VReg, value: bigint): void {
    const signed = BigInt.asIntN(64, value);
    if (fitsInt32(signed)) {
      this.emit({ kind: "alu", op: "mov", is64: true, dst, src: { kind: "imm", value: Number(signed) } });
    } else if (signed >= 0n && signed <= 0xffff_ffffn) {
      // A 32-bit move clears the upper half: one slot instead of two.
      this.emit({
        kind: "alu",
        op: "mov",
        is64: false,
        dst,
        src: { kind: "imm", value: Number(BigInt.asIntN(32, signed)) },
      });
    } else this.emit({ kind: "loadImm64", dst, value: BigInt.asUintN(64, signed) });
  }

  private remake(value: ValueId, dst: VReg): void {
    const definition = this.definitions.get(value);
    if (definition === undefined) throw new Error(`${this.fn.name}: %${value} is not defined`);
    if (definition.op === "const") return this.loadConstant(dst, definition.value);
    if (definition.op === "map_ref") return this.emit({ kind: "loadMap", dst, map: definition.map });
    if (definition.op === "func_ref")
      return this.emit({ kind: "loadFunction", dst, symbol: definition.function });
    const address = this.frameAddress(value);
    if (address === undefined) throw new Error(`${this.fn.name}: %${value} cannot be remade`);
    this.emit({ kind: "slotAddr", dst, slot: address.slot, off: address.offset });
  }

  /** An operand for arithmetic and compares; `width` 32 takes constants modulo 2^32. */
  operand(value: ValueId, width: 32 | 64 = 64): VOperand {
    const constant = this.constant(value);
    if (constant !== undefined) {
      const wrapped = width === 32 ? BigInt.asIntN(32, constant) : constant;
      if (fitsInt32(wrapped)) return { kind: "imm", value: Number(wrapped) };
    }
    return { kind: "reg", reg: this.reg(value) };
  }

  // ----------------------------------------------------------------------------------------------- addresses

  /** Slot and offset, if the value is an address in the frame known now. */
  frameAddress(value: ValueId): { readonly slot: SlotId; readonly offset: number } | undefined {
    const definition = this.definitions.get(value);
    if (definition?.op === "slot_addr") return { slot: definition.slot, offset: definition.offset };
    if (definition?.op !== "field_addr") return undefined;
    const base = this.frameAddress(definition.base);
    return base && { slot: base.slot, offset: base.offset + definition.offset };
  }

  /** Is this address only ever used as the base of loads and stores, so that its offset folds into them? */
  isFoldedAddress(value: ValueId): boolean {
    const definition = this.definitions.get(value);
    return (
      definition?.op === "field_addr" &&
      definition.core === undefined &&
      this.fn.valueTypes[definition.base]?.kind === "ptr" &&
      fitsInt16(definition.offset) &&
      this.memoryUses().has(value)
    );
  }

  private memoryOnly: ReadonlySet<ValueId> | undefined;

  /** Values used as base of loads, stores, atomics and further such field addresses, and as nothing else. */
  private memoryUses(): ReadonlySet<ValueId> {
    if (this.memoryOnly !== undefined) return this.memoryOnly;
    const otherwise = new Set<ValueId>();
    const bases = new Set<ValueId>();
    for (const block of this.fn.blocks) {
      for (const insn of block.instructions) {
        const base = memoryBase(insn);
        for (const value of operands(insn)) if (value === base) bases.add(value);
        // A store of the pointer itself uses it as a value.
        if ((insn.op === "store" || insn.op === "atomic") && insn.value === insn.address)
          otherwise.add(insn.value);
        for (const value of operands(insn)) if (value !== base) otherwise.add(value);
      }
      for (const value of terminatorOperands(block.terminator)) otherwise.add(value);
    }
    this.memoryOnly = new Set([...bases].filter((value) => !otherwise.has(value)));
    return this.memoryOnly;
  }

  /** Base register, slot and offset for a memory access at `value` + `offset`. */
  address(value: ValueId, offset: number): Address {
    const frame = this.frameAddress(value);
    if (frame !== undefined) return { base: framePointer, offset: frame.offset + offset, slot: frame.slot };
    let base = value;
    let total = offset;
    for (;;) {
      const definition = this.definitions.get(base);
      if (definition?.op !== "field_addr" || !this.isFoldedAddress(base)) break;
      base = definition.base;
      total += definition.offset;
    }
    if (fitsInt16(total)) return { base: this.reg(base), offset: total, slot: undefined };
    const far = this.fresh();
    this.into(base, far);
    this.addOffset(far, total);
    return { base: far, offset: 0, slot: undefined };
  }

  /** Moves an address on by `offset` bytes: C may declare structs whose members lie 2 GiB and more apart. */
  addOffset(dst: VReg, offset: number): void {
    const add = { kind: "alu", op: "add", is64: true, dst } as const;
    if (fitsInt32(BigInt(offset))) return this.emit({ ...add, src: { kind: "imm", value: offset } });
    const far = this.fresh();
    this.loadConstant(far, BigInt(offset));
    this.emit({ ...add, src: { kind: "reg", reg: far } });
  }

  load(dst: VReg, from: Address, at: number, size: MemSize, signed = false): void {
    const slot = from.slot === undefined ? {} : { slot: from.slot };
    this.emit({ kind: "ldx", size, signed, dst, src: from.base, off: from.offset + at, ...slot });
  }

  store(to: Address, at: number, size: MemSize, src: VReg): void {
    const slot = to.slot === undefined ? {} : { slot: to.slot };
    this.emit({ kind: "stx", size, dst: to.base, off: to.offset + at, src, ...slot });
  }

  storeImmediate(to: Address, at: number, size: MemSize, imm: number): void {
    const slot = to.slot === undefined ? {} : { slot: to.slot };
    this.emit({ kind: "st", size, dst: to.base, off: to.offset + at, imm, ...slot });
  }

  /** Jump targets with arguments, for `edges`. */
  targets(index: number): readonly ReturnType<typeof jumps>[number][] {
    const block = this.fn.blocks[index];
    return block === undefined ? [] : jumps(block.terminator);
  }
}

function memoryBase(insn: IrInstruction): ValueId | undefined {
  if (insn.op === "load" || insn.op === "store" || insn.op === "atomic" || insn.op === "zero")
    return insn.address;
  if (insn.op === "field_addr" && insn.core === undefined) return insn.base;
  return undefined;
}

/** BPF's condition for an IR comparison. */
export const conditions = {
  eq: "eq",
  ne: "ne",
  ult: "lt",
  ule: "le",
  ugt: "gt",
  uge: "ge",
  slt: "slt",
  sle: "sle",
  sgt: "sgt",
  sge: "sge",
} as const satisfies Record<string, JmpOp>;

/** The same condition with its sides exchanged. */
export const mirrored = {
  eq: "eq",
  ne: "ne",
  ult: "ugt",
  ule: "uge",
  ugt: "ult",
  uge: "ule",
  slt: "sgt",
  sle: "sge",
  sgt: "slt",
  sge: "sle",
} as const;
