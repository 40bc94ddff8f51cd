/** What the IR's operations mean on constants: the definition that folding and evaluation share. */
import { assertNever } from "../base/assert-never.js";
import type { ArithmeticOp, CompareOp, Width } from "./ir.js";

const signed64 = (value: bigint): bigint => BigInt.asIntN(64, value);

/** The result as a signed 64-bit number; a 32-bit result is zero-extended. Division by zero is defined, see `ArithmeticOp`. */
export function evaluateArithmetic(kind: ArithmeticOp, width: Width, left: bigint, right: bigint): bigint {
  const a = BigInt.asUintN(width, left);
  const b = BigInt.asUintN(width, right);
  return signed64(BigInt.asUintN(width, unbounded(kind, width, a, b)));
}

/** `a` and `b` are unsigned of the width; bits of the result above the width mean nothing. */
function unbounded(kind: ArithmeticOp, width: Width, a: bigint, b: bigint): bigint {
  const signed = (value: bigint): bigint => BigInt.asIntN(width, value);
  const count = b & BigInt(width - 1);
  switch (kind) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "udiv":
      return b === 0n ? 0n : a / b;
    case "umod":
      return b === 0n ? a : a % b;
    case "sdiv":
      return b === 0n ? 0n : signed(a) / signed(b);
    case "smod":
      return b === 0n ? a : signed(a) % signed(b);
    case "and":
      return a & b;
    case "or":
      return a | b;
    case "xor":
      return a ^ b;
    case "shl":
      return a << count;
    case "lshr":
      return a >> count;
    case "ashr":
      return signed(a) >> count;
  }
  return assertNever(kind, "arithmetic operation");
}

export function evaluateCompare(kind: CompareOp, width: Width, left: bigint, right: bigint): boolean {
  const [ua, ub] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
  const [sa, sb] = [BigInt.asIntN(width, left), BigInt.asIntN(width, right)];
  switch (kind) {
    case "eq":
      return ua === ub;
    case "ne":
      return ua !== ub;
    case "ult":
      return ua < ub;
    case "ule":
      return ua <= ub;
    case "ugt":
      return ua > ub;
    case "uge":
      return ua >= ub;
    case "slt":
      return sa < sb;
    case "sle":
      return sa <= sb;
    case "sgt":
      return sa > sb;
    case "sge":
      return sa >= sb;
  }
  return assertNever(kind, "comparison");
}

export function evaluateExtend(bits: 1 | 8 | 16 | 32, signed: boolean, value: bigint): bigint {
  return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** Bytes of the low `bits` reversed, the rest zero. */
export function evaluateByteSwap(bits: 16 | 32 | 64, value: bigint): bigint {
  let rest = BigInt.asUintN(bits, value);
  let result = 0n;
  for (let done = 0; done < bits; done += 8) {
    result = (result << 8n) | (rest & 0xffn);
    rest >>= 8n;
  }
  return signed64(result);
}

/** The comparison that holds exactly when this one does not. */
export const inverted = {
  eq: "ne",
  ne: "eq",
  ult: "uge",
  ule: "ugt",
  ugt: "ule",
  uge: "ult",
  slt: "sge",
  sle: "sgt",
  sgt: "sle",
  sge: "slt",
} as const satisfies Record<CompareOp, CompareOp>;
