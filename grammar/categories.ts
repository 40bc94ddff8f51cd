/** Categories of tokens: what the rules ask for where several tokens, one a lexer mode, mean the same. */
import { createToken, Lexer, type TokenType } from "chevrotain";

const category = (name: string, label: string): TokenType => createToken({ name, pattern: Lexer.NA, label });

export const LCurly = category("LCurly", "`{`");
export const RCurly = category("RCurly", "`}`");
export const RParen = category("RParen", "`)`");
export const Semicolon = category("Semicolon", "`;`");
/** Identifiers and keywords: what may stand after `.` and `->`, and as a tag. */
export const Word = category("Word", "a name");
export const BinaryOperatorToken = category("BinaryOperatorToken", "an operator");
export const PrefixOperatorToken = category("PrefixOperatorToken", "an operator");
export const AssignmentOperatorToken = category("AssignmentOperatorToken", "`=`");

export const CATEGORIES = [
  LCurly,
  RCurly,
  RParen,
  Semicolon,
  Word,
  BinaryOperatorToken,
  PrefixOperatorToken,
  AssignmentOperatorToken,
];
