/** Casts. */
import { int64, boolType } from "../types/type.js";
import { constant } from "./conversion.js";
import type { Cast } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { equalTypes, promote, settle } from "../types/compat.js";
import { sizeOf } from "../types/layout.js";
import { printType } from "../types/print.js";
import { type Type, intType, uint64 } from "../types/type.js";
import { spaceOf } from "./address-spaces.js";
import type { Checker } from "./checker.js";
import { isAggregate } from "./coerce.js";
import { arithmeticOperand } from "./compare.js";
import { convert } from "./conversion.js";
import { typeName } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";

export function cast(c: Checker, node: Cast): TypedExpression | undefined {
  const value = c.value(node.operand, (from) => {
    const wanted = typeName(c, node.type, undefined, undefined);
    return `Cannot cast from "${from}" to "${wanted === undefined ? "?" : printType(wanted)}"`;
  });
  if (value === undefined) return undefined;
  const ours = isText(value.type) && !hasAddress(value);
  const type = typeName(c, node.type, ours ? "kernel" : spaceOf(c, value), value);
  if (type === undefined) return undefined;
  if (ours && type.kind === "pointer") return addressOfText(c, value, type, node);
  // What aggregates is no number yet.
  if (c.final && !c.asking && equalTypes(value.type, type) && !isAggregate(c, value))
    c.warn("TB3010", node.span, `Unnecessary cast: expression is already of type ${printType(settle(type))}`);
  return castTo(c, widened(c, value, type), type, node.span);
}

/** A literal that is cast to an array fills it. */
function widened(c: Checker, value: TypedExpression, type: Type): TypedExpression {
  if (type.kind !== "array" || value.kind !== "constant" || !c.isLiteral(value)) return value;
  const bits = [8, 16, 32, 64].find((each) => each === sizeOf(type) * 8);
  return bits === 8 || bits === 16 || bits === 32 || bits === 64
    ? convert(value, intType(bits, true))
    : value;
}

function castTo(c: Checker, value: TypedExpression, type: Type, span: Span): TypedExpression | undefined {
  const from = value.type;
  const refuse = (): undefined =>
    c.error("TB3010", span, `Cannot cast from "${printType(settle(from))}" to "${printType(settle(type))}"`);
  const at = { ...value, span };
  if (type.kind === "enum" && value.kind === "constant" && c.isLiteral(value)) {
    const known = [...type.values.values()];
    if (!known.includes(value.value))
      return c.error("TB3010", span, `Enum: ${type.name} doesn't contain a variant value of ${value.value}`);
  }
  const scalar = arithmeticOperand(from) !== undefined || from.kind === "pointer" || from.kind === "symbol";
  switch (type.kind) {
    case "int":
    case "enum":
    case "bool":
    case "pointer":
      if (scalar) return convert(from.kind === "symbol" ? convert(at, uint64) : asAddress(at, type), type);
      if (from.kind === "string" && type.kind === "bool") return hasText(at, span);
      if (type.kind === "pointer" && (from.kind === "array" || from.kind === "string"))
        return hasAddress(value) ? convert(at, type) : refuse();
      if (from.kind === "array" && sizeOf(from) === sizeOf(type)) return convert(at, type);
      return refuse();
    case "array": {
      const integerArray = arithmeticOperand(type.element) !== undefined;
      const fits = sizeOf(from) <= sizeOf(type) && (sizeOf(from) === sizeOf(type) || from.kind === "string");
      if (!integerArray || (!scalar && from.kind !== "array" && from.kind !== "string") || !fits)
        return refuse();
      return convert(at, type);
    }
    case "username":
      return scalar && from.kind !== "pointer" ? convert(convert(at, uint64), type) : refuse();
    case "string":
      return from.kind === "string" || (from.kind === "array" && sizeOf(from.element) === 1)
        ? convert(at, type)
        : refuse();
    case "struct":
      return c.error(
        "TB3010",
        span,
        `Cannot cast to "${printType(type)}"`,
        `cast to a pointer: (${printType(type)} *)`,
      );
    default:
      return equalTypes(from, type) ? at : promote(type, from) === undefined ? refuse() : convert(at, type);
  }
}

/** A number that becomes a pointer is filled up with zeroes, whatever its sign: `(uint8 *)-1` is 0xff, as in bpftrace. */
function asAddress(value: TypedExpression, type: Type): TypedExpression {
  const { type: from } = value;
  return type.kind === "pointer" && from.kind === "int" && from.signed && from.bits < 64
    ? convert(value, intType(from.bits, false))
    : value;
}

/** Does it lie in memory that is not ours, so that it has an address? `(struct tcp_skb_cb *)$skb->cb`. */
function hasAddress(value: TypedExpression): boolean {
  if (value.kind === "field") return hasAddress(value.object);
  if (value.kind === "index") return hasAddress(value.array);
  if (value.kind !== "dereference" || value.pointer.type.kind !== "pointer") return false;
  const { space } = value.pointer.type;
  return space !== "local" && space !== "map";
}

function isText(type: Type): boolean {
  return type.kind === "string" || type.kind === "buffer";
}

/** `(int32 *)"text"`: it is kept in a variable without a name, which has an address. */
function addressOfText(c: Checker, value: TypedExpression, type: Type, node: Cast): TypedExpression {
  const { span } = node;
  const local = c.declare(`$&${node.id}`, node.id);
  c.addressed.add(local.id);
  c.env.growVariable(local.state, value.type);
  const kept = local.state.type ?? value.type;
  const target = { kind: "local", local: local.id } as const;
  const address: Type = { kind: "pointer", to: kept, space: "local" };
  const body = [{ kind: "set_local", local: local.id, value: convert(value, kept), span } as const];
  const result = convert({ kind: "address_of", target, type: address, span }, type);
  return { kind: "block", body, result, type, span };
}

/** `(bool)text`: is there any? */
function hasText(value: TypedExpression, span: Span): TypedExpression {
  const { type } = value;
  if (value.kind === "string") return constant(value.bytes.length > 0 ? 1n : 0n, boolType, span);
  const element = intType(8, true);
  const chars: Type = { kind: "array", element, length: type.kind === "string" ? type.size : 1 };
  const array = convert(value, chars);
  const first: TypedExpression = {
    kind: "index",
    array,
    index: constant(0n, int64, span),
    type: element,
    span,
  };
  const zero = constant(0n, element, span);
  return { kind: "compare", operator: "!=", left: first, right: zero, type: boolType, span };
}
