/** Members and elements: fields, tuples, arrays. */
import type { ArrayAccess, FieldAccess } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { namesArguments } from "../lang/index.js";
import { integerOf, settle } from "../types/compat.js";
import { memberNames, memberPath } from "../types/members.js";
import { printType } from "../types/print.js";
import { type Type, int64 } from "../types/type.js";
import type { Checker } from "./checker.js";
import { convert } from "./conversion.js";
import type { TypedExpression } from "./typed-program.js";

export function fieldAccess(c: Checker, node: FieldAccess): TypedExpression | undefined {
  const why = whyUnreadable(c, node);
  if (why !== undefined)
    return c.error("TB4006", node.nameSpan, `argument '${node.name}' cannot be read: ${why}`);
  const object = c.expression(node.object);
  return object === undefined ? undefined : field(c, object, node.name, node.nameSpan, node.span);
}

/** Of an argument of the probe that no program can read. */
function whyUnreadable(c: Checker, { object, name }: FieldAccess): string | undefined {
  const isArgs = object.kind === "identifier" && namesArguments(object.name);
  const struct = isArgs ? c.probe.args?.() : undefined;
  const place = struct === undefined ? undefined : memberPath(struct, name)?.[0]?.place;
  return place?.kind === "nowhere" ? place.why : undefined;
}

export function field(
  c: Checker,
  object: TypedExpression,
  name: string,
  nameSpan: Span,
  span: Span,
): TypedExpression | undefined {
  const { type } = object;
  if (type.kind === "record") {
    const index = type.fields.findIndex((field) => field.name === name);
    const found = type.fields[index];
    if (found !== undefined) return elementOf(object, index, found.type, span);
    return noField(
      c,
      name,
      "Record",
      type.fields.map((field) => field.name),
      nameSpan,
    );
  }
  if (type.kind === "pointer" && type.to.kind === "record") {
    const pointee: TypedExpression = {
      kind: "dereference",
      pointer: object,
      type: type.to,
      span: object.span,
    };
    return field(c, pointee, name, nameSpan, span);
  }
  const struct =
    type.kind === "struct"
      ? type
      : type.kind === "pointer" && type.to.kind === "struct"
        ? type.to
        : undefined;
  if (struct === undefined) {
    return c.error(
      "TB3012",
      nameSpan,
      `Can not access field '${name}' on expression of type '${printType(settle(type))}'`,
      integerOf(type) === undefined ? undefined : castHint(c, name),
    );
  }
  const path = memberPath(struct, name);
  if (path === undefined) {
    const common = name.startsWith("common_") && struct.key.startsWith("args:");
    if (common) return c.error("TB2005", nameSpan, "BPF does not support accessing common tracepoint fields");
    return noField(c, name, `Struct/union of type '${printType(struct)}'`, memberNames(struct), nameSpan);
  }
  let at: TypedExpression =
    type.kind === "pointer"
      ? { kind: "dereference", pointer: object, type: struct, span: object.span }
      : object;
  for (const member of path) at = { kind: "field", object: at, member, type: member.type, span };
  return at;
}

function castHint(c: Checker, name: string): string {
  const cast = `cast it to a pointer first: ((struct NAME *)x).${name}`;
  if (c.program.target.hasBtf) return cast;
  return `this target lacks type information (BTF), without which the kernel's pointers are plain numbers: declare the struct and ${cast}`;
}

function isPlainRead(e: TypedExpression): boolean {
  return e.kind === "field" || e.kind === "local" || e.kind === "constant" || e.kind === "string";
}

function noField(c: Checker, name: string, of: string, names: readonly string[], span: Span): undefined {
  return c.error("TB2005", span, `${of} does not contain a field named '${name}'`, didYouMean(name, names));
}

export function tupleAccess(
  c: Checker,
  object: TypedExpression | undefined,
  index: number,
  span: Span,
): TypedExpression | undefined {
  if (object === undefined) return undefined;
  if (object.type.kind !== "tuple") {
    return c.error(
      "TB3011",
      span,
      `Can not access index '${index}' on expression of type '${printType(settle(object.type))}'`,
    );
  }
  const type = object.type.elements[index];
  if (type === undefined) {
    return c.error(
      "TB3011",
      span,
      `Invalid tuple index: ${index}. Found ${object.type.elements.length} elements in tuple.`,
    );
  }
  return elementOf(object, index, type, span);
}

/** An element of a tuple or record; of one written here, the element itself, if the others need not be read. */
function elementOf(tuple: TypedExpression, index: number, type: Type, span: Span): TypedExpression {
  const known =
    tuple.kind === "tuple" && tuple.elements.every(isPlainRead) ? tuple.elements[index] : undefined;
  return known ?? { kind: "element", tuple, index, type, span };
}

export function arrayAccess(c: Checker, node: ArrayAccess): TypedExpression | undefined {
  const object = c.expression(node.object);
  const index = c.value(node.index);
  if (object === undefined || index === undefined) return undefined;
  const { type } = object;
  if (type.kind === "tuple") {
    if (index.kind !== "constant")
      return c.error("TB3011", node.index.span, "a tuple's index must be a constant");
    return tupleAccess(c, object, Number(index.value), node.span);
  }
  const indexType = integerOf(index.type);
  if (indexType === undefined || (index.kind === "constant" && index.value < 0n)) {
    return c.error(
      "TB3011",
      node.index.span,
      `The array index operator [] only accepts non-negative integer indices. Got: ${printType(settle(index.type))}`,
    );
  }
  const at = convert(index, int64);
  if (type.kind === "array") {
    if (index.kind === "constant" && type.length > 0 && index.value >= BigInt(type.length)) {
      return outOfBounds(c, node.index.span, index.value, type.length);
    }
    return { kind: "index", array: object, index: at, type: type.element, span: node.span };
  }
  if (type.kind === "string") {
    if (index.kind === "constant" && index.value >= BigInt(type.size))
      return outOfBounds(c, node.index.span, index.value, type.size);
    const chars: Type = {
      kind: "array",
      element: { kind: "int", bits: 8, signed: true },
      length: type.size,
    };
    return {
      kind: "index",
      array: convert(object, chars),
      index: at,
      type: chars.element,
      span: node.span,
    };
  }
  if (type.kind === "pointer") {
    if (type.to.kind === "void") {
      return c.error(
        "TB3011",
        node.span,
        "The array index operator [] cannot be used on a pointer to an unsized type (void *).",
      );
    }
    const pointer: TypedExpression = {
      kind: "pointer_add",
      pointer: object,
      index: at,
      type,
      span: node.span,
    };
    return { kind: "dereference", pointer, type: type.to, span: node.span };
  }
  return c.error(
    "TB3011",
    node.span,
    `The array index operator [] can only be used on arrays and pointers, found ${printType(settle(type))}.`,
  );
}

function outOfBounds(c: Checker, span: Span, index: bigint, length: number): undefined {
  return c.error("TB3011", span, `the index ${index} is out of bounds for array of size ${length}`);
}
