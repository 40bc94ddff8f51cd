import type {
  BlockCstNode,
  ForCstNode,
  IfElseCstNode,
  JumpCstNode,
  LetCstNode,
  SimpleCstNode,
  StatementCstNode,
  StatementsCstNode,
} from "../../grammar/cst.generated.js";
import type {
  BinaryOperator,
  Block,
  Expression,
  For,
  If,
  Jump,
  Statement,
  VariableDeclaration,
} from "../ast/ast.js";
import { buildExpression, buildIfExpression, buildString } from "./build-expressions.js";
import { buildType } from "./build-types.js";
import { type BuildContext, type Covering, endOf, first } from "./context.js";

/** Whether a block's last expression without `;` is its value, or just one more statement. */
export type BlockUse = "value" | "statements";

export function buildBlock(context: BuildContext, cst: BlockCstNode, use: BlockUse): Block {
  return {
    kind: "block",
    ...context.place(cst),
    ...buildStatements(context, first(cst.children.statements), use),
  };
}

/** A block the user did not write: the `if` of an `else if`. */
export function wrapInBlock(
  context: BuildContext,
  around: Covering,
  statements: readonly Statement[],
  result?: Expression,
): Block {
  const block: Block = { kind: "block", ...context.place(around), statements };
  return result === undefined ? block : { ...block, result };
}

export function buildStatements(
  context: BuildContext,
  cst: StatementsCstNode,
  use: BlockUse,
): { readonly statements: readonly Statement[]; readonly result?: Expression } {
  const list = cst.children.statement ?? [];
  const statements: Statement[] = [];
  for (const [index, statement] of list.entries()) {
    const last = index === list.length - 1;
    if (last && use === "value" && statementHasValue(statement)) {
      return { statements, result: buildResult(context, statement) };
    }
    if (!last) requireSemicolon(context, statement);
    const built = buildStatement(context, statement);
    if (built !== undefined) statements.push(built);
  }
  return { statements };
}

function requireSemicolon(context: BuildContext, { children }: StatementCstNode): void {
  const part = children.simple?.[0] ?? children.let?.[0] ?? children.jump?.[0];
  if (part === undefined || part.children.Semicolon !== undefined) return;
  const end = endOf(part);
  context.log.error("TB1008", context.spanAt(end, end + 1), "expected `;` after the statement");
}

// --------------------------------------------------------------------------------------------- values of blocks

/** Whether the statement, standing last, gives its block a value. Asked of the CST, before ids are spent. */
function statementHasValue({ children: { simple, ifElse, block } }: StatementCstNode): boolean {
  const expression = simple?.[0]?.children;
  if (expression !== undefined) {
    return expression.AssignmentOperatorToken === undefined && expression.Semicolon === undefined;
  }
  if (ifElse !== undefined) return ifHasValue(first(ifElse));
  return block !== undefined && blockHasValue(first(block));
}

function blockHasValue(block: BlockCstNode): boolean {
  const list = first(block.children.statements).children.statement ?? [];
  const last = list[list.length - 1];
  return last !== undefined && statementHasValue(last);
}

function ifHasValue({ children: { block, ifElse } }: IfElseCstNode): boolean {
  const next = ifElse?.[0];
  const blocks = next === undefined ? 2 : 1;
  return block.length === blocks && block.every(blockHasValue) && (next === undefined || ifHasValue(next));
}

function buildResult(context: BuildContext, { children }: StatementCstNode): Expression {
  const { simple, ifElse, block } = children;
  if (simple !== undefined) return buildExpression(context, first(first(simple).children.expression));
  if (ifElse !== undefined) return buildIfExpression(context, first(ifElse));
  const cst = first(block);
  return { kind: "block_expression", ...context.place(cst), block: buildBlock(context, cst, "value") };
}

// ------------------------------------------------------------------------------------------- single statements

