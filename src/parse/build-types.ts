import type {
  ArrayLengthCstNode,
  TypeCstNode,
  TypeOfCstNode,
  TypeOrExpressionCstNode,
} from "../../grammar/cst.generated.js";
import type { Expression, TypeName, TypeOfName } from "../ast/ast.js";
import { buildExpression } from "./build-expressions.js";
import { type BuildContext, endOf, first, startOf } from "./context.js";

export function buildType(context: BuildContext, cst: TypeCstNode): TypeName {
  let type = buildTypeCore(context, cst);
  for (const { children, location } of cst.children.typeSuffix ?? []) {
    const end = (location?.endOffset ?? -1) + 1;
    const place = context.placeAt(context.spanAt(startOf(cst), end));
    const length = children.arrayLength?.[0];
    type =
      length === undefined
        ? { kind: "type_pointer", ...place, to: type }
        : { kind: "type_array", ...place, element: type, length: buildLength(context, length) };
  }
  return type;
}

function buildLength(context: BuildContext, cst: ArrayLengthCstNode): Expression | undefined {
  const expression = cst.children.expression?.[0];
  return expression === undefined ? undefined : buildExpression(context, expression);
}

function buildTypeCore(context: BuildContext, cst: TypeCstNode): TypeName {
  const { typeOf, type, Struct, Union, Enum, Word, Identifier, LParen, RParen } = cst.children;
  if (typeOf !== undefined) return buildTypeOf(context, first(typeOf));
  if (type !== undefined) {
    const place = context.place(first(LParen), first(RParen));
    return { kind: "type_tuple", ...place, elements: type.map((element) => buildType(context, element)) };
  }
  const tag = Struct ? "struct" : Union ? "union" : Enum ? "enum" : undefined;
  const words = tag === undefined ? (Identifier ?? []) : (Word ?? []);
  const last = words[words.length - 1];
  const end = last === undefined ? endOf(cst) : endOf(last);
  const place = context.placeAt(context.spanAt(startOf(cst), end));
  return { kind: "type_name", ...place, tag, name: words.map((word) => word.image).join(" ") };
}

export function buildTypeOf(context: BuildContext, cst: TypeOfCstNode): TypeOfName {
  const operand = buildTypeOrExpression(context, first(cst.children.typeOrExpression));
  return { kind: "typeof", ...context.place(cst), operand };
}

export function buildTypeOrExpression(
  context: BuildContext,
  cst: TypeOrExpressionCstNode,
): TypeName | Expression {
  const type = cst.children.type?.[0];
  return type === undefined
    ? buildExpression(context, first(cst.children.expression))
    : buildType(context, type);
}
