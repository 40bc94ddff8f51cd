/**
 * Instructions to bytes, in the form an object file holds them: what refers to a map, a function or a
 * kfunc is left blank and named in a relocation, exactly as clang leaves it for libbpf.
 */
import { assertNever } from "../base/assert-never.js";
import type { Insn, Item, Operand, Relocation } from "./insn.js";
import { type Cpu, type EncodeLimit, type Layout, place, targetSlot } from "./layout.js";
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

export type { Cpu, EncodeLimit } from "./layout.js";

export interface Encoded {
  readonly kind: "encoded";
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
  /** Byte offset of each item; a label has the offset of the instruction after it. */
  readonly insnOffsets: readonly number[];
}

/**
 * Encodes a program. Conditional jumps out of reach become a short jump around a long one on v4.
 * Throws on what only a bug can produce: an undefined or doubled label, a field out of its range.
 */
export function encode(items: readonly Item[], cpu: Cpu = "v3"): Encoded | EncodeLimit {
  if (cpu === "v3") {
    const index = items.findIndex((item) => item.kind !== "label" && needsV4(item));
    const item = items[index];
    if (item !== undefined) {
      const message = `instruction "${item.kind}" needs BPF cpu v4 (kernel 6.6)`;
      return { kind: "limit", item: index, limit: "cpu-version", message };
    }
  }
  const layout = place(items, cpu);
  if (layout.kind === "limit") return layout;
  const out = new Writer(layout.slots);
  items.forEach((item, index) => {
    if (item.kind !== "label") encodeInsn(item, out, layout, index);
  });
  return {
    kind: "encoded",
    bytes: out.bytes,
    relocations: out.relocations,
    insnOffsets: layout.start.map((slot) => slot * SLOT),
  };
}

function needsV4(insn: Insn): boolean {
  switch (insn.kind) {
    case "alu":
      return insn.op === "sdiv" || insn.op === "smod";
    case "movsx":
      return true;
    case "ldx":
      return insn.signed;
    case "endian":
      return insn.to === "swap";
    case "neg":
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
    case "st":
    case "stx":
    case "atomic":
    case "jmp":
    case "ja":
    case "callHelper":
    case "callKfunc":
    case "callFunction":
    case "exit":
      return false;
  }
  return assertNever(insn, "instruction");
}

/** Fields of one slot; what is not given is zero. */
interface Slot {
  readonly dst?: number;
  readonly src?: number;
  readonly off?: number;
  readonly imm?: number;
}

class Writer {
  readonly bytes: Uint8Array;
  readonly relocations: Relocation[] = [];
  private readonly view: DataView;
  private at = 0;

  constructor(slots: number) {
    this.bytes = new Uint8Array(slots * SLOT);
    this.view = new DataView(this.bytes.buffer);
  }

  slot(opcode: number, { dst = 0, src = 0, off = 0, imm = 0 }: Slot): void {
    if (off < -0x8000 || off > 0x7fff) throw new Error(`offset ${off} does not fit 16 bits`);
    if (imm < -0x80000000 || imm > 0x7fffffff || !Number.isInteger(imm)) {
      throw new Error(`immediate ${imm} is not an int32`);
    }
    this.view.setUint8(this.at, opcode);
    this.view.setUint8(this.at + 1, (src << 4) | dst);
    this.view.setInt16(this.at + 2, off, true);
    this.view.setInt32(this.at + 4, imm, true);
    this.at += SLOT;
  }

  relocate(kind: Relocation["kind"], symbol: string): void {
    this.relocations.push({ offset: this.at, kind, symbol });
  }
}

function operand(src: Operand): { bit: number; fields: Slot } {
  return src.kind === "reg"
    ? { bit: SRC_REG, fields: { src: src.reg } }
    : { bit: 0, fields: { imm: src.value } };
}

