/** Truth, and what is chosen by it. */
import type { Binary, Block, Expression, IfExpression, Ternary } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { promote, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { boolType } from "../types/type.js";
import type { Checker } from "./checker.js";
import { coerce } from "./coerce.js";
import { convert, truth } from "./conversion.js";
import { comptimeCondition, isComptime } from "./introspection.js";
import type { TypedExpression, TypedStatement } from "./typed-program.js";

/** A bool, from whatever has a truth. */
export function conditionOf(c: Checker, node: Expression): TypedExpression | undefined {
  const value = c.value(node, (type) => `Invalid condition: ${type}`);
  return value === undefined ? undefined : truthOf(c, node, value);
}

function truthOf(c: Checker, node: Expression, value: TypedExpression): TypedExpression | undefined {
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
  if (node.then === undefined) return withDefault(c, node);
  const condition = conditionOf(c, node.condition);
  const then = c.expression(node.then);
  const otherwise = c.expression(node.otherwise);
  if (condition?.kind !== "constant" || !c.isLiteral(condition))
    return choice(c, condition, then, otherwise, node.span);
  const taken = condition.value !== 0n ? then : otherwise;
  if (then === undefined || otherwise === undefined || (c.isLiteral(then) && c.isLiteral(otherwise)))
    return taken;
  // It is of the type that holds both all the same, if there is one.
  const type = promote(then.type, otherwise.type);
  const hasNone = type === undefined || type.kind === "void" || type.kind === "aggregate";
  return taken === undefined || hasNone ? taken : coerce(c, taken, type);
}

function choice(
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
      `Branches must return the same type or compatible types: have '${printType(settle(then.type))}' and '${printType(settle(otherwise.type))}'`,
    );
  }
  if (type.kind === "void") return { kind: "ternary", condition, then, otherwise, type, span };
  return {
    kind: "ternary",
    condition,
    then: coerce(c, then, type),
    otherwise: coerce(c, otherwise, type),
    type,
    span,
  };
}

/** `c ?: b`: what was looked at is the value too, but it is worked out once. */
function withDefault(c: Checker, node: Ternary): TypedExpression | undefined {
  const { span } = node;
  const value = c.value(node.condition);
  const otherwise = c.expression(node.otherwise);
  if (value === undefined) return undefined;
  if (c.isLiteral(value)) return choice(c, truthOf(c, node.condition, value), value, otherwise, span);
  const local = c.declare(`$?${node.id}`, node.id);
  c.env.growVariable(local.state, value.type);
  const type = settle(local.state.type ?? value.type);
  const kept: TypedExpression = { kind: "local", local: local.id, type, span: value.span };
  const result = choice(c, truthOf(c, node.condition, kept), kept, otherwise, span);
  if (result === undefined) return undefined;
  const set: TypedStatement = { kind: "set_local", local: local.id, value: convert(value, type), span };
  return { kind: "block", body: [set], result, type: result.type, span };
}

export function ifExpression(c: Checker, node: IfExpression): TypedExpression | undefined {
  if (isComptime(node)) {
    const holds = comptimeCondition(c, node);
    return holds === undefined ? undefined : blockValue(c, holds ? node.then : node.otherwise, node.span);
  }
  const condition = conditionOf(c, node.condition);
  if (condition?.kind === "constant" && c.isLiteral(condition))
    return blockValue(c, condition.value !== 0n ? node.then : node.otherwise, node.span);
  const then = blockValue(c, node.then, node.span);
  const otherwise = blockValue(c, node.otherwise, node.span);
  return choice(c, condition, then, otherwise, node.span);
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
