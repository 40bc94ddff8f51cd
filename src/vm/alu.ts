/**
 * What arithmetic and compares mean, on unsigned 64-bit values as registers hold them.
 * Source: Documentation/bpf/standardization/instruction-set.rst. Not shared with the compiler's own arithmetic
 * (src/ir/arithmetic.ts): this machine judges it.
 */
import { assertNever } from "../base/assert-never.js";
import type { AluOp, Endian, JmpOp } from "../bpf/insn.js";

/** `a op b`. Division by zero gives 0, remainder by zero gives `a`, shift counts wrap at the width. */
export function alu(op: AluOp, is64: boolean, a: bigint, b: bigint): bigint {
  return is64 ? alu64(op, a, b) : BigInt(alu32(op, Number(a & 0xffff_ffffn), Number(b & 0xffff_ffffn)));
}

function alu64(op: AluOp, a: bigint, b: bigint): bigint {
  return BigInt.asUintN(64, wide64(op, a, b));
}

function wide64(op: AluOp, a: bigint, b: bigint): bigint {
  switch (op) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "div":
      return b === 0n ? 0n : a / b;
    case "mod":
      return b === 0n ? a : a % b;
    case "sdiv":
      return b === 0n ? 0n : signed(a) / signed(b);
    case "smod":
      return b === 0n ? a : signed(a) % signed(b);
    case "or":
      return a | b;
    case "and":
      return a & b;
    case "xor":
      return a ^ b;
    case "lsh":
      return a << (b & 63n);
    case "rsh":
      return a >> (b & 63n);
    case "arsh":
      return signed(a) >> (b & 63n);
    case "mov":
      return b;
  }
  return assertNever(op, "operation");
}

/** The same on 32 bits, in numbers: JavaScript's own int32 operators do most of it. */
function alu32(op: AluOp, a: number, b: number): number {
  switch (op) {
    case "add":
      return (a + b) >>> 0;
    case "sub":
      return (a - b) >>> 0;
    case "mul":
      return Math.imul(a, b) >>> 0;
    case "div":
      return b === 0 ? 0 : Math.trunc(a / b);
    case "mod":
      return b === 0 ? a : a % b;
    case "sdiv":
      return b === 0 ? 0 : Math.trunc((a | 0) / (b | 0)) >>> 0;
    case "smod":
      return b === 0 ? a : ((a | 0) % (b | 0)) >>> 0;
    case "or":
      return (a | b) >>> 0;
    case "and":
      return (a & b) >>> 0;
    case "xor":
      return (a ^ b) >>> 0;
    case "lsh":
      return (a << (b & 31)) >>> 0;
    case "rsh":
      return a >>> (b & 31);
    case "arsh":
      return ((a | 0) >> (b & 31)) >>> 0;
    case "mov":
      return b;
  }
  return assertNever(op, "operation");
}

export function compare(op: JmpOp, is64: boolean, left: bigint, right: bigint): boolean {
  const width = is64 ? 64 : 32;
  const a = BigInt.asUintN(width, left);
  const b = BigInt.asUintN(width, right);
  switch (op) {
    case "eq":
      return a === b;
    case "ne":
      return a !== b;
    case "set":
      return (a & b) !== 0n;
    case "gt":
      return a > b;
    case "ge":
      return a >= b;
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "sgt":
      return BigInt.asIntN(width, a) > BigInt.asIntN(width, b);
    case "sge":
      return BigInt.asIntN(width, a) >= BigInt.asIntN(width, b);
    case "slt":
      return BigInt.asIntN(width, a) < BigInt.asIntN(width, b);
    case "sle":
      return BigInt.asIntN(width, a) <= BigInt.asIntN(width, b);
  }
  return assertNever(op, "compare");
}

/** Byte order, as seen on a little-endian machine: `le` only cuts to the width. */
export function swapBytes({ to, bits }: Pick<Endian, "to" | "bits">, value: bigint): bigint {
  const low = BigInt.asUintN(bits, value);
  if (to === "le") return low;
  let result = 0n;
  for (let shift = 0n; shift < BigInt(bits); shift += 8n) {
    result = (result << 8n) | ((low >> shift) & 0xffn);
  }
  return result;
}

function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}
