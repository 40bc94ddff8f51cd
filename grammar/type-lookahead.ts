/**
 * Reading ahead where one token does not tell: casts from parentheses, types from expressions. The grammar's
 * gates ask; nothing is consumed. README.md has the rules and their tests.
 */
import { type IToken, tokenMatcher, type TokenType } from "chevrotain";
import * as t from "./tokens.js";
import { TYPE_WORD } from "./words.js";

/** The `n`-th token from here: 1 is the next one, 0 the last one taken; the end of input behind the last. */
export type Ahead = (n: number) => IToken;

/** Words that go on with further ones: `unsigned long`, `long long`. */
export const TYPE_PREFIX = /^(?:signed|unsigned|short|long)$/;

/** Tokens that begin an operand and nothing else: after `(name)` they prove a cast. */
const OPERAND_ONLY: readonly TokenType[] = [
  t.Identifier,
  t.Integer,
  t.CharLiteral,
  t.StringLiteral,
  t.Variable,
  t.MapName,
  t.Positional,
  t.PositionalCount,
  t.True,
  t.False,
  t.SizeOf,
  t.OffsetOf,
  t.TypeInfo,
  t.Comptime,
  t.LParen,
  t.Bang,
  t.Tilde,
];
/** Tokens that begin an operand but may also go on with an expression. */
const OPERAND_OR_OPERATOR: readonly TokenType[] = [
  t.Minus,
  t.Plus,
  t.Star,
  t.Ampersand,
  t.Increment,
  t.Decrement,
];
/** Reads a type from the `from`-th token ahead; where it ends and what proves that it is one. */
function scanType(
  ahead: Ahead,
  from: number,
): { end: number; proof: "tag" | "word" | "pointer" | "array" | "name" } | undefined {
  let at = from;
  let proof: "tag" | "word" | "pointer" | "array" | "name";
  const first = ahead(at);
  if (first.tokenType === t.TypeOf) {
    const after = ahead(at + 1).tokenType === t.LParen ? skipBrackets(ahead, at + 1) : undefined;
    if (after === undefined) return undefined;
    at = after;
    proof = "tag";
  } else if (first.tokenType === t.Struct || first.tokenType === t.Union || first.tokenType === t.Enum) {
    if (!tokenMatcher(ahead(at + 1), t.Word)) return undefined;
    at += 2;
    proof = "tag";
  } else if (first.tokenType === t.Identifier) {
    proof = TYPE_WORD.test(first.image) ? "word" : "name";
    for (at++; TYPE_PREFIX.test(ahead(at - 1).image) && ahead(at).tokenType === t.Identifier; at++);
  } else return undefined;
  for (;;) {
    const type = ahead(at).tokenType;
    if (type === t.Star) {
      if (proof === "name" || proof === "array") proof = "pointer";
      at++;
    } else if (type === t.LSquare) {
      const after = skipBrackets(ahead, at);
      if (after === undefined) return undefined;
      if (proof === "name") proof = plainLength(ahead, at) ? "array" : "name";
      at = after;
    } else return { end: at, proof };
  }
}

/** `[]` or `[16]`: what stands in an array type. `[$i]` indexes. */
function plainLength(ahead: Ahead, at: number): boolean {
  const inside = ahead(at + 1).tokenType;
  return inside === t.RSquare || (inside === t.Integer && ahead(at + 2).tokenType === t.RSquare);
}

function skipBrackets(ahead: Ahead, at: number): number | undefined {
  let depth = 0;
  for (let index = at; ; index++) {
    const token: IToken = ahead(index);
    const type = token.tokenType;
    if (type === t.LParen || type === t.LSquare || type === t.BodyOpen) depth++;
    else if (type === t.RSquare || type === t.BodyClose || tokenMatcher(token, t.RParen)) depth--;
    else if (Number.isNaN(token.startOffset)) return undefined;
    if (depth === 0) return index + 1;
  }
}

/** At `(`: a type, `)`, and something a cast can apply to. */
export function castFollows(ahead: Ahead): boolean {
  if (ahead(1).tokenType !== t.LParen) return false;
  const type = scanType(ahead, 2);
  if (type === undefined || !tokenMatcher(ahead(type.end), t.RParen)) return false;
  // `if (name) x`: the condition, with its braces forgotten.
  const condition: readonly TokenType[] = [t.If, t.While, t.Unroll];
  if (type.proof === "name" && condition.includes(ahead(0).tokenType)) return false;
  const next = ahead(type.end + 1).tokenType;
  if (OPERAND_ONLY.includes(next)) return true;
  return type.proof !== "name" && type.proof !== "array" && OPERAND_OR_OPERATOR.includes(next);
}

/** In `sizeof(…)` and its kin: a type, or an expression that only looks like one. */
export function typeFollows(ahead: Ahead): boolean {
  const type = scanType(ahead, 1);
  if (type === undefined || type.proof === "name") return false;
  return tokenMatcher(ahead(type.end), t.RParen) || ahead(type.end).tokenType === t.Comma;
}
