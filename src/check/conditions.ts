/** Truth, and what is chosen by it. */
import type { Binary, Block, Expression, Ternary } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { promote, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { boolType } from "../types/type.js";
import type { Checker } from "./checker.js";
import { convert, truth } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

/** A bool, from whatever has a truth. */
export function conditionOf(c: Checker, node: Expression): TypedExpression | undefined {
  const value = c.value(node);
  if (value === undefined) return undefined;
  const condition = truth(value);
  if (condition === undefined) {
    return c.error("TB3014", node.span, `Invalid condition: ${printType(settle(value.type))}`);
  }
  if (condition.kind === "constant" && c.isLiteral(value)) c.markLiteral(condition);
  return condition;
}

export function logical(c: Checker, node: Binary, operator: "&&" | "||"): TypedExpression | undefined {
  const left = conditionOf(c, node.left);
  if (left?.kind === "constant" && (left.value !== 0n) === (operator === "||")) return left;
  const right = conditionOf(c, node.right);
  if (left === undefined || right === undefined) return undefined;
  if (left.kind === "constant") return right;
  return { kind: "logical", operator, left, right, type: boolType, span: node.span };
}

export function ternary(c: Checker, node: Ternary): TypedExpression | undefined {
  const condition = conditionOf(c, node.condition);
  const then = c.expression(node.then ?? node.condition);
  const otherwise = c.expression(node.otherwise);
  if (condition?.kind === "constant" && c.isLiteral(condition))
    return condition.value !== 0n ? then : otherwise;
  return choice(c, condition, then, otherwise, node.span);
}

export function choice(
  c: Checker,
  condition: TypedExpression | undefined,
  then: TypedExpression | undefined,
  otherwise: TypedExpression | undefined,
  span: Span,
): TypedExpression | undefined {
  if (condition === undefined || then === undefined || otherwise === undefined) return undefined;
  const type = promote(then.type, otherwise.type);
  if (type === undefined || type.kind === "aggregate") {
    return c.error(
      "TB3002",
      span,
      `Ternary operator must return the same type: have '${printType(settle(then.type))}' and '${printType(settle(otherwise.type))}'`,
    );
  }
  if (type.kind === "void") return { kind: "ternary", condition, then, otherwise, type, span };
  return {
    kind: "ternary",
    condition,
    then: convert(then, type),
    otherwise: convert(otherwise, type),
    type,
    span,
  };
}

export function blockValue(c: Checker, block: Block, span: Span): TypedExpression | undefined {
  return c.inScope(() => {
    const body = c.statements(block);
    if (block.result === undefined) {
      return c.error("TB3025", span, "this block has no value: its last expression ends with a semicolon");
    }
    const result = c.expression(block.result);
    if (result === undefined) return undefined;
    if (body.length === 0) return result;
    return { kind: "block", body, result, type: result.type, span };
  });
}
