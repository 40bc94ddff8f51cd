/**
 * The token types of C declarations. Their text is scanned by `src/c/token.ts`, since the preprocessor stands
 * between text and tokens; here is only what the parser tells apart. `cTokenType` gives a word its type.
 */
import { createToken, Lexer, type TokenType } from "chevrotain";

const category = (name: string): TokenType => createToken({ name, pattern: Lexer.NA });
/** All that may stand in brackets the parser does not look into. */
export const Anything = category("Anything");
/** What a constant expression is made of, at its outermost level. */
export const Operand = category("Operand");

const token = (name: string, label: string, ...categories: TokenType[]): TokenType =>
  createToken({ name, pattern: Lexer.NA, label, categories });
const word = (name: string, label: string): TokenType => token(name, label, Anything, Operand);

export const Identifier = word("Identifier", "a name");
/** `int`, `unsigned`, … */
export const TypeWord = word("TypeWord", "a type");
export const Struct = word("Struct", "`struct`");
export const Union = word("Union", "`union`");
export const Enum = word("Enum", "`enum`");
export const TypeOf = word("TypeOf", "`typeof`");
export const Qualifier = word("Qualifier", "`const`");
/** `typedef`, `extern`, `static`, `inline`, …: what does not change a type. */
export const Storage = word("Storage", "`typedef`");
export const Attribute = token("Attribute", "`__attribute__`", Anything);
export const AlignAs = token("AlignAs", "`_Alignas`", Anything);
export const Asm = token("Asm", "`asm`", Anything);
export const StaticAssert = token("StaticAssert", "`_Static_assert`", Anything);
export const Literal = token("Literal", "a constant", Anything, Operand);
export const Star = token("Star", "`*`", Anything, Operand);
export const Colon = token("Colon", "`:`", Anything, Operand);
export const Equal = token("Equal", "`=`", Anything);
export const Comma = token("Comma", "`,`", Anything);
export const Semicolon = token("Semicolon", "`;`", Anything);
/** Any other operator. */
export const Operator = token("Operator", "an operator", Anything, Operand);
export const LParen = token("LParen", "`(`");
export const RParen = token("RParen", "`)`");
export const LSquare = token("LSquare", "`[`");
export const RSquare = token("RSquare", "`]`");
export const LCurly = token("LCurly", "`{`");
export const RCurly = token("RCurly", "`}`");

export const C_TOKENS: TokenType[] = [
  Anything,
  Operand,
  Identifier,
  TypeWord,
  Struct,
  Union,
  Enum,
  TypeOf,
  Qualifier,
  Storage,
  Attribute,
  AlignAs,
  Asm,
  StaticAssert,
  Literal,
  Star,
  Colon,
  Equal,
  Comma,
  Semicolon,
  Operator,
  LParen,
  RParen,
  LSquare,
  RSquare,
  LCurly,
  RCurly,
];

const WORDS: ReadonlyMap<string, TokenType> = new Map([
  ...[
    "void",
    "char",
    "short",
    "int",
    "long",
    "float",
    "double",
    "signed",
    "__signed",
    "__signed__",
    "unsigned",
    "_Bool",
    "__int128",
    "__int128_t",
    "__uint128_t",
    "_Float16",
    "_Float32",
    "_Float64",
    "_Float128",
    "__float128",
    "_Float32x",
    "_Float64x",
    "_Complex",
    "__builtin_va_list",
  ].map((text): [string, TokenType] => [text, TypeWord]),
  ...[
    "const",
    "__const",
    "__const__",
    "volatile",
    "__volatile",
    "__volatile__",
    "restrict",
    "__restrict",
    "__restrict__",
    "_Atomic",
    "_Nonnull",
    "_Nullable",
    "__extension__",
  ].map((text): [string, TokenType] => [text, Qualifier]),
  ...[
    "typedef",
    "extern",
    "static",
    "auto",
    "register",
    "inline",
    "__inline",
    "__inline__",
    "_Noreturn",
    "_Thread_local",
    "__thread",
  ].map((text): [string, TokenType] => [text, Storage]),
  ["struct", Struct],
  ["union", Union],
  ["enum", Enum],
  ["typeof", TypeOf],
  ["__typeof", TypeOf],
  ["__typeof__", TypeOf],
  ["__attribute__", Attribute],
  ["__attribute", Attribute],
  ["_Alignas", AlignAs],
  ["asm", Asm],
  ["__asm", Asm],
  ["__asm__", Asm],
  ["_Static_assert", StaticAssert],
  ["static_assert", StaticAssert],
  ["*", Star],
  [":", Colon],
  ["=", Equal],
  [",", Comma],
  [";", Semicolon],
  ["(", LParen],
  [")", RParen],
  ["[", LSquare],
  ["]", RSquare],
  ["{", LCurly],
  ["}", RCurly],
]);

export function cTokenType(text: string, identifier: boolean, literal: boolean): TokenType {
  if (literal) return Literal;
  return WORDS.get(text) ?? (identifier ? Identifier : Operator);
}
