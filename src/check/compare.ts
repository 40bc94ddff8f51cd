/** Comparisons. */
import type { Span } from "../base/span.js";
import { comparisonType } from "../lang/operators.js";
import { integerOf, promote, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { type IntType, type Type, boolType } from "../types/type.js";
import type { Checker } from "./checker.js";
import { coerce } from "./coerce.js";
import { convert } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

export function compare(
  c: Checker,
  operator: "==" | "!=" | "<" | "<=" | ">" | ">=",
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): TypedExpression | undefined {
  const make = (a: TypedExpression, b: TypedExpression): TypedExpression => ({
    kind: "compare",
    operator,
    left: a,
    right: b,
    type: boolType,
    span,
  });
  const a = arithmeticOperand(left.type);
  const b = arithmeticOperand(right.type);
  if (a !== undefined && b !== undefined) {
    if (left.type.kind === "bool" && right.type.kind === "bool") return make(left, right);
    const type = comparisonType(a, b);
    return make(coerce(c, left, type), coerce(c, right, type));
  }
  const mismatch = (): undefined =>
    c.error(
      "TB3002",
      span,
      `Type mismatch for '${operator}': comparing ${printType(settle(left.type))} with ${printType(settle(right.type))}`,
    );
  if (left.type.kind === "string" && right.type.kind === "string") {
    if (operator !== "==" && operator !== "!=") return refuseOperator(c, operator, left, right, span);
    return make(left, right);
  }
  warnPointers(c, left.type, right.type, span);
  const common = left.type.kind === right.type.kind ? promote(left.type, right.type) : undefined;
  if (common === undefined) return mismatch();
  if (operator !== "==" && operator !== "!=" && common.kind !== "symbol") {
    return refuseOperator(c, operator, left, right, span);
  }
  return make(convert(left, common), convert(right, common));
}

export function warnPointers(c: Checker, a: Type, b: Type, span: Span): void {
  if (a.kind !== "pointer" || b.kind !== "pointer" || !c.final) return;
  const [left, right] = [printType(a.to), printType(b.to)];
  if (left !== right && a.to.kind !== "void" && b.to.kind !== "void")
    c.warn("TB3023", span, `comparison of distinct pointer types: ${left}, ${right}`);
}

export function refuseOperator(
  c: Checker,
  operator: string,
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): undefined {
  return c.error(
    "TB3002",
    span,
    `The ${operator} operator can not be used on expressions of types ${printType(settle(left.type))}, ${printType(settle(right.type))}`,
  );
}

/** What arithmetic and comparison take as an integer: integers, enums and bools. */
export function arithmeticOperand(type: Type): IntType | undefined {
  if (type.kind === "bool") return { kind: "int", bits: 8, signed: false };
  return integerOf(type);
}
