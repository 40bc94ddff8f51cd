/**
 * The brackets that begin and end a mode of the lexer. What one closes depends on what is open: where a look at
 * the next characters does not tell, the tokens before it do.
 */
import { createToken, type CustomPatternMatcherFunc, type IToken } from "chevrotain";
import { LCurly, RCurly, RParen, Semicolon } from "./categories.js";
import { Colon, LParen, LSquare, PlainRParen, PlainSemicolon, Question, RSquare } from "./code-tokens.js";
import { itemOrEndFollows, skipLayout } from "./scan.js";

export const PredicateOpen = createToken({
  name: "PredicateOpen",
  pattern: "/",
  label: "`/`",
  push_mode: "predicate",
});
export const AngleOpen = createToken({ name: "AngleOpen", pattern: "<", label: "`<`", push_mode: "angle" });

/** In a predicate, a slash before the action block (or before nothing) is its end; another one divides. */
const matchPredicateClose: CustomPatternMatcherFunc = (text, offset, tokens) => {
  // Without tokens before it this is chevrotain's own validation, trying which tokens hide others.
  if (text[offset] !== "/" || tokens.length === 0) return null;
  const next = skipLayout(text, offset + 1);
  return next >= text.length || text[next] === "{" || text[next] === "<" ? ["/"] : null;
};
export const PredicateClose = createToken({
  name: "PredicateClose",
  pattern: matchPredicateClose,
  start_chars_hint: ["/"],
  line_breaks: false,
  label: "`/` to close the predicate",
  pop_mode: true,
});

export const BodyOpen = createToken({
  name: "BodyOpen",
  pattern: "{",
  label: "`{`",
  categories: LCurly,
  push_mode: "body",
});
/**
 * The `{` that ends a declaration's first line: the mode after its `}` is the header again. One in brackets,
 * as in `typeof({ … })`, is a body inside the line.
 */
const matchSignatureOpen: CustomPatternMatcherFunc = (text, offset, tokens) =>
  text[offset] === "{" && tokens.length > 0 && openBrackets(tokens) === 0 ? ["{"] : null;
export const SignatureOpen = createToken({
  name: "SignatureOpen",
  pattern: matchSignatureOpen,
  start_chars_hint: ["{"],
  line_breaks: false,
  label: "`{`",
  categories: LCurly,
  pop_mode: true,
  push_mode: "body",
});
export const BodyClose = createToken({
  name: "BodyClose",
  pattern: "}",
  label: "`}`",
  categories: RCurly,
  pop_mode: true,
});
/** A `}` where no brace is open. */
export const StrayClose = createToken({ name: "StrayClose", pattern: "}", label: "`}`" });
/** The `)` that ends `let @a = type(n)`. */
const matchMapRParen: CustomPatternMatcherFunc = (text, offset, tokens) =>
  text[offset] === ")" && tokens.length > 0 && openBrackets(tokens) === 1 ? [")"] : null;
export const MapRParen = createToken({
  name: "MapRParen",
  pattern: matchMapRParen,
  start_chars_hint: [")"],
  line_breaks: false,
  label: "`)`",
  categories: RParen,
  pop_mode: true,
});
export const SignatureSemicolon = createToken({
  name: "SignatureSemicolon",
  pattern: ";",
  label: "`;`",
  categories: Semicolon,
  pop_mode: true,
});
/** How many `(` and `[` are open since the declaration's first word. */
function openBrackets(tokens: readonly IToken[]): number {
  let open = 0;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const type = tokens[index]?.tokenType;
    if (type === LParen || type === LSquare) open++;
    else if (type === PlainRParen || type === RSquare) open--;
    else if (type?.PUSH_MODE === "signature" || type?.PUSH_MODE === "map") break;
  }
  return open;
}

/**
 * In `< … >`, outside inner brackets, a `>` closes the block if it stands where a statement has just ended
 * (after `;` or the opening `<`), or if nothing or a further item follows it and no `? :` is pending. Every
 * other `>` compares.
 */
const matchAngleClose: CustomPatternMatcherFunc = (text, offset, tokens) => {
  if (text[offset] !== ">" || text[offset + 1] === "=" || tokens.length === 0) return null;
  const before = beforeAngle(tokens);
  if (before === "bracket") return null;
  if (before === "boundary") return [">"];
  if (text[offset + 1] === ">") return null;
  return before !== "pending ternary" && itemOrEndFollows(text, offset + 1) ? [">"] : null;
};

function beforeAngle(tokens: readonly IToken[]): "boundary" | "bracket" | "pending ternary" | "expression" {
  const last = tokens[tokens.length - 1]?.tokenType;
  if (last === PlainSemicolon || last === AngleOpen) return "boundary";
  let depth = 0;
  let questions = 0;
  for (let index = tokens.length - 1; index >= 0; index--) {
    const type = tokens[index]?.tokenType;
    if (type === BodyClose || type === PlainRParen || type === RSquare) depth++;
    else if (type === BodyOpen || type === LParen || type === LSquare) {
      if (depth === 0) return "bracket";
      depth--;
    } else if (depth === 0) {
      if (type === PlainSemicolon || type === AngleOpen) break;
      if (type === Question) questions++;
      else if (type === Colon) questions--;
    }
  }
  return questions > 0 ? "pending ternary" : "expression";
}
export const AngleClose = createToken({
  name: "AngleClose",
  pattern: matchAngleClose,
  start_chars_hint: [">"],
  line_breaks: false,
  label: "`>`",
  pop_mode: true,
});
