import type { IToken } from "chevrotain";
import type {
  CBodyCstNode,
  CDeclaratorCstNode,
  CEnumBodyCstNode,
  CLengthCstNode,
  CMemberCstNode,
  CSpecifierCstNode,
  EnumDefinitionCstNode,
  ExpressionCstNode,
  StructDefinitionCstNode,
  TypedefCstNode,
} from "../../grammar/cst.generated.js";
import type { CConst, CEnum, CMember, CStruct, CType, CTypedef, Comment, Preamble } from "../ast/ast.js";
import { type BuildContext, type Covering, endOf, first, startOf } from "./context.js";
import { readInteger } from "./literals.js";

const QUALIFIER = /^(?:const|volatile|restrict|__restrict|extern|static|register)$/;

// ------------------------------------------------------------------------------------------------- definitions

export function buildStruct(context: BuildContext, cst: StructDefinitionCstNode): CStruct {
  const { StructDefinition, Attribute, Word, cBody } = cst.children;
  const union = first(StructDefinition).image === "union";
  return structOf(context, cst, union, Word?.[0]?.image ?? "", first(cBody), Attribute);
}

function structOf(
  context: BuildContext,
  around: Covering,
  union: boolean,
  name: string,
  body: CBodyCstNode,
  attributes: readonly IToken[] | undefined,
): CStruct {
  const members = (body.children.cMember ?? []).flatMap((member) => buildMember(context, member));
  const packed = (attributes ?? []).some((attribute) => /\bpacked\b|__packed__/.test(attribute.image));
  return { kind: "c_struct", ...context.place(around), union, name, members, packed };
}

export function buildEnum(context: BuildContext, cst: EnumDefinitionCstNode): CEnum {
  return enumOf(context, cst, cst.children.Word?.[0]?.image ?? "", first(cst.children.cEnumBody));
}

function enumOf(context: BuildContext, around: Covering, name: string, body: CEnumBodyCstNode): CEnum {
  const enumerators = (body.children.cEnumerator ?? []).map((enumerator) => {
    const word = first(enumerator.children.Word);
    const entry = { name: word.image, span: context.span(enumerator) };
    const value = enumerator.children.expression?.[0];
    return value === undefined ? entry : { ...entry, value: constantOf(context, value) };
  });
  return { kind: "c_enum", ...context.place(around), name, enumerators };
}

export function buildTypedef(context: BuildContext, cst: TypedefCstNode): CTypedef {
  const base = buildSpecifier(context, first(cst.children.cSpecifier));
  const { name, type } = buildDeclarator(context, base, first(cst.children.cDeclarator));
  if (name === "") context.log.error("TB1017", context.span(cst), "the typedef declares no name");
  return { kind: "c_typedef", ...context.place(cst), name, type };
}

// ----------------------------------------------------------------------------------------------------- members

function buildMember(context: BuildContext, cst: CMemberCstNode): CMember[] {
  const specifier = first(cst.children.cSpecifier);
  const base = buildSpecifier(context, specifier);
  const declarators = cst.children.cDeclarator ?? [];
  if (declarators.length === 0) {
    return [{ kind: "c_member", ...context.place(specifier), type: base, name: "" }];
  }
  return declarators.map((declarator) => {
    const place = context.place(specifier, declarator);
    const { name, type, bits } = buildDeclarator(context, base, declarator);
    const member = { kind: "c_member", ...place, type, name } as const;
    return bits === undefined ? member : { ...member, bits };
  });
}

function buildSpecifier(context: BuildContext, cst: CSpecifierCstNode): CType {
  const { Struct, Union, Enum, Word, cBody, cEnumBody, Attribute } = cst.children;
  const words = (Word ?? []).map((word) => word.image).filter((word) => !QUALIFIER.test(word));
  const name = words.join(" ");
  if (Struct === undefined && Union === undefined && Enum === undefined) return { kind: "c_named", name };
  if (cBody !== undefined) {
    const definition = structOf(context, cst, Union !== undefined, name, first(cBody), Attribute);
    return { kind: "c_inline", definition };
  }
  if (cEnumBody !== undefined) {
    return { kind: "c_inline", definition: enumOf(context, cst, name, first(cEnumBody)) };
  }
  const tag = Struct ? "struct" : Union ? "union" : "enum";
  return { kind: "c_named", name: `${tag} ${name}` };
}

