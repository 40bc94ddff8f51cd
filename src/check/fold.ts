/** Operators on literals: the value is known when compiling. */
import type { BinaryOperator } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { foldArithmetic, foldComparison, isComparison } from "../lang/operators.js";
import { type Type, boolType } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

type Operator = Exclude<BinaryOperator, "&&" | "||">;
type Constant = Extract<TypedExpression, { kind: "constant" }>;
type Text = Extract<TypedExpression, { kind: "string" }>;

/** `failed`: an error was reported. Undefined: nothing to fold here. */
export function foldLiterals(
  c: Checker,
  operator: Operator,
  left: TypedExpression,
  right: TypedExpression,
  span: Span,
): TypedExpression | "failed" | undefined {
  if (!c.isLiteral(left) && left.kind !== "tuple") return undefined;
  if (left.kind === "constant" && right.kind === "constant" && c.isLiteral(right))
    // What only the loader knows is worked out when the program runs.
    return left.layout !== undefined || right.layout !== undefined
      ? undefined
      : foldNumbers(c, operator, left, right, span);
  if (left.kind === "string" && right.kind === "string") return foldTexts(c, operator, left, right, span);
  if (operator === "+" && c.isLiteral(right)) {
    if (left.kind === "string" && right.kind === "constant") return foldTail(c, left, right.value, span);
    if (left.kind === "constant" && right.kind === "string") return foldTail(c, right, left.value, span);
  }
  if (left.kind === "tuple" && right.kind === "tuple" && (operator === "==" || operator === "!=")) {
    const equal = equalLiterals(c, left, right);
    return equal === undefined ? undefined : bool(c, equal === (operator === "=="), span);
  }
  return undefined;
}

function bool(c: Checker, value: boolean, span: Span): TypedExpression {
  return c.markLiteral(constant(value ? 1n : 0n, boolType, span));
}

function foldNumbers(
  c: Checker,
  operator: Operator,
  left: Constant,
  right: Constant,
  span: Span,
): TypedExpression | "failed" | undefined {
  if (isComparison(operator)) return bool(c, foldComparison(operator, left.value, right.value), span);
  // A bool and a number are worked out in 64 bits, as if neither were known.
  if ((left.type.kind === "bool") !== (right.type.kind === "bool")) return undefined;
  const folded = foldArithmetic(operator, left.value, right.value);
  if (typeof folded === "bigint") {
    // Bools stay bools, whatever is done to them.
    if (left.type.kind === "bool" && right.type.kind === "bool") return bool(c, folded !== 0n, span);
    return c.literal(folded, span) ?? "failed";
  }
  const message = folded === "division" ? "unable to fold: division by zero" : OVERFLOW;
  c.error("TB3002", span, message);
  return "failed";
}

const OVERFLOW = "unable to fold literals due to overflow or underflow";

function foldTexts(
  c: Checker,
  operator: Operator,
  left: Text,
  right: Text,
  span: Span,
): TypedExpression | undefined {
  if (operator === "+") return text(new Uint8Array([...left.bytes, ...right.bytes]), span);
  return isComparison(operator)
    ? bool(c, foldComparison(operator, plain(left), plain(right)), span)
    : undefined;
}

function plain({ bytes }: Text): string {
  return String.fromCharCode(...bytes);
}

function text(bytes: Uint8Array, span: Span): TypedExpression {
  return { kind: "string", bytes, type: { kind: "string", size: bytes.length + 1 }, span };
}

/** `"hello" + 3`: from its fourth character on, as a pointer into it would give. */
function foldTail(c: Checker, left: Text, from: bigint, span: Span): TypedExpression | "failed" {
  if (from < 0n) {
    c.error("TB3002", span, "illegal literal operation with strings");
    return "failed";
  }
  if (from >= BigInt(left.bytes.length)) {
    c.warn("TB3023", span, "literal string will always be empty");
    return text(new Uint8Array(), span);
  }
  return text(left.bytes.subarray(Number(from)), span);
}

/** Tells records with other names, or in another order, apart. */
function names(type: Type): string | undefined {
  return type.kind === "record" ? type.fields.map(({ name }) => name).join() : undefined;
}

/** Undefined: not all of both is literal, and what is does not tell. */
function equalLiterals(c: Checker, left: TypedExpression, right: TypedExpression): boolean | undefined {
  if (left.kind === "tuple" && right.kind === "tuple") {
    if (names(left.type) !== names(right.type)) return undefined;
    if (left.elements.length !== right.elements.length) return false;
    const equal = left.elements.map((element, index) => {
      const other = right.elements[index];
      return other === undefined ? undefined : equalLiterals(c, element, other);
    });
    return equal.includes(undefined) ? undefined : !equal.includes(false);
  }
  if (!c.isLiteral(left) || !c.isLiteral(right)) return undefined;
  if (left.kind === "string" && right.kind === "string") return plain(left) === plain(right);
  if (left.kind !== "constant" || right.kind !== "constant") return false;
  return left.type.kind === right.type.kind && left.value === right.value;
}
