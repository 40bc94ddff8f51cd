import type { IToken } from "chevrotain";
import type {
  BinaryCstNode,
  ExpressionCstNode,
  IfElseCstNode,
  MapCstNode,
  NameOrCallCstNode,
  OffsetOfCstNode,
  ParenthesisedCstNode,
  PostfixCstNode,
  PrimaryCstNode,
  SuffixCstNode,
  TypeQueryCstNode,
  UnaryCstNode,
} from "../../grammar/cst.generated.js";
import type {
  BinaryOperator,
  Expression,
  IfExpression,
  MapRef,
  StringLiteral,
  UnaryOperator,
} from "../ast/ast.js";
import { buildBlock, wrapInBlock } from "./build-statements.js";
import { buildType, buildTypeOf, buildTypeOrExpression } from "./build-types.js";
import { type BuildContext, endOf, first, startOf } from "./context.js";
import { type LiteralError, readCharacter, readInteger, readString } from "./literals.js";

/** How tightly each operator binds, as in C; all group to the left. */
export const BINARY_PRECEDENCE = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
} as const satisfies Record<BinaryOperator, number>;

export function buildExpression(context: BuildContext, cst: ExpressionCstNode): Expression {
  const condition = buildBinary(context, first(cst.children.binary));
  const [one, two] = cst.children.expression ?? [];
  if (one === undefined) return condition;
  const place = context.place(cst);
  if (two === undefined) {
    return { kind: "ternary", ...place, condition, otherwise: buildExpression(context, one) };
  }
  const then = buildExpression(context, one);
  return { kind: "ternary", ...place, condition, then, otherwise: buildExpression(context, two) };
}

/** Precedence climbing over the flat list the grammar gives. */
function buildBinary(context: BuildContext, cst: BinaryCstNode): Expression {
  const operands = cst.children.unary;
  const operators = (cst.children.BinaryOperatorToken ?? []).map((token) => token.image as BinaryOperator);
  let at = 0;
  const climb = (minimum: number): Expression => {
    const start = at;
    let left = buildUnary(context, operandAt(operands, at));
    for (;;) {
      const operator = operators[at];
      if (operator === undefined || BINARY_PRECEDENCE[operator] < minimum) return left;
      at++;
      const right = climb(BINARY_PRECEDENCE[operator] + 1);
      const place = context.place(operandAt(operands, start), operandAt(operands, at));
      left = { kind: "binary", ...place, operator, left, right };
    }
  };
  return climb(0);
}

function operandAt(operands: readonly UnaryCstNode[], index: number): UnaryCstNode {
  return first(operands.slice(index, index + 1));
}

function buildUnary(context: BuildContext, cst: UnaryCstNode): Expression {
  const { PrefixOperatorToken, Comptime, type, unary, postfix } = cst.children;
  if (postfix !== undefined) return buildPostfix(context, first(postfix));
  const operand = buildUnary(context, first(unary));
  if (Comptime !== undefined) return { ...operand, comptime: true };
  const place = context.place(cst);
  if (type !== undefined) return { kind: "cast", ...place, type: buildType(context, first(type)), operand };
  const image = first(PrefixOperatorToken).image;
  if (image === "&") return { kind: "address_of", ...place, operand };
  const operator = (image === "++" || image === "--" ? `${image}x` : image) as UnaryOperator;
  return { kind: "unary", ...place, operator, operand };
}

function buildPostfix(context: BuildContext, cst: PostfixCstNode): Expression {
  let expression = buildPrimary(context, first(cst.children.primary));
  for (const suffix of cst.children.suffix ?? []) {
    expression = buildSuffix(context, startOf(cst), expression, suffix);
  }
  return expression;
}

function buildSuffix(
  context: BuildContext,
  start: number,
  object: Expression,
  cst: SuffixCstNode,
): Expression {
  const place = context.placeAt(context.spanAt(start, endOf(cst)));
  const { Word, Integer, Arrow, expression, Increment } = cst.children;
  const word = Word?.[0];
  if (word !== undefined) {
    const nameSpan = context.span(word);
    return { kind: "field", ...place, object, name: word.image, nameSpan, arrow: Arrow !== undefined };
  }
  const integer = Integer?.[0];
  if (integer !== undefined) {
    return { kind: "tuple_access", ...place, object, index: Number(integerValue(context, integer).value) };
  }
  if (expression !== undefined) {
    return { kind: "index", ...place, object, index: buildExpression(context, first(expression)) };
  }
  return { kind: "unary", ...place, operator: Increment === undefined ? "x--" : "x++", operand: object };
}

function buildPrimary(context: BuildContext, cst: PrimaryCstNode): Expression {
  const { children } = cst;
  if (children.nameOrCall !== undefined) return buildNameOrCall(context, first(children.nameOrCall));
  if (children.map !== undefined) return buildMap(context, first(children.map));
  if (children.parenthesised !== undefined) return buildParenthesised(context, first(children.parenthesised));
  if (children.typeQuery !== undefined) return buildTypeQuery(context, first(children.typeQuery));
  if (children.offsetOf !== undefined) return buildOffsetOf(context, first(children.offsetOf));
  if (children.ifElse !== undefined) return buildIfExpression(context, first(children.ifElse));
  const place = context.place(cst);
  if (children.block !== undefined) {
    return { kind: "block_expression", ...place, block: buildBlock(context, first(children.block), "value") };
  }
  const { Integer, StringLiteral, CharLiteral, Variable, Positional, PositionalCount } = children;
  if (Integer !== undefined) {
    const token = first(Integer);
    return { kind: "integer", ...place, text: token.image, ...integerValue(context, token) };
  }
  if (StringLiteral !== undefined) return buildString(context, first(StringLiteral));
  if (Variable !== undefined) return { kind: "variable", ...place, name: first(Variable).image };
  if (Positional !== undefined) {
    return { kind: "positional", ...place, index: positionalIndex(context, first(Positional)) };
  }
  if (PositionalCount !== undefined) return { kind: "positional_count", ...place };
  if (CharLiteral !== undefined) {
    const token = first(CharLiteral);
    const read = readCharacter(token.image);
    if ("error" in read) reportLiteral(context, "TB1012", token, read);
    const value = "error" in read ? 0n : read.value;
    return { kind: "integer", ...place, text: token.image, value, duration: false };
  }
  return { kind: "bool", ...place, value: children.True !== undefined };
}

