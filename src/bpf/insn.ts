/**
 * The BPF instruction as data. Everything that makes, moves, prints, encodes or runs instructions speaks
 * this vocabulary; the numbers behind it live in `opcode.ts` and nowhere else.
 *
 * Jumps carry labels and loads carry symbols until `encode` turns a list of items into bytes, so code can
 * be inserted or removed without fixing distances up.
 *
 * Source: Documentation/bpf/standardization/instruction-set.rst in the Linux tree.
 */
import type { Branded } from "../base/ids.js";

/** r0 result, r1-r5 arguments (lost by calls), r6-r9 kept over calls, r10 frame pointer (read only). */
export type Reg = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** Width of a memory access in bytes. */
export type MemSize = 1 | 2 | 4 | 8;

/** A place in an instruction list; unique within one program. */
export type Label = Branded<number, "Label">;

export function label(index: number): Label {
  return index as Label;
}

/** Second operand of arithmetic and compares. An immediate is an int32, sign-extended when the op is 64 bits. */
export type Operand =
  | { readonly kind: "reg"; readonly reg: Reg }
  | { readonly kind: "imm"; readonly value: number };

export function reg(r: Reg): Operand {
  return { kind: "reg", reg: r };
}

export function imm(value: number): Operand {
  return { kind: "imm", value };
}

/** `sdiv` and `smod` need cpu v4 (kernel 6.6). Shifts use the count modulo the width. */
export type AluOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "sdiv"
  | "mod"
  | "smod"
  | "or"
  | "and"
  | "xor"
  | "lsh"
  | "rsh"
  | "arsh"
  | "mov";

/** Compares; `s` prefix is signed, `set` is "any common bit". */
export type JmpOp = "eq" | "ne" | "set" | "gt" | "ge" | "lt" | "le" | "sgt" | "sge" | "slt" | "sle";

export type AtomicOp = "add" | "or" | "and" | "xor" | "xchg" | "cmpxchg";

/** Facts any instruction may carry. */
interface Origin {
  /** Index of a source span in a table the producer keeps; becomes BTF line info. */
  readonly span?: number;
}

/** A member of a struct whose offset the loader corrects for the kernel at hand. */
export interface CoreField {
  /** Id of the root type in the target's BTF, or on top of it in that of `module`. */
  readonly root: number;
  readonly module?: string;
  /** `0:2:1`: as Documentation/bpf/llvm_reloc.rst tells it. */
  readonly access: string;
  /** What the loader writes: the member's offset, the shifts that take a bit-field out of 64 bits, or the root's size. */
  readonly kind?: "lshift" | "rshift" | "size";
}

/** `dst = dst op src`. With `is64` false the low halves are used and the upper half of dst becomes zero. */
export interface Alu extends Origin {
  readonly kind: "alu";
  readonly op: AluOp;
  readonly is64: boolean;
  readonly dst: Reg;
  readonly src: Operand;
  /** The immediate is this member's offset. */
  readonly core?: CoreField;
}

/** `dst = -dst` */
export interface Neg extends Origin {
  readonly kind: "neg";
  readonly is64: boolean;
  readonly dst: Reg;
}

/** `dst = (sN)src`: sign extension from `bits` (cpu v4). From 32 bits only with `is64`. */
export interface MovSx extends Origin {
  readonly kind: "movsx";
  readonly is64: boolean;
  readonly bits: 8 | 16 | 32;
  readonly dst: Reg;
  readonly src: Reg;
}

/** Byte order of the low `bits` of dst, the rest becomes zero. `swap` always swaps (cpu v4). */
export interface Endian extends Origin {
  readonly kind: "endian";
  readonly to: "le" | "be" | "swap";
  readonly bits: 16 | 32 | 64;
  readonly dst: Reg;
}

/** `dst = value`, two slots. The value is kept modulo 2^64; decoding yields it unsigned. */
export interface LoadImm64 extends Origin {
  readonly kind: "loadImm64";
  readonly dst: Reg;
  readonly value: bigint;
}

