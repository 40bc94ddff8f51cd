/**
 * Bytes to instructions: the reverse of `encode`, also for programs as the kernel holds them (there the
 * source field of a load tells what its immediate means, and no relocations exist).
 *
 * Bytes are untrusted: anything that is no instruction throws a `DecodeError` with its place.
 */
import {
  label,
  type AluOp,
  type AtomicOp,
  type Insn,
  type Item,
  type JmpOp,
  type Label,
  type MemSize,
  type Operand,
  type Reg,
  type Relocation,
} from "./insn.js";
import {
  ALU_CODE,
  ALU_END,
  ALU_NEG,
  ATOMIC_CODE,
  ATOMIC_FETCH,
  CALL_KIND,
  CLASS,
  JMP_CALL,
  JMP_CODE,
  JMP_EXIT,
  JMP_JA,
  MODE,
  PSEUDO,
  SIZE_BITS,
  SLOT,
  SRC_REG,
} from "./opcode.js";

export class DecodeError extends Error {
  constructor(
    /** Byte offset of the slot that could not be read. */
    readonly offset: number,
    reason: string,
  ) {
    super(`BPF instruction ${offset / SLOT}: ${reason}`);
    this.name = "DecodeError";
  }
}

const ALU_BY_CODE = invert<AluOp, { code: number; off: number }>(
  ALU_CODE,
  ({ code, off }) => code | (off << 8),
);
const JMP_BY_CODE = invert<JmpOp, number>(JMP_CODE, (code) => code);
const ATOMIC_BY_CODE = invert<AtomicOp, number>(ATOMIC_CODE, (code) => code);
const SIZE_BY_BITS = new Map<number, MemSize>(([1, 2, 4, 8] as const).map((size) => [SIZE_BITS[size], size]));

function invert<K extends string, V>(table: Record<K, V>, key: (value: V) => number): Map<number, K> {
  return new Map((Object.keys(table) as K[]).map((name) => [key(table[name]), name]));
}

