/** Literals: what fits where. */
import { integerFits, integerOf, literalType } from "../types/compat.js";
import type { IntType, Type } from "../types/type.js";
import type { Checker } from "./checker.js";
import type { TypedExpression } from "./typed-program.js";

/** May a literal stand where this type is wanted? Reports one out of range. */
export function literalFits(c: Checker, value: TypedExpression, type: Type): boolean {
  const from = integerOf(value.type);
  const to = integerOf(type);
  if (value.kind !== "constant" || from === undefined || to === undefined || !c.isLiteral(value)) return true;
  return (
    integerFits(from.flexible === true ? literalRange(value.value) : from, to) || inRange(value.value, to)
  );
}

function literalRange(value: bigint): IntType {
  return literalType(value);
}

function inRange(value: bigint, type: IntType): boolean {
  const bits = BigInt(type.bits);
  return type.signed
    ? value >= -(1n << (bits - 1n)) && value < 1n << (bits - 1n)
    : value >= 0n && value < 1n << bits;
}

export function isZero(value: TypedExpression): boolean {
  return value.kind === "constant" && value.value === 0n;
}