/** `dst = &map`, what map helpers take as first argument. */
export interface LoadMap extends Origin {
  readonly kind: "loadMap";
  readonly dst: Reg;
  readonly map: string;
}

/** `dst = &value[offset]` of a map with one element (.rodata, .data, .bss): a direct pointer, no lookup. */
export interface LoadMapValue extends Origin {
  readonly kind: "loadMapValue";
  readonly dst: Reg;
  readonly map: string;
  /** Bytes into the value. */
  readonly offset: number;
}

/** `dst = &function`, a callback for bpf_loop or bpf_for_each_map_elem. */
export interface LoadFunction extends Origin {
  readonly kind: "loadFunction";
  readonly dst: Reg;
  readonly symbol: string;
}

/** `dst = *(uN *)(src + off)`; sign-extending with `signed` (cpu v4, sizes 1, 2, 4). */
export interface Ldx extends Origin {
  readonly kind: "ldx";
  readonly size: MemSize;
  readonly signed: boolean;
  readonly dst: Reg;
  readonly src: Reg;
  readonly off: number;
}

/** `*(uN *)(dst + off) = imm` */
export interface St extends Origin {
  readonly kind: "st";
  readonly size: MemSize;
  readonly dst: Reg;
  readonly off: number;
  readonly imm: number;
}

/** `*(uN *)(dst + off) = src` */
export interface Stx extends Origin {
  readonly kind: "stx";
  readonly size: MemSize;
  readonly dst: Reg;
  readonly off: number;
  readonly src: Reg;
}

/**
 * Read-modify-write of `*(uN *)(dst + off)` with src. With `fetch` src becomes the old value; `xchg` and
 * `cmpxchg` always fetch, and `cmpxchg` compares with r0 and leaves the old value in r0.
 */
export interface Atomic extends Origin {
  readonly kind: "atomic";
  readonly op: AtomicOp;
  readonly fetch: boolean;
  readonly size: 4 | 8;
  readonly dst: Reg;
  readonly off: number;
  readonly src: Reg;
}

/** `if dst op src goto target`; with `is64` false the low halves are compared. */
export interface Jmp extends Origin {
  readonly kind: "jmp";
  readonly op: JmpOp;
  readonly is64: boolean;
  readonly dst: Reg;
  readonly src: Operand;
  readonly target: Label;
}

/** `goto target` */
export interface Ja extends Origin {
  readonly kind: "ja";
  readonly target: Label;
}

/** `r0 = helper(r1..r5)`; ids in `helpers.ts`. */
export interface CallHelper extends Origin {
  readonly kind: "callHelper";
  readonly helper: number;
}

/** `r0 = kfunc(r1..r5)`, a kernel function by name; the loader finds its BTF id. */
export interface CallKfunc extends Origin {
  readonly kind: "callKfunc";
  readonly symbol: string;
}

/** `r0 = subprogram(r1..r5)`, a BPF function of the same object. */
export interface CallFunction extends Origin {
  readonly kind: "callFunction";
  readonly symbol: string;
}

/** Return r0. */
export interface Exit extends Origin {
  readonly kind: "exit";
}

export type Insn =
  | Alu
  | Neg
  | MovSx
  | Endian
  | LoadImm64
  | LoadMap
  | LoadMapValue
  | LoadFunction
  | Ldx
  | St
  | Stx
  | Atomic
  | Jmp
  | Ja
  | CallHelper
  | CallKfunc
  | CallFunction
  | Exit;

/** What `encode` takes and `decode` gives: instructions, and labels standing before the next instruction. */
export type Item = Insn | { readonly kind: "label"; readonly label: Label };

/** A reference from the bytes to something outside them, left for the object's writer and loader. */
export interface Relocation {
  /** Byte offset of the instruction. */
  readonly offset: number;
  readonly kind: "map" | "mapValue" | "function" | "callFunction" | "callKfunc";
  readonly symbol: string;
}
