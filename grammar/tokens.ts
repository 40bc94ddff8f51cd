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
import { Lexer, type TokenType } from "chevrotain";
import { CATEGORIES } from "./categories.js";
import { CODE, Comma, PlainRParen, PlainSemicolon } from "./code-tokens.js";
import {
  AttachPoint,
  CDefinition,
  Config,
  FunctionDefinition,
  ImportDefinition,
  MacroDefinition,
  MapDefinition,
  Preprocessor,
  Shebang,
} from "./header-tokens.js";
import { LAYOUT } from "./layout-tokens.js";
import {
  AngleClose,
  AngleOpen,
  BodyClose,
  BodyOpen,
  MapRParen,
  PredicateClose,
  PredicateOpen,
  SignatureOpen,
  SignatureSemicolon,
  StrayClose,
} from "./mode-tokens.js";

export * from "./categories.js";
export * from "./code-tokens.js";
export * from "./header-tokens.js";
export * from "./layout-tokens.js";
export * from "./mode-tokens.js";

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
