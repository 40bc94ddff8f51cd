/** Type syntax to types. */
import type { Expression, TypeName } from "../ast/ast.js";
import { forEachNode, isTypeName } from "../ast/walk.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { findBuiltin } from "../lang/index.js";
import { aggregateResult, settle } from "../types/compat.js";
import { sizeOf } from "../types/layout.js";
import { type PointerSpace, type Type, voidType } from "../types/type.js";
import { integerNamed, integerNames } from "./integer-names.js";
import type { Checker } from "./checker.js";
import type { TypedExpression } from "./typed-program.js";

/** Types of the language that are no integers, by name. */
const NAMED: Readonly<Record<string, Type>> = {
  void: voidType,
  bool: { kind: "bool" },
  inet: { kind: "inet" },
  username: { kind: "username" },
  username_t: { kind: "username" },
  mac_address: { kind: "mac" },
  macaddr_t: { kind: "mac" },
  ksym_t: { kind: "symbol", space: "kernel" },
  usym_t: { kind: "symbol", space: "user" },
};

/** `operand`: the value a cast is given, which tells `int8[]` its length. */
export function typeName(
  c: Checker,
  node: TypeName,
  space: PointerSpace = c.probe.space,
  operand?: TypedExpression,
): Type | undefined {
  switch (node.kind) {
    case "type_name":
      return namedType(c, node.tag, node.name, node, space);
    case "type_pointer": {
      const to = typeName(c, node.to, space);
      return to === undefined ? undefined : { kind: "pointer", to, space };
    }
    case "type_array":
      return arrayType(c, node, space, operand);
    case "type_tuple": {
      const elements = node.elements.map((element) => typeName(c, element, space));
      const known = elements.filter((element) => element !== undefined);
      return known.length === elements.length ? { kind: "tuple", elements: known } : undefined;
    }
    case "typeof":
      return operandType(c, node.operand);
  }
}

function arrayType(
  c: Checker,
  node: Extract<TypeName, { kind: "type_array" }>,
  space: PointerSpace,
  operand: TypedExpression | undefined,
): Type | undefined {
  const length = node.length === undefined ? undefined : c.expression(node.length);
  if (node.length !== undefined && length?.kind !== "constant") {
    return c.error("TB3013", node.length.span, "an array's length must be a constant");
  }
  const count = length?.kind === "constant" ? Number(length.value) : undefined;
  if (count !== undefined && (count < 0 || count > 1 << 20)) {
    return c.error("TB3013", node.span, `array length ${count} is out of range`);
  }
  const { element } = node;
  if (element.kind === "type_name" && element.tag === undefined) {
    const most = c.program.config.maxStrlen;
    if (element.name === "string") return { kind: "string", size: count ?? most };
    // An address has room for both families, whatever length is asked for.
    if (element.name === "inet") return { kind: "inet" };
    if (element.name === "buffer") return { kind: "buffer", capacity: count ?? most - 4 };
  }
  const type = typeName(c, element, space);
  if (type === undefined) return undefined;
  if (count !== undefined) return { kind: "array", element: type, length: count };
  if (operand === undefined) return c.error("TB3013", node.span, "the array needs a length");
  const size = sizeOf(operand.type);
  if (size % sizeOf(type) !== 0) {
    return c.error("TB3010", node.span, `${size} bytes are no whole number of elements`);
  }
  return { kind: "array", element: type, length: size / sizeOf(type) };
}

function namedType(
  c: Checker,
  tag: "struct" | "union" | "enum" | undefined,
  name: string,
  node: TypeName,
  space: PointerSpace,
): Type | undefined {
  const { definitions, target, config } = c.program;
  if (tag === undefined) {
    if (name === "string") return { kind: "string", size: config.maxStrlen };
    if (name === "buffer") return { kind: "buffer", capacity: config.maxStrlen - 4 };
    const known =
      integerNamed(name) ??
      (Object.hasOwn(NAMED, name) ? NAMED[name] : undefined) ??
      typeOfProgram(c, name) ??
      definitions.findTypedef(name, space) ??
      // `(task_struct *)x` and `(my_enum)x` are understood without the word.
      definitions.findStruct(name, false, space) ??
      definitions.findEnum(name) ??
      c.probe.moduleType?.(name);
    if (known !== undefined) return known;
    const names = [
      ...integerNames(),
      ...Object.keys(NAMED),
      "string",
      "buffer",
      ...definitions.structNames(),
    ];
    return c.error("TB2006", node.span, `Unknown type: '${name}'`, didYouMean(name, names));
  }
  const found =
    typeOfProgram(c, name) ??
    (tag === "enum" ? definitions.findEnum(name) : definitions.findStruct(name, tag === "union", space)) ??
    c.probe.moduleType?.(name);
  if (found !== undefined) return found;
  if (!target.hasBtf) {
    c.error(
      "TB5002",
      node.span,
      `Unknown struct/union: '${tag} ${name}': this target has no type information (BTF)`,
      "define the type at the top of the script, or use a kernel built with CONFIG_DEBUG_INFO_BTF",
    );
    return undefined;
  }
  return c.error(
    "TB2006",
    node.span,
    `Unknown ${tag === "enum" ? "enum" : "struct/union"}: '${tag} ${name}'`,
    didYouMean(name, definitions.structNames()),
  );
}

/** The traced program's own type: before the kernel's, but not before the script's. */
function typeOfProgram(c: Checker, name: string): Type | undefined {
  return c.program.definitions.defines(name) ? undefined : c.probe.namedType?.(name);
}

/** The type of what stands in `sizeof` and `typeof`: a type, or an expression's. */
export function operandType(
  c: Checker,
  operand: TypeName | Expression,
  asker = "typeof or typeinfo",
): Type | undefined {
  if (isTypeName(operand)) return typeName(c, operand);
  const changed = assignedMap(operand);
  if (changed !== undefined)
    return c.error("TB3025", changed, `Map assignments not allowed inside of ${asker}`);
  if (operand.kind === "map" && operand.keys === undefined) {
    const { keyed, key, value, poisoned } = c.env.map(operand.name, operand.span);
    const type = keyed === true ? key : value;
    if (type?.kind === "aggregate") return aggregateResult(type.aggregate) ?? type;
    if (type === undefined && c.final && poisoned !== true)
      return c.error("TB2004", operand.span, `Undefined map: ${operand.name}`);
    return type;
  }
  if (operand.kind === "identifier" && findBuiltin(operand.name) === undefined) {
    // `sizeof(my_t)`: a bare word that is a typedef's name.
    const named = c.program.definitions.findTypedef(operand.name, "kernel");
    if (named !== undefined) return named;
  }
  const value = c.asked(() => c.expression(operand));
  return value === undefined ? undefined : settle(value.type);
}

/** A map that is given something within an expression of which only the type is asked for. */
function assignedMap(operand: Expression): Span | undefined {
  let found: Span | undefined;
  forEachNode(operand, (node) => {
    if (node.kind === "assignment" && node.target.kind === "map") found ??= node.span;
  });
  return found;
}
