/** Conversions between types, written out as nodes of the typed tree. */
import type { Span } from "../base/span.js";
import { equalTypes, integerOf, settle, wrapInteger } from "../types/compat.js";
import { boolType, type Type, uint64 } from "../types/type.js";
import type { TypedExpression } from "./typed-program.js";

/** UTF-8 of a literal; characters up to 255 that came from `\xNN` are bytes already (see ast.ts). */
export function encodeText(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (code === 0) break;
    if (code < 256) bytes.push(code);
    else bytes.push(...new TextEncoder().encode(char));
  }
  return Uint8Array.from(bytes);
}

/** The text of literal bytes: UTF-8 where it is, else a character a byte. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bytesAsText(bytes);
  }
}

/** A character a byte, which encodeText makes the same bytes of. */
export function bytesAsText(bytes: Uint8Array): string {
  // Not as arguments of one call: long literals are more than an engine takes.
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

export function constant(value: bigint, type: Type, span: Span): TypedExpression {
  return { kind: "constant", value, type, span };
}

export function stringConstant(text: string, span: Span): TypedExpression {
  const bytes = encodeText(text);
  return { kind: "string", bytes, type: { kind: "string", size: bytes.length + 1 }, span };
}

/** The value in another type. That it makes sense was checked before; here it is only written down. */
export function convert(value: TypedExpression, wanted: Type): TypedExpression {
  const type = settle(wanted);
  if (equalTypes(value.type, type)) return value.type === type ? value : { ...value, type };
  if (value.kind === "constant") {
    const integer = integerOf(type);
    if (integer !== undefined) return { ...value, value: wrapInteger(value.value, integer), type };
    if (type.kind === "pointer") return { ...value, value: BigInt.asUintN(64, value.value), type };
    if (type.kind === "bool") return { ...value, value: value.value === 0n ? 0n : 1n, type };
  }
  if (value.kind === "string" && type.kind === "string") {
    if (value.bytes.length < type.size) return { ...value, type };
    return { ...value, bytes: value.bytes.subarray(0, Math.max(0, type.size - 1)), type };
  }
  if (value.kind === "tuple" && type.kind === "tuple" && value.elements.length === type.elements.length) {
    const elements = value.elements.map((element, index) =>
      convert(element, type.elements[index] ?? element.type),
    );
    return { kind: "tuple", elements, type, span: value.span };
  }
  if (type.kind === "record" && value.type.kind === "record") return convertRecord(value, value.type, type);
  return { kind: "convert", value, type, span: value.span };
}

/**
 * Records convert by name: their fields may stand in another order. Values are worked out in the order they were
 * written in, so only what does nothing is put in the other order here; the rest is left to lowering.
 */
function convertRecord(
  value: TypedExpression,
  from: Extract<Type, { kind: "record" }>,
  to: Extract<Type, { kind: "record" }>,
): TypedExpression {
  const sameOrder = from.fields.every((field, index) => field.name === to.fields[index]?.name);
  if (value.kind !== "tuple" || !(sameOrder || value.elements.every(isStill)))
    return { kind: "convert", value, type: to, span: value.span };
  const elements = to.fields.flatMap((field) => {
    const own = value.elements[from.fields.findIndex(({ name }) => name === field.name)];
    return own === undefined ? [] : [convert(own, field.type)];
  });
  return { kind: "tuple", elements, type: to, span: value.span };
}

/** The same whenever it is worked out. */
function isStill(value: TypedExpression): boolean {
  if (value.kind === "tuple") return value.elements.every(isStill);
  return value.kind === "constant" || value.kind === "string" || value.kind === "local";
}

/** As a condition: not zero. Undefined for types that have no truth. */
export function truth(value: TypedExpression): TypedExpression | undefined {
  const { type, span } = value;
  if (type.kind === "bool") return value;
  if (value.kind === "constant") return constant(value.value === 0n ? 0n : 1n, boolType, span);
  if (value.kind === "string") return constant(value.bytes.length > 0 ? 1n : 0n, boolType, span);
  if (integerOf(type) === undefined && type.kind !== "pointer" && type.kind !== "symbol") return undefined;
  const scalar = type.kind === "symbol" ? convert(value, uint64) : value;
  const zero = constant(0n, settle(scalar.type), span);
  return { kind: "compare", operator: "!=", left: scalar, right: zero, type: boolType, span };
}