/** One slot, taken apart. */
interface Slot {
  readonly offset: number;
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/**
 * Decodes a program. Labels are numbered from zero in the order of their places. References without a
 * relocation get the symbol `#N`, N being the file descriptor, BTF id or slot the immediate names.
 */
export function decode(bytes: Uint8Array, relocations: readonly Relocation[] = []): Item[] {
  if (bytes.length % SLOT !== 0)
    throw new DecodeError(bytes.length, "the program ends inside an instruction");
  const slots = readSlots(bytes);
  const named = new Map(relocations.map((relocation) => [relocation.offset, relocation]));
  const labels = findTargets(slots);
  const items: Item[] = [];
  for (let index = 0; index < slots.length; ) {
    const target = labels.get(index);
    if (target !== undefined) items.push({ kind: "label", label: target });
    const slot = slots[index] as Slot;
    const wide = isWide(slot);
    if (wide && labels.has(index + 1)) throw new DecodeError(slot.offset, "a jump leads into a 64-bit load");
    items.push(
      wide
        ? decodeWide(slot, slots[index + 1], named.get(slot.offset))
        : decodeSlot(slot, index, labels, named.get(slot.offset)),
    );
    index += wide ? 2 : 1;
  }
  const end = labels.get(slots.length);
  if (end !== undefined) items.push({ kind: "label", label: end });
  return items;
}

function readSlots(bytes: Uint8Array): Slot[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const slots: Slot[] = [];
  for (let offset = 0; offset < bytes.length; offset += SLOT) {
    const regs = view.getUint8(offset + 1);
    slots.push({
      offset,
      opcode: view.getUint8(offset),
      dst: regs & 0x0f,
      src: regs >> 4,
      off: view.getInt16(offset + 2, true),
      imm: view.getInt32(offset + 4, true),
    });
  }
  return slots;
}

function isWide(slot: Slot): boolean {
  return slot.opcode === (CLASS.ld | SIZE_BITS[8] | MODE.imm);
}

/** Slot a jump leads to, or undefined for what does not jump. */
function jumpTarget(slot: Slot, index: number): number | undefined {
  const cls = slot.opcode & 0x07;
  if (cls !== CLASS.jmp && cls !== CLASS.jmp32) return undefined;
  const code = slot.opcode & 0xf0;
  if (code === JMP_CALL || code === JMP_EXIT) return undefined;
  return index + 1 + (cls === CLASS.jmp32 && code === JMP_JA ? slot.imm : slot.off);
}

function findTargets(slots: readonly Slot[]): Map<number, Label> {
  const targets = new Set<number>();
  for (let index = 0; index < slots.length; index++) {
    const slot = slots[index] as Slot;
    if (isWide(slot)) {
      index++;
      continue;
    }
    const target = jumpTarget(slot, index);
    if (target === undefined) continue;
    if (target < 0 || target > slots.length)
      throw new DecodeError(slot.offset, "a jump leads out of the program");
    targets.add(target);
  }
  return new Map([...targets].sort((a, b) => a - b).map((target, index) => [target, label(index)]));
}

function register(slot: Slot, value: number): Reg {
  if (value > 10) throw new DecodeError(slot.offset, `there is no register r${value}`);
  return value as Reg;
}

function operand(slot: Slot): Operand {
  return (slot.opcode & SRC_REG) !== 0
    ? { kind: "reg", reg: register(slot, slot.src) }
    : { kind: "imm", value: slot.imm };
}

function unknown(slot: Slot): never {
  throw new DecodeError(slot.offset, `unknown opcode 0x${slot.opcode.toString(16).padStart(2, "0")}`);
}

function decodeWide(slot: Slot, high: Slot | undefined, relocation: Relocation | undefined): Insn {
  if (high === undefined) throw new DecodeError(slot.offset, "a 64-bit load is cut in half");
  if (high.opcode !== 0)
    throw new DecodeError(high.offset, "the second half of a 64-bit load must be opcode 0");
  const dst = register(slot, slot.dst);
  if (relocation?.kind === "map") return { kind: "loadMap", dst, map: relocation.symbol };
  if (relocation?.kind === "function") return { kind: "loadFunction", dst, symbol: relocation.symbol };
  if (relocation?.kind === "mapValue") {
    return { kind: "loadMapValue", dst, map: relocation.symbol, offset: slot.imm };
  }
  const symbol = `#${slot.imm}`;
  switch (slot.src) {
    case PSEUDO.value: {
      const value = (BigInt(high.imm >>> 0) << 32n) | BigInt(slot.imm >>> 0);
      return { kind: "loadImm64", dst, value };
    }
    case PSEUDO.mapFd:
      return { kind: "loadMap", dst, map: symbol };
    case PSEUDO.mapValue:
      return { kind: "loadMapValue", dst, map: symbol, offset: high.imm };
    case PSEUDO.function:
      return { kind: "loadFunction", dst, symbol };
    default:
      throw new DecodeError(slot.offset, `unknown kind ${slot.src} of 64-bit load`);
  }
}

function decodeSlot(
  slot: Slot,
  index: number,
  labels: ReadonlyMap<number, Label>,
  relocation: Relocation | undefined,
): Insn {
  const cls = slot.opcode & 0x07;
  switch (cls) {
    case CLASS.alu:
    case CLASS.alu64:
      return decodeAlu(slot, cls === CLASS.alu64);
    case CLASS.jmp:
    case CLASS.jmp32:
      return decodeJump(slot, index, labels, relocation);
    case CLASS.ldx:
    case CLASS.st:
    case CLASS.stx:
      return decodeMemory(slot, cls);
    default:
      return unknown(slot);
  }
}

function decodeAlu(slot: Slot, is64: boolean): Insn {
  const code = slot.opcode & 0xf0;
  const dst = register(slot, slot.dst);
  if (code === ALU_NEG) return { kind: "neg", is64, dst };
  if (code === ALU_END) {
    const bits = slot.imm;
    if (bits !== 16 && bits !== 32 && bits !== 64)
      throw new DecodeError(slot.offset, `byte swap of ${bits} bits`);
    const to = is64 ? "swap" : (slot.opcode & SRC_REG) !== 0 ? "be" : "le";
    return { kind: "endian", to, bits, dst };
  }
  if (code === ALU_CODE.mov.code && slot.off !== 0) {
    const bits = slot.off;
    if (
      (bits !== 8 && bits !== 16 && bits !== 32) ||
      (slot.opcode & SRC_REG) === 0 ||
      (bits === 32 && !is64)
    ) {
      throw new DecodeError(slot.offset, `move with offset ${bits}`);
    }
    return { kind: "movsx", is64, bits, dst, src: register(slot, slot.src) };
  }
  const op = ALU_BY_CODE.get(code | ((slot.off & 0xffff) << 8));
  if (op === undefined) return unknown(slot);
  return { kind: "alu", op, is64, dst, src: operand(slot) };
}

function decodeMemory(slot: Slot, cls: number): Insn {
  const size = SIZE_BY_BITS.get(slot.opcode & 0x18) as MemSize;
  const mode = slot.opcode & 0xe0;
  const dst = register(slot, slot.dst);
  const { off } = slot;
  if (cls === CLASS.st) {
    return mode === MODE.mem ? { kind: "st", size, dst, off, imm: slot.imm } : unknown(slot);
  }
  const src = register(slot, slot.src);
  if (cls === CLASS.ldx) {
    if (mode === MODE.mem) return { kind: "ldx", size, signed: false, dst, src, off };
    if (mode === MODE.memsx && size !== 8) return { kind: "ldx", size, signed: true, dst, src, off };
    return unknown(slot);
  }
  if (mode === MODE.mem) return { kind: "stx", size, dst, off, src };
  if (mode !== MODE.atomic || (size !== 4 && size !== 8)) return unknown(slot);
  const op = ATOMIC_BY_CODE.get(slot.imm & ~ATOMIC_FETCH);
  const fetch = (slot.imm & ATOMIC_FETCH) !== 0;
  if (op === undefined || (!fetch && (op === "xchg" || op === "cmpxchg"))) {
    throw new DecodeError(slot.offset, `unknown atomic operation 0x${slot.imm.toString(16)}`);
  }
  return { kind: "atomic", op, fetch, size, dst, off, src };
}

function decodeJump(
  slot: Slot,
  index: number,
  labels: ReadonlyMap<number, Label>,
  relocation: Relocation | undefined,
): Insn {
  const is64 = (slot.opcode & 0x07) === CLASS.jmp;
  const code = slot.opcode & 0xf0;
  const withImm = (slot.opcode & SRC_REG) === 0;
  if (code === JMP_CALL && is64 && withImm) return decodeCall(slot, index, relocation);
  if (code === JMP_EXIT && is64 && withImm) return { kind: "exit" };
  const target = labels.get(jumpTarget(slot, index) ?? -1);
  if (target === undefined) return unknown(slot);
  if (code === JMP_JA) return withImm ? { kind: "ja", target } : unknown(slot);
  const op = JMP_BY_CODE.get(code);
  if (op === undefined) return unknown(slot);
  return { kind: "jmp", op, is64, dst: register(slot, slot.dst), src: operand(slot), target };
}

function decodeCall(slot: Slot, index: number, relocation: Relocation | undefined): Insn {
  if (relocation?.kind === "callFunction") return { kind: "callFunction", symbol: relocation.symbol };
  if (relocation?.kind === "callKfunc") return { kind: "callKfunc", symbol: relocation.symbol };
  switch (slot.src) {
    case CALL_KIND.helper:
      return { kind: "callHelper", helper: slot.imm };
    case CALL_KIND.function:
      return { kind: "callFunction", symbol: `#${index + 1 + slot.imm}` };
    case CALL_KIND.kfunc:
      return { kind: "callKfunc", symbol: `#${slot.imm}` };
    default:
      throw new DecodeError(slot.offset, `unknown kind ${slot.src} of call`);
  }
}