function buildStatement(context: BuildContext, cst: StatementCstNode): Statement | undefined {
  const { children } = cst;
  if (children.simple !== undefined) return buildSimple(context, first(children.simple));
  if (children.ifElse !== undefined) return buildIf(context, first(children.ifElse));
  if (children.let !== undefined) return buildLet(context, first(children.let));
  if (children.jump !== undefined) return buildJump(context, first(children.jump));
  if (children.for !== undefined) return buildFor(context, first(children.for));
  const place = context.place(cst);
  if (children.loop !== undefined) {
    const { While, expression, block } = first(children.loop).children;
    const condition = buildExpression(context, first(expression));
    const body = buildBlock(context, first(block), "statements");
    return While === undefined
      ? { kind: "unroll", ...place, count: condition, body }
      : { kind: "while", ...place, condition, body };
  }
  if (children.block !== undefined) {
    return {
      kind: "block_statement",
      ...place,
      block: buildBlock(context, first(children.block), "value"),
    };
  }
  if (children.importStatement !== undefined) {
    const path = buildString(context, first(first(children.importStatement).children.StringLiteral));
    context.blockImports.push({ kind: "import", ...place, path: path.value });
  }
  return undefined; // a lone `;`, or an import, which belongs to the script
}

function buildSimple(context: BuildContext, cst: SimpleCstNode): Statement {
  const [one, two] = cst.children.expression;
  const begin = first(one && [one]);
  const target = buildExpression(context, begin);
  // As bpftrace has it: the `;` is part of an expression's statement, and of no assignment.
  const place =
    two === undefined && !isStep(target) ? context.place(cst) : context.place(begin, two ?? begin);
  if (two === undefined) return { kind: "expression_statement", ...place, expression: target };
  const image = first(cst.children.AssignmentOperatorToken).image;
  const value = buildExpression(context, two);
  if (image === "=" && target.kind === "identifier" && target.name === "_") {
    return { kind: "expression_statement", ...place, expression: value, discard: true };
  }
  const operator = image === "=" ? undefined : (image.slice(0, -1) as BinaryOperator);
  return { kind: "assignment", ...place, target, operator, value };
}

function isStep(target: Expression): boolean {
  return target.kind === "unary" && (target.operator === "x++" || target.operator === "x--");
}

function buildLet(context: BuildContext, cst: LetCstNode): VariableDeclaration {
  const { Variable, type, expression } = cst.children;
  return {
    kind: "let",
    ...context.place(cst),
    name: first(Variable).image,
    type: type && buildType(context, first(type)),
    value: expression && buildExpression(context, first(expression)),
  };
}

function buildJump(context: BuildContext, cst: JumpCstNode): Jump {
  const { Break, Continue, expression } = cst.children;
  const jump = Break ? "break" : Continue ? "continue" : "return";
  const place = context.place(cst);
  if (expression === undefined) return { kind: "jump", ...place, jump };
  return { kind: "jump", ...place, jump, value: buildExpression(context, first(expression)) };
}

function buildIf(context: BuildContext, cst: IfElseCstNode): If {
  const { Comptime, expression, block, ifElse } = cst.children;
  const [thenBlock, elseBlock] = block;
  const head = {
    kind: "if",
    ...context.place(cst),
    comptime: Comptime !== undefined,
    condition: buildExpression(context, first(expression)),
    then: buildBlock(context, first(thenBlock && [thenBlock]), "statements"),
  } as const;
  const next = ifElse?.[0];
  if (next !== undefined) {
    return { ...head, otherwise: wrapInBlock(context, next, [buildIf(context, next)]) };
  }
  return elseBlock === undefined
    ? head
    : { ...head, otherwise: buildBlock(context, elseBlock, "statements") };
}

function buildFor(context: BuildContext, cst: ForCstNode): For {
  const head = first(cst.children.forHead);
  const { Variable, expression } = head.children;
  const [from, to] = expression;
  const name = first(Variable);
  const place = context.place(cst);
  const variable = { kind: "variable", ...context.place(name), name: name.image } as const;
  const start = first(from && [from]);
  const begin = buildExpression(context, start);
  const over =
    to === undefined
      ? begin
      : ({
          kind: "range",
          ...context.place(start, to),
          from: begin,
          to: buildExpression(context, to),
        } as const);
  return {
    kind: "for",
    ...place,
    variable,
    over,
    body: buildBlock(context, first(cst.children.block), "statements"),
  };
}
