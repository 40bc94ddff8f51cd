/** What types binary operators take and give: bpftrace 0.26's rules. */
import type { TypedArithmetic, TypedComparison } from "../check/typed-program.js";
import { type IntType, int64, uint64 } from "../types/type.js";

const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]);

export function isComparison(operator: string): operator is TypedComparison {
  return COMPARISONS.has(operator);
}
export function isArithmetic(operator: string): operator is TypedArithmetic {
  return ARITHMETIC.has(operator);
}

/** Sign of a literal that adapts is the other side's. */
function signs(left: IntType, right: IntType): readonly [boolean, boolean] {
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

/** Is division of these worth a warning? BPF divides unsigned before instruction set v4. */
export function dividesSigned(operator: TypedArithmetic, left: IntType, right: IntType): boolean {
  if (operator !== "/" && operator !== "%") return false;
  const [a, b] = signs(left, right);
  return (a || b) && (left.bits !== right.bits || a !== b);
}

/** `left operator right` of literals; undefined if it is not defined or leaves 64 bits. */
export function foldArithmetic(operator: TypedArithmetic, left: bigint, right: bigint): bigint | undefined {
  const value = ((): bigint | undefined => {
    switch (operator) {
      case "+":
        return left + right;
      case "-":
        return left - right;
      case "*":
        return left * right;
      case "/":
        return right === 0n ? undefined : left / right;
      case "%":
        return right === 0n ? undefined : left % right;
      case "&":
        return left & right;
      case "|":
        return left | right;
      case "^":
        return left ^ right;
      case "<<":
        return right < 0n || right > 63n ? undefined : BigInt.asUintN(64, left << right);
      case ">>":
        return right < 0n || right > 63n ? undefined : left >> right;
    }
  })();
  return value === undefined || value < -(1n << 63n) || value >= 1n << 64n ? undefined : value;
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