function encodeInsn(insn: Insn, out: Writer, layout: Layout, index: number): void {
  switch (insn.kind) {
    case "alu": {
      const { code, off } = ALU_CODE[insn.op];
      const { bit, fields } = operand(insn.src);
      out.slot(code | bit | aluClass(insn.is64), { dst: insn.dst, off, ...fields });
      return;
    }
    case "neg":
      out.slot(ALU_NEG | aluClass(insn.is64), { dst: insn.dst });
      return;
    case "movsx":
      out.slot(ALU_CODE.mov.code | SRC_REG | aluClass(insn.is64), {
        dst: insn.dst,
        src: insn.src,
        off: insn.bits,
      });
      return;
    case "endian": {
      const form = insn.to === "swap" ? CLASS.alu64 : CLASS.alu | (insn.to === "be" ? SRC_REG : 0);
      out.slot(ALU_END | form, { dst: insn.dst, imm: insn.bits });
      return;
    }
    case "loadImm64":
      loadImm64(out, insn.dst, PSEUDO.value, insn.value);
      return;
    case "loadMap":
      out.relocate("map", insn.map);
      loadImm64(out, insn.dst, PSEUDO.value, 0n);
      return;
    case "loadMapValue":
      // The low half is the addend libbpf adds to the symbol's place in the section.
      out.relocate("mapValue", insn.map);
      loadImm64(out, insn.dst, PSEUDO.value, BigInt(insn.offset));
      return;
    case "loadFunction":
      out.relocate("function", insn.symbol);
      loadImm64(out, insn.dst, PSEUDO.value, 0n);
      return;
    case "ldx":
      out.slot(CLASS.ldx | SIZE_BITS[insn.size] | (insn.signed ? MODE.memsx : MODE.mem), {
        dst: insn.dst,
        src: insn.src,
        off: insn.off,
      });
      return;
    case "st":
      out.slot(CLASS.st | SIZE_BITS[insn.size] | MODE.mem, {
        dst: insn.dst,
        off: insn.off,
        imm: insn.imm,
      });
      return;
    case "stx":
      out.slot(CLASS.stx | SIZE_BITS[insn.size] | MODE.mem, {
        dst: insn.dst,
        src: insn.src,
        off: insn.off,
      });
      return;
    case "atomic":
      out.slot(CLASS.stx | SIZE_BITS[insn.size] | MODE.atomic, {
        dst: insn.dst,
        src: insn.src,
        off: insn.off,
        imm: ATOMIC_CODE[insn.op] | (insn.fetch ? ATOMIC_FETCH : 0),
      });
      return;
    case "jmp":
    case "ja":
      encodeJump(insn, out, layout, index);
      return;
    case "callHelper":
      out.slot(CLASS.jmp | JMP_CALL, { src: CALL_KIND.helper, imm: insn.helper });
      return;
    case "callKfunc":
      // libbpf wants calls of both kinds as function calls to -1; it turns externs into kfunc calls.
      out.relocate("callKfunc", insn.symbol);
      out.slot(CLASS.jmp | JMP_CALL, { src: CALL_KIND.function, imm: -1 });
      return;
    case "callFunction":
      out.relocate("callFunction", insn.symbol);
      out.slot(CLASS.jmp | JMP_CALL, { src: CALL_KIND.function, imm: -1 });
      return;
    case "exit":
      out.slot(CLASS.jmp | JMP_EXIT, {});
      return;
  }
  assertNever(insn, "instruction");
}

function aluClass(is64: boolean): number {
  return is64 ? CLASS.alu64 : CLASS.alu;
}

function loadImm64(out: Writer, dst: number, src: number, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  out.slot(CLASS.ld | SIZE_BITS[8] | MODE.imm, { dst, src, imm: Number(BigInt.asIntN(32, bits)) });
  out.slot(0, { imm: Number(BigInt.asIntN(32, bits >> 32n)) });
}

/**
 * A long conditional jump takes three slots:
 *
 *     if cond goto +1
 *     goto +1
 *     gotol target
 */
function encodeJump(
  insn: Extract<Insn, { kind: "jmp" | "ja" }>,
  out: Writer,
  layout: Layout,
  index: number,
): void {
  const target = targetSlot(layout.labels, insn.target);
  const at = layout.start[index] ?? 0;
  const long = layout.long.has(index);
  if (insn.kind === "ja") {
    if (long) {
      out.slot(CLASS.jmp32 | JMP_JA, { imm: target - (at + 1) });
      return;
    }
    out.slot(CLASS.jmp | JMP_JA, { off: target - (at + 1) });
    return;
  }
  const { bit, fields } = operand(insn.src);
  const opcode = JMP_CODE[insn.op] | bit | (insn.is64 ? CLASS.jmp : CLASS.jmp32);
  out.slot(opcode, { dst: insn.dst, off: long ? 1 : target - (at + 1), ...fields });
  if (!long) return;
  out.slot(CLASS.jmp | JMP_JA, { off: 1 });
  out.slot(CLASS.jmp32 | JMP_JA, { imm: target - (at + 3) });
}
