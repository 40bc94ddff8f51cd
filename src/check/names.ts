/** Bare names: constants, positional parameters, variables. */
import type { Identifier } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { builtinNames, findBuiltin } from "../lang/index.js";
import { builtin } from "./calls.js";
import { type Checker, shown, type Variable } from "./checker.js";
import { constant, stringConstant } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

export function identifier(c: Checker, node: Identifier): TypedExpression | undefined {
  const { name, span } = node;
  const define = c.program.definitions.define(name);
  if (typeof define === "string") return stringConstant(define, span);
  if (define !== undefined) return c.literal(define, span);
  const entry = findBuiltin(name);
  if (entry !== undefined) {
    return builtin(c, entry, [], span, false, name);
  }
  const enumerator = c.program.definitions.enumerator(name);
  if (enumerator !== undefined) return constant(enumerator.value, enumerator.type, span);
  const hint = didYouMean(name, [...builtinNames(), ...c.program.definitions.constantNames()]);
  return c.error("TB2001", span, `Unknown identifier: '${name}'`, hint);
}

/** `$1` as a number if it looks like one, else as text; 0 when missing or empty. */
export function positional(c: Checker, index: number, span: Span): TypedExpression | undefined {
  const text = c.program.options.params[index - 1] ?? "";
  if (text === "") {
    if (c.final) c.warn("TB3020", span, `Positional parameter $${index} is empty or not provided.`);
    return c.literal(0n, span);
  }
  const number = positionalNumber(text);
  return number === undefined ? stringConstant(text, span) : c.literal(number, span);
}

export function variable(c: Checker, name: string, span: Span): TypedExpression | undefined {
  const found = c.lookUp(name);
  if (found === undefined) {
    const names = c.scopes.flatMap((scope) => [...scope.keys()]);
    return c.error(
      "TB2003",
      span,
      `Undefined or undeclared variable: ${shown(name)}`,
      didYouMean(name, names),
    );
  }
  const { type } = found.state;
  if (type === undefined) {
    return c.final && found.state.poisoned !== true
      ? c.error("TB2003", span, `Could not resolve the type of variable ${shown(name)}`, "assign it a value")
      : undefined;
  }
  if (c.env.isLearning(type)) return undefined;
  warnUnset(c, found, span);
  return { kind: "local", local: found.id, type, span };
}

export function warnUnset(c: Checker, variable: Variable, span: Span): void {
  if (variable.empty !== undefined && c.final && !c.asking)
    c.warn("TB2015", span, `Variable used before it was assigned: ${shown(variable.name)}`);
}

/** A number as the command line writes it: decimal, hex, octal, with a sign; undefined: text. */
function positionalNumber(text: string): bigint | undefined {
  const match = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "0";
  const value = /^0\d+$/.test(digits) && /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : BigInt(digits);
  return match[1] === "-" ? -value : value;
}
