/**
 * The numbers of the encoding. One instruction slot is eight bytes, little-endian:
 *
 *    byte 0   byte 1        bytes 2-3     bytes 4-7
 *   +--------+------+------+-------------+---------------------------+
 *   | opcode |  src |  dst |  offset s16 |  immediate s32            |
 *   +--------+------+------+-------------+---------------------------+
 *     8 bits  4 high 4 low
 *
 * The opcode's low three bits are its class. Arithmetic and jumps split the rest as
 *
 *    7  6  5  4   3   2  1  0          7  6  5   4  3   2  1  0
 *   +-----------+---+---------+       +--------+------+---------+
 *   |  code     | s |  class  |       |  mode  | size |  class  |   (loads and stores)
 *   +-----------+---+---------+       +--------+------+---------+
 *
 * where s = 0 takes the immediate and s = 1 the source register.
 *
 * Source: include/uapi/linux/bpf.h, include/uapi/linux/bpf_common.h.
 */
import type { AluOp, AtomicOp, JmpOp, MemSize } from "./insn.js";

/** Bytes in one instruction slot. */
export const SLOT = 8;

export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** Bit 3 of arithmetic and jumps: the second operand is a register. */
export const SRC_REG = 0x08;

export const MODE = { imm: 0x00, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;

export const SIZE_BITS = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const satisfies Record<MemSize, number>;

/** Code bits and offset field: the offset tells signed division from unsigned (cpu v4). */
export const ALU_CODE = {
  add: { code: 0x00, off: 0 },
  sub: { code: 0x10, off: 0 },
  mul: { code: 0x20, off: 0 },
  div: { code: 0x30, off: 0 },
  sdiv: { code: 0x30, off: 1 },
  or: { code: 0x40, off: 0 },
  and: { code: 0x50, off: 0 },
  lsh: { code: 0x60, off: 0 },
  rsh: { code: 0x70, off: 0 },
  mod: { code: 0x90, off: 0 },
  smod: { code: 0x90, off: 1 },
  xor: { code: 0xa0, off: 0 },
  mov: { code: 0xb0, off: 0 },
  arsh: { code: 0xc0, off: 0 },
} as const satisfies Record<AluOp, { code: number; off: number }>;

export const ALU_NEG = 0x80;
/** Byte order: class alu with bit 3 clear = to little, set = to big; class alu64 = swap always. */
export const ALU_END = 0xd0;

export const JMP_CODE = {
  eq: 0x10,
  gt: 0x20,
  ge: 0x30,
  set: 0x40,
  ne: 0x50,
  sgt: 0x60,
  sge: 0x70,
  lt: 0xa0,
  le: 0xb0,
  slt: 0xc0,
  sle: 0xd0,
} as const satisfies Record<JmpOp, number>;

export const JMP_JA = 0x00;
export const JMP_CALL = 0x80;
export const JMP_EXIT = 0x90;

/** Value of the immediate of an atomic instruction, without the fetch bit. */
export const ATOMIC_CODE = {
  add: 0x00,
  or: 0x40,
  and: 0x50,
  xor: 0xa0,
  xchg: 0xe0,
  cmpxchg: 0xf0,
} as const satisfies Record<AtomicOp, number>;

export const ATOMIC_FETCH = 0x01;

/** Meaning of the source field of a 64-bit immediate load (BPF_PSEUDO_*). */
export const PSEUDO = { value: 0, mapFd: 1, mapValue: 2, function: 4 } as const;

/** Meaning of the source field of a call. */
export const CALL_KIND = { helper: 0, function: 1, kfunc: 2 } as const;
