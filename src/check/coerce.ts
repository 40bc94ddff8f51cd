/** Conversions that nobody wrote: a value meets a variable, a map or an operand of another type. */
import { integerOf, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import type { IntType, Type } from "../types/type.js";
import type { Checker } from "./checker.js";
import { convert } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

/**
 * The value in the wanted type, as `convert` makes it; warns where numbers of the one do not exist in the other, in
 * tuples and records too. Literals were looked at before, and what aggregates is read as whatever is wanted.
 */
export function coerce(c: Checker, value: TypedExpression, wanted: Type): TypedExpression {
  warnOfCast(c, value, wanted);
  return convert(value, wanted);
}

/** The warning alone: where bpftrace casts, and we have no need to. */
export function warnOfCast(c: Checker, value: TypedExpression, wanted: Type): void {
  if (c.final && !c.asking) warnOfLoss(c, value, value.type, wanted);
}

function warnOfLoss(c: Checker, value: TypedExpression, from: Type, to: Type): void {
  const own = integerOf(from);
  const other = integerOf(to);
  if (own !== undefined && other !== undefined) {
    if (fits(own, other) || c.isLiteral(value) || isName(value) || isAggregate(c, value)) return;
    c.warn(
      "TB3023",
      value.span,
      `Expression of type: ${printType(settle(from))} being cast to type: ${printType(settle(to))}. This may cause unexpected results. Use an explicit cast to suppress this warning.`,
    );
  } else if (from.kind === "tuple" && to.kind === "tuple") {
    for (const [index, element] of from.elements.entries())
      warnOfLoss(c, elementOf(value, index), element, to.elements[index] ?? element);
  } else if (from.kind === "record" && to.kind === "record") {
    for (const [index, { name, type }] of from.fields.entries()) {
      const field = to.fields.find((each) => each.name === name);
      warnOfLoss(c, elementOf(value, index), type, field?.type ?? type);
    }
  }
}

/** An element as it was written, else the whole it is of: for its place. */
function elementOf(value: TypedExpression, index: number): TypedExpression {
  return (value.kind === "tuple" ? value.elements[index] : undefined) ?? value;
}

/** A number without a sign needs a bit more in a type with one. */
function fits(from: IntType, to: IntType): boolean {
  if (from.signed === to.signed || from.flexible === true) return from.bits <= to.bits;
  return !from.signed && from.bits < to.bits;
}

/** `TCP_CLOSE` says what it is worth. */
function isName(value: TypedExpression): boolean {
  return value.kind === "constant" && value.type.kind === "enum";
}

/** A map of `count()`, `sum()` and their like, read as a number. */
export function isAggregate(c: Checker, value: TypedExpression): boolean {
  if (value.kind !== "map") return false;
  return [...c.env.maps.values()].some((map) => map.id === value.map && map.value?.kind === "aggregate");
}
