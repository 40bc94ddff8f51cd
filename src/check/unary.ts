/** Operators with one operand. */
import type { Unary } from "../ast/ast.js";
import { integerOf, settle } from "../types/compat.js";
import { sizeOf } from "../types/layout.js";
import { printType } from "../types/print.js";
import { boolType, int64, uint64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { constant, convert, truth } from "./conversion.js";
import { placeOf } from "./places.js";
import type { TypedExpression } from "./typed-program.js";

export function unary(c: Checker, node: Unary): TypedExpression | undefined {
  const { operator, span } = node;
  if (operator === "++x" || operator === "--x" || operator === "x++" || operator === "x--")
    return step(c, node);
  const value = c.value(node.operand);
  if (value === undefined) return undefined;
  const { type } = value;
  const refuse = (): undefined =>
    c.error(
      "TB3002",
      span,
      `The ${operator} operator can not be used on expressions of type '${printType(settle(type))}'`,
    );
  if (operator === "*") {
    if (type.kind !== "pointer") {
      // An address without a type is read as 64 bits, as `*kaddr("x")` is meant.
      if (integerOf(type) === undefined) return refuse();
      const pointer = convert(value, { kind: "pointer", to: uint64, space: c.probe.space });
      return { kind: "dereference", pointer, type: uint64, span };
    }
    if (type.to.kind === "void")
      return c.error("TB3002", span, "a void * cannot be dereferenced: cast it first");
    return { kind: "dereference", pointer: value, type: type.to, span };
  }
  if (operator === "!") {
    const condition = truth(value);
    if (condition === undefined) return refuse();
    if (condition.kind === "constant") {
      const folded = constant(1n - condition.value, boolType, span);
      return c.isLiteral(value) ? c.markLiteral(folded) : folded;
    }
    return { kind: "not", value: condition, type: boolType, span };
  }
  const integer = integerOf(type);
  if (integer === undefined) return refuse();
  if (operator === "+") return value;
  if (value.kind === "constant" && c.isLiteral(value)) {
    if (operator === "-") return c.literal(-value.value, span);
    // Of what is not negative all 64 bits are turned over: `~0` is the greatest uint64.
    return c.literal(value.value < 0n ? ~value.value : BigInt.asUintN(64, ~value.value), span);
  }
  const wide = integer.signed ? int64 : uint64;
  const kind = operator === "-" ? "negate" : "invert";
  const result: TypedExpression = { kind, value: convert(value, wide), type: wide, span };
  // Of what has no sign only its own bits are turned over: `~(uint8)5` is 250, `-(uint32)5` 4294967291.
  return integer.signed || integer.bits === 64 ? result : convert(convert(result, integer), uint64);
}

function step(c: Checker, node: Unary): TypedExpression | undefined {
  const { operator, span } = node;
  const place = placeOf(c, node.operand);
  if (place === undefined || c.env.isLearning(place.type)) return undefined;
  const down = operator === "--x" || operator === "x--";
  const result = operator.startsWith("x") ? "before" : "after";
  let type = place.type;
  if (type?.kind === "pointer") {
    const step = BigInt(Math.max(1, sizeOf(type.to)));
    return { kind: "step", target: place.target, step: down ? -step : step, result, type, span };
  }
  if (type === undefined && place.target.kind === "local" && !c.final) return undefined;
  const integer = type === undefined ? int64 : integerOf(type);
  if (integer === undefined) {
    return c.error(
      "TB3002",
      span,
      `The ${down ? "--" : "++"} operator can not be used on expressions of type '${printType(settle(type ?? int64))}'`,
    );
  }
  const wide = integer.signed || down ? int64 : uint64;
  // A place declared with a narrower type keeps it.
  if (!place.grow(wide)) type = wide;
  const now = placeOf(c, node.operand)?.type ?? wide;
  return { kind: "step", target: place.target, step: down ? -1n : 1n, result, type: now, span };
}
