/**
 * The tokens of the language and the lexer's modes. A script is a sequence of small languages, and the mode
 * says which one is being read:
 *
 *     header     between items: attach points, preprocessor lines, C definitions, the first word of a declaration
 *     predicate  after the `/` behind attach points, to the `/` that stands before the block
 *     body       in braces: statements and expressions; config entries too
 *     angle      in an action block written `< … >`
 *     signature  from the first word of a declaration to its `{` or `;`
 *     map        in `let @a = type(n)`, whose `;` may be missing: to its `)`
 *
 * README.md lists every spot where the reading depends on context, with its rule and its test.
 */
import { createToken, type CustomPatternMatcherFunc, type IToken, Lexer, type TokenType } from "chevrotain";
import { attachPointEnd, cDefinitionEnd, itemOrEndFollows, skipLayout } from "./scan.js";

/** A match of the custom patterns: chevrotain takes only the first element. */
function matched(text: string, from: number, to: number): [string] | null {
  return to > from ? [text.slice(from, to)] : null;
}

// ------------------------------------------------------------------------------------------------------ layout

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
const LAYOUT = [Whitespace, LineComment, BlockComment, UnterminatedComment];

// -------------------------------------------------------------------------------------------------- categories

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

// ------------------------------------------------------------------------------------------------------ header

export const Shebang = createToken({ name: "Shebang", pattern: /#![^\n\r]*/, label: "`#!`" });
/** The rest of the line, and further lines while a backslash ends them. */
export const Preprocessor = createToken({
  name: "Preprocessor",
  pattern: /#(?:\\\r?\n|[^\n])*/,
  line_breaks: true,
  label: "a preprocessor line",
});
const headerWord = (name: string, pattern: RegExp, label: string, mode = "signature"): TokenType =>
  createToken({
    name,
    pattern,
    label,
    push_mode: mode,
    start_chars_hint: [pattern.source.charAt(0)],
  });
const matchCDefinition: CustomPatternMatcherFunc = (text, offset) =>
  matched(text, offset, cDefinitionEnd(text, offset));
/** A struct, union, enum or typedef as a whole: C has its own grammar, and a preprocessor before it. */
export const CDefinition = createToken({
  name: "CDefinition",
  pattern: matchCDefinition,
  line_breaks: true,
  label: "a C definition",
  start_chars_hint: ["s", "u", "e", "t"],
});
export const Config = headerWord("Config", /config(?=\s*=)/, "`config`");
export const ImportDefinition = headerWord("ImportDefinition", /import(?=[\s"])/, "`import`");
export const MacroDefinition = headerWord("MacroDefinition", /macro(?=\s)/, "`macro`");
export const FunctionDefinition = headerWord("FunctionDefinition", /fn(?=\s)/, "`fn`");
export const MapDefinition = headerWord("MapDefinition", /let(?=[\s@])/, "`let`", "map");
const matchAttachPoint: CustomPatternMatcherFunc = (text, offset) =>
  matched(text, offset, attachPointEnd(text, offset));
export const AttachPoint = createToken({
  name: "AttachPoint",
  pattern: matchAttachPoint,
  line_breaks: false,
  label: "an attach point",
  // Any character may begin one except those `attachPointEnd` refuses.
  start_chars_hint: Array.from({ length: 256 }, (_, code) => code).filter((code) => code > 32),
});
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

// ---------------------------------------------------------------------------------------------------- brackets

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
export const LParen = createToken({ name: "LParen", pattern: "(", label: "`(`" });
export const PlainRParen = createToken({
  name: "PlainRParen",
  pattern: ")",
  label: "`)`",
  categories: RParen,
});
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
export const LSquare = createToken({ name: "LSquare", pattern: "[", label: "`[`" });
export const RSquare = createToken({ name: "RSquare", pattern: "]", label: "`]`" });
export const PlainSemicolon = createToken({
  name: "PlainSemicolon",
  pattern: ";",
  label: "`;`",
  categories: Semicolon,
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

export const Comma = createToken({ name: "Comma", pattern: ",", label: "`,`" });

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

// ------------------------------------------------------------------------------------------------------- modes

const CATEGORIES = [
  LCurly,
  RCurly,
  RParen,
  Semicolon,
  Word,
  BinaryOperatorToken,
  PrefixOperatorToken,
  AssignmentOperatorToken,
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
const CODE = [...LITERALS, ...KEYWORDS, Identifier, LParen, LSquare, RSquare, Comma, ...OPERATORS];

const MODES = {
  header: [
    ...LAYOUT,
    Shebang,
    Preprocessor,
    CDefinition,
    Config,
    ImportDefinition,
    MacroDefinition,
    FunctionDefinition,
    MapDefinition,
    PredicateOpen,
    AngleOpen,
    BodyOpen,
    StrayClose,
    Comma,
    PlainSemicolon,
    AttachPoint,
  ],
  predicate: [...LAYOUT, PredicateClose, BodyOpen, StrayClose, PlainRParen, PlainSemicolon, ...CODE],
  body: [...LAYOUT, BodyOpen, BodyClose, PlainRParen, PlainSemicolon, ...CODE],
  angle: [...LAYOUT, AngleClose, BodyOpen, StrayClose, PlainRParen, PlainSemicolon, ...CODE],
  signature: [...LAYOUT, SignatureOpen, BodyOpen, StrayClose, PlainRParen, SignatureSemicolon, ...CODE],
  map: [...LAYOUT, BodyOpen, StrayClose, MapRParen, PlainRParen, SignatureSemicolon, ...CODE],
} satisfies Record<string, TokenType[]>;

/** All token types once, for the parser's vocabulary. */
export const ALL_TOKENS: TokenType[] = [...new Set([...CATEGORIES, ...Object.values(MODES).flat()])];

/** One lexer for all modes; stateless between calls. */
export const bpftraceLexer = new Lexer(
  { modes: MODES, defaultMode: "header" },
  // The definition is validated by test/unit/parse/grammar.test.ts, not at every start.
  { positionTracking: "onlyOffset", skipValidations: true, ensureOptimizations: false },
);
/** The same, validated; for tests. */
export function validatedLexer(): Lexer {
  return new Lexer(
    { modes: MODES, defaultMode: "header" },
    { positionTracking: "onlyOffset", ensureOptimizations: true },
  );
}
