/** Statements: blocks and control flow. */
import { comptimeCondition, isComptime } from "./introspection.js";
import type { Block, Expression, If, Statement, Ternary } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { integerOf, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import { int64 } from "../types/type.js";
import { assignment } from "./assignments.js";
import { call } from "./calls.js";
import type { Checker } from "./checker.js";
import { conditionOf } from "./conditions.js";
import { convert } from "./conversion.js";
import { forLoop, unroll, whileLoop } from "./loops.js";
import type { TypedExpression, TypedStatement } from "./typed-program.js";
import { declaration } from "./variables.js";

/** A block with a scope of its own: the body of a probe, of a loop, of a branch. */
export function nested(c: Checker, block: Block): TypedStatement[] {
  return valued(c, block);
}

/** `wasted`: where it stands that nobody takes the block's value. */
function valued(c: Checker, block: Block, wasted?: Span): TypedStatement[] {
  return c.inScope(() => {
    const body = c.statements(block);
    if (block.result !== undefined) body.push(...discarded(c, block.result, false, wasted));
    return body;
  });
}

export function statements(c: Checker, block: Block): TypedStatement[] {
  const last = block.statements.findIndex(endsBlock);
  const beyond = last < 0 ? undefined : (block.statements[last + 1] ?? block.result);
  if (beyond !== undefined && c.final) c.warn("TB3028", beyond.span, "Unreachable statement.");
  return block.statements.flatMap((each) => statement(c, each));
}

/** Nothing behind it in its block runs. */
function endsBlock(node: Statement): boolean {
  if (node.kind === "jump") return true;
  const called = node.kind === "expression_statement" ? node.expression : undefined;
  return called?.kind === "call" && called.name === "exit";
}

function statement(c: Checker, node: Statement): TypedStatement[] {
  const { span } = node;
  switch (node.kind) {
    case "expression_statement":
      return discarded(c, node.expression, node.discard === true);
    case "assignment":
      return assignment(c, node);
    case "let":
      return declaration(c, node);
    case "if":
      return conditional(c, node);
    case "while":
      return whileLoop(c, node);
    case "unroll":
      return unroll(c, node);
    case "for":
      return forLoop(c, node);
    case "jump":
      return jump(c, node);
    case "block_statement":
      return [{ kind: "block", body: valued(c, node.block, c.tail.has(node) ? undefined : span), span }];
  }
}

/**
 * An expression as a statement; `meant`: written `_ = …`, so that its value counts as used. `blockAt`: it is the value
 * of a block there.
 */
function discarded(
  c: Checker,
  node: Extract<Statement, { kind: "expression_statement" }>["expression"],
  meant = false,
  blockAt?: Span,
): TypedStatement[] {
  const { span } = node;
  if (!meant && c.tail.has(node)) {
    if (node.kind === "ternary" && node.then !== undefined) return choice(c, node, node.then);
    if (node.kind === "block_expression") return [{ kind: "block", body: valued(c, node.block), span }];
  }
  if (node.kind === "block_expression" && node.block.result === undefined) {
    return [{ kind: "block", body: c.within(node, () => nested(c, node.block)), span }];
  }
  if (node.kind === "if_expression") {
    const { condition, comptime, then, otherwise } = node;
    return conditional(c, { kind: "if", id: node.id, span, comptime, condition, then, otherwise });
  }
  const value = node.kind === "call" ? call(c, node, !meant) : c.expression(node);
  if (value === undefined) return [];
  // What was decided when compiling leaves nothing to run.
  if (value.kind === "constant" && value.type.kind === "void") return [];
  if (value.kind === "ternary" && value.type.kind === "void") {
    const branch = (part: TypedExpression): TypedStatement[] => [
      { kind: "expression", value: part, span: part.span },
    ];
    const { condition, then, otherwise } = value;
    return [{ kind: "if", condition, then: branch(then), otherwise: branch(otherwise), span }];
  }
  const at = blockAt ?? (node.kind === "block_expression" ? span : undefined);
  if (!meant && c.final && (at === undefined ? isWasted(value) : value.type.kind !== "void"))
    c.warn("TB3022", at ?? span, "Return value discarded.", "write `_ = …` to say that it is meant");
  return [{ kind: "expression", value, span }];
}

/** What a probe ends with: of two branches, neither has to give what the other does. */
function choice(c: Checker, node: Ternary, first: Expression): TypedStatement[] {
  const condition = conditionOf(c, node.condition);
  const then = discarded(c, first);
  const otherwise = discarded(c, node.otherwise);
  if (condition === undefined) return [];
  if (condition.kind === "constant") return condition.value !== 0n ? then : otherwise;
  return [{ kind: "if", condition, then, otherwise, span: node.span }];
}

/** Was it worked out for its value? Whatever else a call does: `delete()` says whether there was such a key. */
function isWasted(value: TypedExpression): boolean {
  return value.kind !== "step" && value.kind !== "update" && value.type.kind !== "void";
}

function conditional(c: Checker, node: If): TypedStatement[] {
  const { span } = node;
  if (isComptime(node)) {
    const holds = comptimeCondition(c, node);
    return holds === undefined ? [] : taken(c, node, holds);
  }
  const condition = conditionOf(c, node.condition);
  if (condition?.kind === "constant") {
    const holds = condition.value !== 0n;
    // What a question to the target closes need not exist; what a plain `0` closes must be right all the same, and
    // tells the types of variables.
    const closed = holds ? node.otherwise : node.then;
    if (isWritten(node.condition) && closed !== undefined) c.nested(closed);
    return taken(c, node, holds);
  }
  const then = c.nested(node.then);
  const otherwise = node.otherwise === undefined ? [] : c.nested(node.otherwise);
  return condition === undefined ? [] : [{ kind: "if", condition, then, otherwise, span }];
}

/** A constant that stands there as such. */
function isWritten(node: Expression): boolean {
  return node.kind === "bool" || node.kind === "integer";
}

/** The one branch of an `if` that is decided when compiling. */
function taken(c: Checker, node: If, holds: boolean): TypedStatement[] {
  const branch = holds ? node.then : node.otherwise;
  return branch === undefined ? [] : [{ kind: "block", body: c.nested(branch), span: node.span }];
}

function jump(c: Checker, node: Extract<Statement, { kind: "jump" }>): TypedStatement[] {
  const { span } = node;
  if (node.jump !== "return") {
    if (!c.inLoop) {
      c.error("TB3015", span, `${node.jump} must be inside a loop`);
      return [];
    }
    return [{ kind: node.jump, span }];
  }
  if (node.value === undefined) return [{ kind: "return", value: undefined, span }];
  const value = c.value(node.value);
  if (value === undefined) return [];
  if (integerOf(value.type) === undefined && value.type.kind !== "bool") {
    c.error(
      "TB3015",
      span,
      `Probe return values can only be integers. Found ${printType(settle(value.type))}`,
    );
    return [];
  }
  return [{ kind: "return", value: convert(value, int64), span }];
}
