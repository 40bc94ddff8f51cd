/** Blanks and comments: between any two tokens, in every mode. */
import { createToken, Lexer } from "chevrotain";

export const Whitespace = createToken({ name: "Whitespace", pattern: /\s+/, group: Lexer.SKIPPED });
/** The group that collects comments, for the formatter. */
export const COMMENTS = "comments";
/** The group of strings and comments that never end: reported, and nothing is parsed. */
export const BROKEN = "broken";
export const LineComment = createToken({
  name: "LineComment",
  pattern: /\/\/[^\n\r]*/,
  group: COMMENTS,
});
export const BlockComment = createToken({
  name: "BlockComment",
  pattern: /\/\*[\s\S]*?\*\//,
  group: COMMENTS,
  line_breaks: true,
});
export const UnterminatedComment = createToken({
  name: "UnterminatedComment",
  pattern: /\/\*[\s\S]*/,
  group: BROKEN,
  line_breaks: true,
});
export const LAYOUT = [Whitespace, LineComment, BlockComment, UnterminatedComment];
