/** What types binary operators take and give: bpftrace 0.26's rules. */
import type { TypedArithmetic, TypedComparison } from "../check/typed-program.js";
import { type IntType, int64, uint64 } from "../types/type.js";

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

export function isComparison(operator: string): operator is TypedComparison {
  return COMPARISONS.has(operator);
}

/** Whether either side is signed: a literal that adapts has the other side's sign. */
export function signs(left: IntType, right: IntType): readonly [boolean, boolean] {
  if (left.flexible === true && right.flexible !== true) return [right.signed, right.signed];
  if (right.flexible === true && left.flexible !== true) return [left.signed, left.signed];
  return [left.signed, right.signed];
}

/** Type both sides of a comparison are brought to: 64 bits, signed if either side is. */
export function comparisonType(left: IntType, right: IntType): IntType {
  const [a, b] = signs(left, right);
  return a || b ? int64 : uint64;
}

/** Type of `left operator right`: 64 bits; a difference is always signed, a shift has its left side's sign. */
export function arithmeticType(operator: TypedArithmetic, left: IntType, right: IntType): IntType {
  if (operator === "-") return int64;
  if (operator === "<<" || operator === ">>") return left.signed ? int64 : uint64;
  const [a, b] = signs(left, right);
  return a || b ? int64 : uint64;
}

/** Why `left operator right` of literals has no value. */
export type FoldFailure = "overflow" | "division";

/**
 * `left operator right` of literals. With a negative one among them both are taken as signed; else the result may
 * use all 64 bits. What a shift pushes out is lost, as in C; every other result must fit.
 */
export function foldArithmetic(operator: TypedArithmetic, left: bigint, right: bigint): bigint | FoldFailure {
  const signed = left < 0n || right < 0n;
  if (signed && (left > MOST_SIGNED || right > MOST_SIGNED)) return "overflow";
  if (operator === "<<" || operator === ">>") {
    if (right < 0n || right > 63n) return "overflow";
    if (operator === ">>") return left >> right;
    return signed ? BigInt.asIntN(64, left << right) : BigInt.asUintN(64, left << right);
  }
  if ((operator === "/" || operator === "%") && right === 0n) return "division";
  const value = fold(operator, left, right);
  return value < LEAST_SIGNED || value > (signed ? MOST_SIGNED : MOST_UNSIGNED) ? "overflow" : value;
}

const LEAST_SIGNED = -(1n << 63n);
const MOST_SIGNED = (1n << 63n) - 1n;
const MOST_UNSIGNED = (1n << 64n) - 1n;

function fold(operator: Exclude<TypedArithmetic, "<<" | ">>">, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "&":
      return left & right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
  }
}

export function foldComparison<T extends bigint | string>(
  operator: TypedComparison,
  left: T,
  right: T,
): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}
