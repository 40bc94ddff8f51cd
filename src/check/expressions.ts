/** Expressions: from AST to typed tree, with every conversion written out. */
import { typeInfo } from "./introspection.js";
import { ifExpression } from "./conditions.js";
import type { Expression } from "../ast/ast.js";
import { namesArguments } from "../lang/index.js";
import { sizeOf } from "../types/layout.js";
import { type Type, boolType, int64, uint64 } from "../types/type.js";
import { binary } from "./binary.js";
import { call } from "./calls.js";
import { cast } from "./casts.js";
import type { Checker } from "./checker.js";
import { blockValue, ternary } from "./conditions.js";
import { constant, stringConstant } from "./conversion.js";
import { mapRead } from "./map-access.js";
import { arrayAccess, fieldAccess, tupleAccess } from "./members.js";
import { identifier, positional, variable } from "./names.js";
import { offsetOf } from "./offset-of.js";
import { addressOf } from "./places.js";
import { operandType } from "./type-names.js";
import type { TypedExpression } from "./typed-program.js";
import { unary } from "./unary.js";

/** Undefined: an error was reported, or (while inferring) a type is not known yet. */
export function expression(c: Checker, node: Expression): TypedExpression | undefined {
  const value = expressionOf(c, node);
  if (node.kind === "if_expression" || node.comptime !== true || value === undefined) return value;
  if (value.kind === "constant" || value.kind === "string" || value.kind === "tuple") return value;
  return c.error("TB3013", node.span, "Unable to resolve comptime expression");
}

function expressionOf(c: Checker, node: Expression): TypedExpression | undefined {
  switch (node.kind) {
    case "integer":
      return c.literal(node.value, node.span, node.text);
    case "bool":
      return c.markLiteral(constant(node.value ? 1n : 0n, boolType, node.span));
    case "string":
      return stringConstant(node.value, node.span);
    case "identifier":
      return identifier(c, node);
    case "positional":
      return positional(c, node.index, node.span);
    case "positional_count":
      return c.literal(BigInt(c.program.options.params.length), node.span);
    case "variable":
      return variable(c, node.name, node.span);
    case "map":
      return mapRead(c, node);
    case "call":
      return call(c, node, false);
    case "field":
      return fieldAccess(c, node);
    case "tuple_access":
      return tupleAccess(c, c.expression(node.object), node.index, node.span);
    case "index":
      return arrayAccess(c, node);
    case "unary":
      return unary(c, node);
    case "binary":
      return binary(c, node);
    case "ternary":
      return ternary(c, node);
    case "cast":
      return cast(c, node);
    case "sizeof": {
      const asked = operandType(c, node.operand, "sizeof");
      if (asked === undefined) return undefined;
      // `args` is a pointer to its record, and is asked for the record's size.
      const isArgs = node.operand.kind === "identifier" && namesArguments(node.operand.name);
      const type = isArgs && asked.kind === "pointer" ? asked.to : asked;
      const isLeft = c.program.options.relocatable === true && type.kind === "struct";
      return c.markLiteral({
        kind: "constant",
        value: BigInt(sizeOf(type)),
        type: uint64,
        span: node.span,
        ...(isLeft ? { layout: { struct: type } } : {}),
      });
    }
    case "offsetof":
      return offsetOf(c, node);
    case "typeinfo":
      return typeInfo(c, node);
    case "tuple": {
      const elements = c.values(
        node.elements,
        (type) => `Map type ${type} cannot exist inside a tuple.`,
        true,
      );
      if (elements === undefined) return undefined;
      const type: Type = { kind: "tuple", elements: elements.map((element) => element.type) };
      return { kind: "tuple", elements, type, span: node.span };
    }
    case "record": {
      const values = c.values(
        node.fields.map((field) => field.value),
        (type) => `Map type ${type} cannot exist inside a record.`,
        true,
      );
      if (values === undefined) return undefined;
      const fields = node.fields.map((field, index) => ({
        name: field.name,
        type: values[index]?.type ?? int64,
      }));
      return { kind: "tuple", elements: values, type: { kind: "record", fields }, span: node.span };
    }
    case "block_expression":
      return blockValue(c, node.block, node.span);
    case "if_expression":
      return ifExpression(c, node);
    case "address_of":
      return addressOf(c, node.operand, node.span);
  }
}
