/** The tokens of expressions and statements, which mean the same in all the lexer's modes but the header. */
import { createToken, type TokenType } from "chevrotain";
import {
  AssignmentOperatorToken,
  BinaryOperatorToken,
  PrefixOperatorToken,
  RParen,
  Semicolon,
  Word,
} from "./categories.js";
import { BROKEN } from "./layout-tokens.js";

// ---------------------------------------------------------------------------------------------------- brackets

export const LParen = createToken({ name: "LParen", pattern: "(", label: "`(`" });
export const PlainRParen = createToken({
  name: "PlainRParen",
  pattern: ")",
  label: "`)`",
  categories: RParen,
});
export const LSquare = createToken({ name: "LSquare", pattern: "[", label: "`[`" });
export const RSquare = createToken({ name: "RSquare", pattern: "]", label: "`]`" });
export const PlainSemicolon = createToken({
  name: "PlainSemicolon",
  pattern: ";",
  label: "`;`",
  categories: Semicolon,
});
export const Comma = createToken({ name: "Comma", pattern: ",", label: "`,`" });

// ---------------------------------------------------------------------------------------------------- literals

export const Identifier = createToken({
  name: "Identifier",
  pattern: /[A-Za-z_]\w*/,
  label: "a name",
  categories: Word,
});
/** With anything that sticks to it; `parse/literals.ts` judges the digits and the suffix. */
export const Integer = createToken({ name: "Integer", pattern: /[0-9]\w*/, label: "a number" });
export const CharLiteral = createToken({
  name: "CharLiteral",
  pattern: /'(?:[^'\\\n]|\\[^\n])*'/,
  label: "a character",
});
export const StringLiteral = createToken({
  name: "StringLiteral",
  pattern: /"(?:[^"\\\n]|\\[^\n])*"/,
  label: "a string",
});
export const UnterminatedString = createToken({
  name: "UnterminatedString",
  pattern: /["'](?:[^\\\n]|\\[^\n])*\\?/,
  group: BROKEN,
  line_breaks: false,
});
export const PositionalCount = createToken({ name: "PositionalCount", pattern: "$#", label: "`$#`" });
export const Positional = createToken({ name: "Positional", pattern: /\$[0-9]+/, label: "`$1`" });
export const Variable = createToken({ name: "Variable", pattern: /\$[A-Za-z_]\w*/, label: "a variable" });
export const MapName = createToken({ name: "MapName", pattern: /@(?:[A-Za-z_]\w*)?/, label: "a map" });

// ---------------------------------------------------------------------------------------------------- keywords

const keyword = (name: string, pattern: string): TokenType =>
  createToken({ name, pattern, label: `\`${pattern}\``, longer_alt: Identifier, categories: Word });
export const If = keyword("If", "if");
export const Else = keyword("Else", "else");
export const For = keyword("For", "for");
export const While = keyword("While", "while");
export const Unroll = keyword("Unroll", "unroll");
export const Let = keyword("Let", "let");
export const Return = keyword("Return", "return");
export const Break = keyword("Break", "break");
export const Continue = keyword("Continue", "continue");
export const SizeOf = keyword("SizeOf", "sizeof");
export const OffsetOf = keyword("OffsetOf", "offsetof");
export const TypeInfo = keyword("TypeInfo", "typeinfo");
export const TypeOf = keyword("TypeOf", "typeof");
export const Comptime = keyword("Comptime", "comptime");
export const True = keyword("True", "true");
export const False = keyword("False", "false");
export const Struct = keyword("Struct", "struct");
export const Union = keyword("Union", "union");
export const Enum = keyword("Enum", "enum");
export const Import = keyword("Import", "import");
const KEYWORDS = [
  If,
  Else,
  For,
  While,
  Unroll,
  Let,
  Return,
  Break,
  Continue,
  SizeOf,
  OffsetOf,
  TypeInfo,
  TypeOf,
  Comptime,
  True,
  False,
  Struct,
  Union,
  Enum,
  Import,
];

// --------------------------------------------------------------------------------------------------- operators

const operator = (name: string, pattern: string, ...categories: TokenType[]): TokenType =>
  createToken({ name, pattern, label: `\`${pattern}\``, categories });
const binary = BinaryOperatorToken;
const prefix = PrefixOperatorToken;
const assign = AssignmentOperatorToken;
export const ShiftLeftEqual = operator("ShiftLeftEqual", "<<=", assign);
export const ShiftRightEqual = operator("ShiftRightEqual", ">>=", assign);
export const ShiftLeft = operator("ShiftLeft", "<<", binary);
export const ShiftRight = operator("ShiftRight", ">>", binary);
export const LessEqual = operator("LessEqual", "<=", binary);
export const GreaterEqual = operator("GreaterEqual", ">=", binary);
export const EqualEqual = operator("EqualEqual", "==", binary);
export const NotEqual = operator("NotEqual", "!=", binary);
export const AndAnd = operator("AndAnd", "&&", binary);
export const OrOr = operator("OrOr", "||", binary);
export const Arrow = operator("Arrow", "->");
export const Increment = operator("Increment", "++", prefix);
export const Decrement = operator("Decrement", "--", prefix);
export const PlusEqual = operator("PlusEqual", "+=", assign);
export const MinusEqual = operator("MinusEqual", "-=", assign);
export const StarEqual = operator("StarEqual", "*=", assign);
export const SlashEqual = operator("SlashEqual", "/=", assign);
export const PercentEqual = operator("PercentEqual", "%=", assign);
export const AmpersandEqual = operator("AmpersandEqual", "&=", assign);
export const PipeEqual = operator("PipeEqual", "|=", assign);
export const CaretEqual = operator("CaretEqual", "^=", assign);
export const DotDot = operator("DotDot", "..");
export const Equal = operator("Equal", "=", assign);
export const Less = operator("Less", "<", binary);
export const Greater = operator("Greater", ">", binary);
export const Plus = operator("Plus", "+", binary, prefix);
export const Minus = operator("Minus", "-", binary, prefix);
export const Star = operator("Star", "*", binary, prefix);
export const Slash = operator("Slash", "/", binary);
export const Percent = operator("Percent", "%", binary);
export const Ampersand = operator("Ampersand", "&", binary, prefix);
export const Caret = operator("Caret", "^", binary);
export const Pipe = operator("Pipe", "|", binary);
export const Bang = operator("Bang", "!", prefix);
export const Tilde = operator("Tilde", "~", prefix);
export const Question = operator("Question", "?");
export const Colon = operator("Colon", ":");
export const Dot = operator("Dot", ".");
/** Longest first: the lexer takes the first that fits. */
const OPERATORS = [
  ShiftLeftEqual,
  ShiftRightEqual,
  ShiftLeft,
  ShiftRight,
  LessEqual,
  GreaterEqual,
  EqualEqual,
  NotEqual,
  AndAnd,
  OrOr,
  Arrow,
  Increment,
  Decrement,
  PlusEqual,
  MinusEqual,
  StarEqual,
  SlashEqual,
  PercentEqual,
  AmpersandEqual,
  PipeEqual,
  CaretEqual,
  DotDot,
  Equal,
  Less,
  Greater,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  Ampersand,
  Caret,
  Pipe,
  Bang,
  Tilde,
  Question,
  Colon,
  Dot,
];

const LITERALS = [
  StringLiteral,
  CharLiteral,
  UnterminatedString,
  Integer,
  PositionalCount,
  Positional,
  Variable,
  MapName,
];
/** What all modes but the header have in common. */
export const CODE = [...LITERALS, ...KEYWORDS, Identifier, LParen, LSquare, RSquare, Comma, ...OPERATORS];