function reportLiteral(context: BuildContext, code: string, token: IToken, problem: LiteralError): void {
  const start = startOf(token);
  context.log.error(code, context.spanAt(start + problem.start, start + problem.end), problem.error);
}

/** The value of an integer token; complains, and gives zero, when it has none. */
export function integerValue(
  context: BuildContext,
  token: IToken,
): { value: bigint; duration: boolean; suffix?: "u" | "l" | "ul" | "ll" | "ull" } {
  const read = readInteger(token.image);
  if (!("error" in read)) return read;
  reportLiteral(context, "TB1006", token, read);
  return { value: 0n, duration: false };
}

function positionalIndex(context: BuildContext, token: IToken): number {
  const index = Number(token.image.slice(1));
  // bpftrace counts parameters from $1; a shell's $0 has no meaning here.
  if (index < 1 || !Number.isSafeInteger(index)) {
    context.log.error(
      "TB1013",
      context.span(token),
      `there is no parameter ${token.image}: they count from $1`,
    );
  }
  return index;
}

export function buildString(context: BuildContext, token: IToken): StringLiteral {
  const raw = token.image.slice(1, -1);
  const read = readString(raw);
  if ("error" in read) {
    reportLiteral(context, "TB1007", token, { ...read, start: read.start + 1, end: read.end + 1 });
  }
  return { kind: "string", ...context.place(token), value: "error" in read ? "" : read.value, raw };
}

function buildMap(context: BuildContext, cst: MapCstNode): MapRef {
  const name = first(cst.children.MapName).image;
  const keys = cst.children.expression?.map((key) => buildExpression(context, key));
  return { kind: "map", ...context.place(cst), name, keys };
}

function buildNameOrCall(context: BuildContext, cst: NameOrCallCstNode): Expression {
  const name = first(cst.children.Identifier);
  const place = context.place(cst);
  if (cst.children.LParen === undefined) return { kind: "identifier", ...place, name: name.image };
  const args = (cst.children.argument ?? []).map(({ children: { typeOf, expression } }) =>
    typeOf === undefined ? buildExpression(context, first(expression)) : buildTypeOf(context, first(typeOf)),
  );
  return { kind: "call", ...place, name: name.image, nameSpan: context.span(name), args };
}

function buildParenthesised(context: BuildContext, cst: ParenthesisedCstNode): Expression {
  const { recordField, elements: list } = cst.children;
  const place = context.place(cst);
  if (recordField !== undefined) {
    const seen = new Set<string>();
    const fields = recordField.map((field) => {
      const name = first(field.children.Word);
      if (seen.has(name.image)) {
        context.log.error("TB1014", context.span(name), `the record already has a field '${name.image}'`);
      }
      seen.add(name.image);
      const value = buildExpression(context, first(field.children.expression));
      return { name: name.image, value, span: context.span(field) };
    });
    return { kind: "record", ...place, fields };
  }
  const { expression = [], Comma } = list?.[0]?.children ?? {};
  const elements = expression.map((element) => buildExpression(context, element));
  const [only] = elements;
  if (only !== undefined && Comma === undefined) return only;
  return { kind: "tuple", ...place, elements };
}

function buildTypeQuery(context: BuildContext, cst: TypeQueryCstNode): Expression {
  const operand = buildTypeOrExpression(context, first(cst.children.typeOrExpression));
  return { kind: cst.children.SizeOf === undefined ? "typeinfo" : "sizeof", ...context.place(cst), operand };
}

function buildOffsetOf(context: BuildContext, cst: OffsetOfCstNode): Expression {
  const of = buildTypeOrExpression(context, first(cst.children.typeOrExpression));
  return { kind: "offsetof", ...context.place(cst), of, path: cst.children.Word.map((word) => word.image) };
}

/** `if` where a value is wanted: it must have one on either way. */
export function buildIfExpression(context: BuildContext, cst: IfElseCstNode): IfExpression {
  const { Comptime, expression, block, ifElse } = cst.children;
  const [thenBlock, elseBlock] = block;
  const place = context.place(cst);
  const condition = buildExpression(context, first(expression));
  const then = buildBlock(context, first(thenBlock && [thenBlock]), "value");
  const next = ifElse?.[0];
  let otherwise = then;
  if (next !== undefined) {
    const inner = buildIfExpression(context, next);
    otherwise = wrapInBlock(context, next, [], inner);
  } else if (elseBlock !== undefined) otherwise = buildBlock(context, elseBlock, "value");
  else {
    const message = "an `if` used as a value needs an `else`";
    context.log.error("TB1001", context.span(cst), message, "write `if c { a } else { b }`, or `c ? a : b`.");
  }
  return { kind: "if_expression", ...place, comptime: Comptime !== undefined, condition, then, otherwise };
}
