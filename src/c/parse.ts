/** Tokens of one declaration to its tree, by the rules of `grammar/c-parser.ts`. */
import { type CstNode, type IRecognitionException, type IToken, MismatchedTokenException } from "chevrotain";
import type {
  AttributeCstNode,
  DeclarationCstNode,
  DeclaratorCstNode,
  EnumerationCstNode,
  MemberCstNode,
  RecordCstNode,
  SpecifiersCstNode,
  TypeNameCstNode,
} from "../../grammar/c-cst.generated.js";
import { CDeclarationParser } from "../../grammar/c-parser.js";
import { expectedToken } from "../../grammar/messages.js";
import { cTokenType } from "../../grammar/c-tokens.js";
import type { SourceId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { CAttributes, CDeclaration, CEnum, CMember, CRecord, CType } from "./declaration.js";
import type { CToken } from "./token.js";

/** Constructed when the module is loaded, as the script's own parser is. */
const parser = new CDeclarationParser({ skipValidations: true, errorMessageProvider: expectedToken });

export type ParsedC<T> = T | { readonly error: string; readonly span: Span };

export interface ParseContext {
  readonly pack: number | undefined;
  readonly system: ReadonlySet<SourceId>;
  readonly kernel: ReadonlySet<SourceId>;
}

/** One declaration of file scope, without its `;`. */
export function parseDeclaration(tokens: readonly CToken[], context: ParseContext): ParsedC<CDeclaration> {
  return run(tokens, () => {
    const cst = parser.declaration() as DeclarationCstNode;
    return () => new Builder(tokens, context).declaration(cst);
  });
}

/** `struct x *`, `unsigned long`: what a cast or sizeof names. */
export function parseTypeName(
  tokens: readonly CToken[],
  context: ParseContext,
): ParsedC<{ readonly name: string; readonly type: CType }> {
  return run(tokens, () => {
    const cst = parser.typeName() as TypeNameCstNode;
    return () => new Builder(tokens, context).typeName(cst);
  });
}

function run<T>(tokens: readonly CToken[], parse: () => () => T): ParsedC<T> {
  parser.input = tokens.map((token, index): IToken => {
    const literal = token.kind === "number" || token.kind === "string" || token.kind === "character";
    const tokenType = cTokenType(token.text, token.kind === "identifier", literal);
    const tokenTypeIdx = tokenType.tokenTypeIdx ?? 0;
    // Positions are indices of tokens: the text may be of several files.
    return { image: token.text, startOffset: index, endOffset: index, tokenType, tokenTypeIdx };
  });
  try {
    const build = parse();
    const [error] = parser.errors;
    return error === undefined ? build() : syntaxError(tokens, error);
  } catch (error) {
    // The stack is the one limit of a recursive descent.
    if (!(error instanceof RangeError)) throw error;
    return { error: "the declaration nests too deeply", span: firstSpan(tokens) };
  } finally {
    parser.input = [];
  }
}

function firstSpan([first]: readonly CToken[]): Span {
  if (first === undefined) throw new Error("a declaration has no tokens");
  return first.span;
}

function syntaxError(
  tokens: readonly CToken[],
  error: IRecognitionException,
): { readonly error: string; readonly span: Span } {
  const found = tokens[error.token.startOffset];
  const last = tokens.at(-1);
  if (last === undefined) throw new Error("a declaration has no tokens");
  const span = found?.span ?? { ...last.span, start: last.span.end - 1 };
  if (error instanceof MismatchedTokenException) {
    const where = found === undefined ? "" : ` before '${found.text}'`;
    return { error: `expected ${error.message}${where}`, span };
  }
  return {
    error: found === undefined ? "the declaration ends too early" : `unexpected '${found.text}'`,
    span,
  };
}

class Builder {
  private readonly asserts: { readonly tokens: readonly CToken[]; readonly span: Span }[] = [];

  constructor(
    private readonly tokens: readonly CToken[],
    private readonly context: ParseContext,
  ) {}

  declaration(cst: DeclarationCstNode): CDeclaration {
    const { specifiers, initDeclarator } = cst.children;
    const [words] = specifiers;
    if (words === undefined) throw new Error("a declaration lacks its specifiers");
    const type = this.specified(words);
    const typedef = (words.children.Storage ?? []).some(({ image }) => image === "typedef");
    const outer = this.attributes(words.children.attribute);
    const declared = (initDeclarator ?? []).flatMap(({ children }) =>
      children.declarator.map((declarator) => this.declared(type, declarator, outer)),
    );
    return { typedef, type, declared: declared.filter(({ name }) => name !== ""), asserts: this.asserts };
  }

  typeName(cst: TypeNameCstNode): { readonly name: string; readonly type: CType } {
    const [words] = cst.children.specifiers;
    const [declarator] = cst.children.declarator;
    if (words === undefined || declarator === undefined) throw new Error("a type name lacks a part");
    return this.declared(this.specified(words), declarator, undefined);
  }

  // ------------------------------------------------------------------------------------------------- specifiers

  private specified(cst: SpecifiersCstNode): CType {
    const { TypeWord, record, enumeration, TypeOf, parentheses, Identifier } = cst.children;
    if (record?.[0] !== undefined) return this.record(record[0]);
    if (enumeration?.[0] !== undefined) return this.enumeration(enumeration[0]);
    if (TypeWord !== undefined) return { kind: "base", words: TypeWord.map(({ image }) => image) };
    if (TypeOf !== undefined && parentheses?.[0] !== undefined) {
      return { kind: "typeof", tokens: this.inside(parentheses[0]) };
    }
    const [name] = Identifier ?? [];
    // `const x;`: C's old rule, an int.
    if (name === undefined) return { kind: "base", words: ["int"] };
    return { kind: "name", name: name.image, span: this.span(name) };
  }

  private record(cst: RecordCstNode): CType {
    const { Union, Identifier, LCurly, member, attribute } = cst.children;
    const name = Identifier?.[0]?.image ?? "";
    const span = this.spanOf(cst);
    if (LCurly === undefined) return { kind: "tag", tag: Union ? "union" : "struct", name, span };
    const record: CRecord = {
      union: Union !== undefined,
      name,
      members: (member ?? []).flatMap((each) => this.member(each)),
      attributes: this.attributes(attribute),
      pack: this.context.pack,
      own: !this.context.system.has(span.source),
      kernel: this.context.kernel.has(span.source),
      span,
    };
    return { kind: "record", record };
  }

  private member(cst: MemberCstNode): CMember[] {
    const { specifiers, memberDeclarator, StaticAssert, parentheses } = cst.children;
    if (StaticAssert?.[0] !== undefined && parentheses?.[0] !== undefined) {
      this.asserts.push({ tokens: this.inside(parentheses[0]), span: this.spanOf(cst) });
    }
    const [words] = specifiers ?? [];
    if (words === undefined) return [];
    const base = this.specified(words);
    const outer = this.attributes(words.children.attribute);
    if (memberDeclarator === undefined) {
      return [{ name: "", type: base, attributes: outer, span: this.spanOf(words) }];
    }
    return memberDeclarator.map((each): CMember => {
      const { declarator, constant, attribute } = each.children;
      const [inner] = declarator;
      if (inner === undefined) throw new Error("a member lacks its declarator");
      const { name, type } = this.declared(base, inner, undefined);
      const own = this.attributes([
        ...(words.children.attribute ?? []),
        ...attributesOf(inner),
        ...(attribute ?? []),
      ]);
      const member = { name, type, attributes: own, span: this.spanOf(each, words) };
      return constant?.[0] === undefined ? member : { ...member, bits: this.tokensOf(constant[0]) };
    });
  }

  private enumeration(cst: EnumerationCstNode): CType {
    const { Identifier, LCurly, enumerator, attribute } = cst.children;
    const name = Identifier?.[0]?.image ?? "";
    const span = this.spanOf(cst);
    if (LCurly === undefined) return { kind: "tag", tag: "enum", name, span };
    const definition: CEnum = {
      name,
      enumerators: (enumerator ?? []).map(({ children, location }) => ({
        name: children.Identifier[0]?.image ?? "",
        value: children.constant?.[0] === undefined ? undefined : this.tokensOf(children.constant[0]),
        span: this.spanBetween(location?.startOffset ?? 0, location?.endOffset ?? 0),
      })),
      packed: this.attributes(attribute).packed,
      own: !this.context.system.has(span.source),
      span,
    };
    return { kind: "enum", definition };
  }

  // ------------------------------------------------------------------------------------------------ declarators

  /** C winds a type round its name: what stands outside parentheses applies first. */
  private declared(
    base: CType,
    cst: DeclaratorCstNode,
    outer: CAttributes | undefined,
  ): { readonly name: string; readonly type: CType; readonly span: Span } {
    const { Star, Identifier, declarator, arrayLength, parentheses } = cst.children;
    let type = base;
    if (outer !== undefined) {
      const attributes = join(outer, this.attributes(attributesOf(cst)));
      if (attributes.align.length > 0 || attributes.vector !== undefined || attributes.mode !== undefined) {
        type = { kind: "attributed", type, attributes };
      }
    }
    for (const _ of Star ?? []) type = { kind: "pointer", to: type };
    const lengths = (arrayLength ?? []).map((each): CType & { kind: "array" } => ({
      kind: "array",
      element: type,
      length:
        each.children.constant?.[0] === undefined ? undefined : this.tokensOf(each.children.constant[0]),
      span: this.spanOf(each),
    }));
    if (parentheses !== undefined) type = { kind: "function" };
    for (const array of lengths.reverse()) type = { ...array, element: type };
    const [nested] = declarator ?? [];
    if (nested !== undefined) return this.declared(type, nested, undefined);
    return { name: Identifier?.[0]?.image ?? "", type, span: this.spanOf(cst) };
  }

  private attributes(list: readonly AttributeCstNode[] | undefined): CAttributes {
    let made: CAttributes = { packed: false, align: [] };
    for (const { children } of list ?? []) {
      const [group] = children.parentheses;
      if (group === undefined || children.Asm !== undefined) continue;
      const inside = this.inside(group);
      if (children.AlignAs !== undefined) made = { ...made, align: [...made.align, inside] };
      else made = join(made, readAttributes(inside));
    }
    return made;
  }

  // ------------------------------------------------------------------------------------------------------ places

  /** The tokens of a piece of the tree. */
  private tokensOf({ location }: CstNode): readonly CToken[] {
    return this.tokens.slice(location?.startOffset ?? 0, (location?.endOffset ?? -1) + 1);
  }
  private inside(group: CstNode): readonly CToken[] {
    return this.tokensOf(group).slice(1, -1);
  }
  private span(token: IToken): Span {
    return this.spanBetween(token.startOffset, token.startOffset);
  }
  private spanOf({ location }: CstNode, fallback?: CstNode): Span {
    const start = location?.startOffset;
    if (start === undefined || Number.isNaN(start)) {
      if (fallback !== undefined) return this.spanOf(fallback);
      return this.spanBetween(0, this.tokens.length - 1);
    }
    return this.spanBetween(start, location?.endOffset ?? start);
  }
  private spanBetween(from: number, to: number): Span {
    const first = this.tokens[Math.max(0, from)];
    const last = this.tokens[Math.min(to, this.tokens.length - 1)] ?? first;
    if (first === undefined || last === undefined) throw new Error("a declaration has no tokens");
    const { source, start } = first.span;
    // A macro's tokens all stand where the macro was called.
    const end = last.span.source === source ? Math.max(last.span.end, first.span.end) : first.span.end;
    return { source, start, end };
  }
}

function attributesOf(cst: DeclaratorCstNode): readonly AttributeCstNode[] {
  return [...(cst.children.attribute ?? []), ...(cst.children.declarator ?? []).flatMap(attributesOf)];
}

function join(a: CAttributes, b: CAttributes): CAttributes {
  return { ...a, ...b, packed: a.packed || b.packed, align: [...a.align, ...b.align] };
}

/** `(packed, aligned(8))`: words with or without underscores, some with arguments. */
function readAttributes(tokens: readonly CToken[]): CAttributes {
  let made: CAttributes = { packed: false, align: [] };
  for (let at = 0; at < tokens.length; at++) {
    const name = tokens[at]?.text.replace(/^__(\w+)__$/, "$1") ?? "";
    let args: readonly CToken[] = [];
    if (tokens[at + 1]?.text === "(") {
      const from = at + 2;
      let depth = 1;
      for (at = from; at < tokens.length && depth > 0; at++) {
        if (tokens[at]?.text === "(") depth++;
        else if (tokens[at]?.text === ")") depth--;
      }
      at--;
      args = tokens.slice(from, at);
    }
    if (name === "packed") made = { ...made, packed: true };
    else if (name === "aligned") made = { ...made, align: [...made.align, args] };
    else if (name === "vector_size") made = { ...made, vector: args };
    else if (name === "mode") made = { ...made, mode: args[0]?.text.replace(/_/g, "") ?? "" };
  }
  return made;
}