function buildDeclarator(
  context: BuildContext,
  base: CType,
  cst: CDeclaratorCstNode,
): { name: string; type: CType; bits?: number } {
  const { Star, Word, cNested, cLength, expression } = cst.children;
  const nested = cNested?.[0]?.children;
  const name = (Word ?? nested?.Word)?.[0]?.image ?? "";
  // C winds a type round its name: what stands outside the parentheses applies first.
  let type = pointers(base, Star);
  const parameters = nested?.cParameters?.[0];
  if (parameters !== undefined) {
    const inside = context.spanAt(startOf(parameters) + 1, endOf(parameters) - 1);
    type = { kind: "c_function", result: type, params: context.text(inside).replace(/\s+/g, " ").trim() };
  }
  type = arrays(context, type, cLength);
  if (nested !== undefined) type = arrays(context, pointers(type, nested.Star), nested.cLength);
  if (expression === undefined) return { name, type };
  const width = first(expression);
  const read = readInteger(context.text(context.span(width)));
  if ("error" in read)
    context.log.error("TB1017", context.span(width), "the width of a bit-field must be a number");
  return { name, type, bits: "error" in read ? 0 : Number(read.value) };
}

function pointers(base: CType, stars: readonly IToken[] | undefined): CType {
  return (stars ?? []).reduce<CType>((to) => ({ kind: "c_pointer", to }), base);
}

function arrays(context: BuildContext, base: CType, lengths: readonly CLengthCstNode[] | undefined): CType {
  return (lengths ?? []).reduceRight<CType>(
    (element, length) => ({ kind: "c_array", element, length: lengthOf(context, length) }),
    base,
  );
}

function lengthOf(context: BuildContext, cst: CLengthCstNode): CConst | undefined {
  const expression = cst.children.expression?.[0];
  return expression === undefined ? undefined : constantOf(context, expression);
}

function constantOf(context: BuildContext, cst: ExpressionCstNode): CConst {
  const span = context.span(cst);
  return { text: context.text(span), span };
}

// ------------------------------------------------------------------------------------------------ preprocessor

/** A preprocessor line as a node; its comments are cut out and handed back. */
export function buildPreprocessor(
  context: BuildContext,
  token: IToken,
): { node: Preamble; comments: Comment[] } {
  const { text: line, comments } = cutComments(context, token);
  const place = context.place(token);
  const include = /^#\s*include\s*(?:<(?<system>[^>]*)>|"(?<user>[^"]*)")\s*$/.exec(line)?.groups;
  if (include !== undefined) {
    const path = include.system ?? include.user ?? "";
    return { node: { kind: "include", ...place, path, system: include.system !== undefined }, comments };
  }
  const define = /^#\s*define\s+(?<name>\w+)(?:\((?<params>[^)]*)\))?(?<body>[\s\S]*)$/.exec(line)?.groups;
  if (define !== undefined) {
    const node = {
      kind: "define",
      ...place,
      name: define.name ?? "",
      body: (define.body ?? "").trim(),
    } as const;
    if (define.params === undefined) return { node, comments };
    const params = define.params.split(",").map((param) => param.trim());
    return { node: { ...node, params: params.filter((param) => param !== "") }, comments };
  }
  const directive = /^#\s*(\w*)/.exec(line)?.[1] ?? "";
  return { node: { kind: "c_directive", ...place, directive, text: line }, comments };
}

/** One line, continuations joined, comments outside strings taken out. */
function cutComments(context: BuildContext, token: IToken): { text: string; comments: Comment[] } {
  const comments: Comment[] = [];
  const pieces = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const text = token.image.replace(pieces, (piece: string, offset: number) => {
    if (!piece.startsWith("/")) return piece;
    const start = token.startOffset + offset;
    comments.push({ span: context.spanAt(start, start + piece.trimEnd().length), text: piece.trimEnd() });
    return " ";
  });
  return { text: text.replace(/\s*\\\r?\n\s*/g, " ").trim(), comments };
}
