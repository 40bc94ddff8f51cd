/** Operators with two operands. */
import type { Binary, BinaryOperator } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { arithmeticType, isComparison, signs } from "../lang/operators.js";
import { integerOf, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { type IntType, boolType, int64, uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { arithmeticOperand, compare, refuseOperator, warnPointers } from "./compare.js";
import { logical } from "./conditions.js";
import { coerce, warnOfCast } from "./coerce.js";
import { convert } from "./conversion.js";
import { foldLiterals } from "./fold.js";
import type { TypedArithmetic, TypedExpression } from "./typed-program.js";

export function binary(c: Checker, node: Binary): TypedExpression | undefined {
  const { operator } = node;
  if (operator === "&&" || operator === "||") return logical(c, node, operator);
  const left = c.value(node.left);
  const right = c.value(node.right);
  if (left === undefined || right === undefined) return undefined;
  return combine(c, operator, left, right, node.span);
}

/** `left operator right` for all but `&&` and `||`. */
export function combine(
  c: Checker,
  operator: Exclude<BinaryOperator, "&&" | "||">,
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): TypedExpression | undefined {
  const folded = foldLiterals(c, operator, left, right, span);
  if (folded !== undefined) return folded === "failed" ? undefined : folded;
  if (left.type.kind === "pointer" || right.type.kind === "pointer") {
    return combinePointers(c, operator, left, right, span);
  }
  return isComparison(operator)
    ? compare(c, operator, left, right, span)
    : arithmetic(c, operator, left, right, span);
}

function arithmetic(
  c: Checker,
  operator: TypedArithmetic,
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): TypedExpression | undefined {
  const a = arithmeticOperand(left.type);
  const b = arithmeticOperand(right.type);
  if (a === undefined || b === undefined) {
    return refuseOperator(c, operator, left, right, span);
  }
  const type = arithmeticType(operator, a, b);
  const shift = operator === "<<" || operator === ">>";
  warnSignedDivision(c, operator, a, b, span);
  if (shift) {
    const [x, y] = signs(a, b);
    for (const side of [left, right]) warnOfCast(c, side, x || y ? int64 : uint64);
  }
  const first = shift ? convert(left, type) : coerce(c, left, type);
  const count = shift ? convert(right, b.signed ? int64 : uint64) : coerce(c, right, type);
  return { kind: "arithmetic", operator, left: first, right: count, type, span };
}

/**
 * Where bpftrace warns: its programs divide without signs. Ours are exact on every kernel, and a script that shall mean
 * the same in both must be told all the same. Of one and the same type, it says nothing.
 */
function warnSignedDivision(
  c: Checker,
  operator: TypedArithmetic,
  left: IntType,
  right: IntType,
  span: Span,
): void {
  if ((operator !== "/" && operator !== "%") || !c.final || c.asking) return;
  const [a, b] = signs(left, right);
  if ((!a && !b) || (a === b && left.bits === right.bits)) return;
  c.warn(
    "TB3023",
    span,
    `signed operands for '${operator}' can lead to undefined behavior (cast to unsigned to silence warning)`,
    "tsbt divides signed numbers exactly; bpftrace takes them as unsigned",
  );
}

function combinePointers(
  c: Checker,
  operator: Exclude<BinaryOperator, "&&" | "||">,
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): TypedExpression | undefined {
  if (isComparison(operator)) {
    const scalar = (side: TypedExpression): boolean =>
      side.type.kind === "pointer" || integerOf(side.type) !== undefined || side.type.kind === "bool";
    if (!scalar(left) || !scalar(right)) {
      return c.error(
        "TB3002",
        span,
        `Type mismatch for '${operator}': comparing ${printType(settle(left.type))} with ${printType(settle(right.type))}`,
      );
    }
    warnPointers(c, left.type, right.type, span);
    return {
      kind: "compare",
      operator,
      left: convert(left, uint64),
      right: convert(right, uint64),
      type: boolType,
      span,
    };
  }
  const [pointer, index] = left.type.kind === "pointer" ? [left, right] : [right, left];
  const { type } = pointer;
  if (type.kind !== "pointer" || arithmeticOperand(index.type) === undefined) {
    return refuseOperator(c, operator, left, right, span);
  }
  if (operator === "-" && left.type.kind !== "pointer") return refuseOperator(c, operator, left, right, span);
  if (operator === "+" || operator === "-") {
    const wide = convert(index, int64);
    const by: TypedExpression =
      operator === "+"
        ? wide
        : wide.kind === "constant"
          ? { ...wide, value: -wide.value }
          : { kind: "negate", value: wide, type: int64, span };
    return { kind: "pointer_add", pointer, index: by, type, span };
  }
  // Masks on addresses are common: `ptr & ~0xfff` is a number.
  return arithmetic(c, operator, convert(left, uint64), convert(right, uint64), span);
}
