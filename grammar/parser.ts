/**
 * The grammar as Chevrotain rules without actions: text to concrete syntax tree. `src/parse/` makes the AST
 * from it. Binary expressions come out flat; precedence is applied there. Where one token of lookahead does
 * not tell casts from parentheses or types from expressions, a gate reads ahead (see README.md).
 */
import { CstParser, type IParserConfig, type IToken, tokenMatcher, type TokenType } from "chevrotain";
import * as t from "./tokens.js";
import { TYPE_WORD } from "./words.js";

/** Words that go on with further ones: `unsigned long`, `long long`. */
const TYPE_PREFIX = /^(?:signed|unsigned|short|long)$/;

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

export class BpftraceParser extends CstParser {
  constructor(config: IParserConfig = {}) {
    super(t.ALL_TOKENS, {
      maxLookahead: 2,
      nodeLocationTracking: "onlyOffset",
      recoveryEnabled: true,
      ...config,
    });
    this.performSelfAnalysis();
  }

  // ----------------------------------------------------------------------------------------------------- items

  public script = this.RULE("script", () => {
    this.OPTION(() => this.CONSUME(t.Shebang));
    this.MANY(() => this.SUBRULE(this.item));
  });

  private item = this.RULE("item", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Preprocessor) },
      { ALT: () => this.CONSUME(t.CDefinition) },
      { ALT: () => this.SUBRULE(this.config) },
      { ALT: () => this.SUBRULE(this.importDefinition) },
      { ALT: () => this.SUBRULE(this.mapDefinition) },
      { ALT: () => this.SUBRULE(this.macroDefinition) },
      { ALT: () => this.SUBRULE(this.functionDefinition) },
      { ALT: () => this.SUBRULE(this.probe) },
      { ALT: () => this.CONSUME(t.Semicolon) },
    ]);
  });

  // ---------------------------------------------------------------------------------------------- declarations

  private config = this.RULE("config", () => {
    this.CONSUME(t.Config);
    this.CONSUME(t.Equal);
    this.CONSUME(t.LCurly);
    this.MANY(() => this.SUBRULE(this.configEntry));
    this.CONSUME(t.RCurly);
  });

  private configEntry = this.RULE("configEntry", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Equal);
    this.OR({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => this.CONSUME(t.StringLiteral) },
        { ALT: () => this.CONSUME(t.Integer) },
        { ALT: () => this.CONSUME(t.True) },
        { ALT: () => this.CONSUME(t.False) },
        { ALT: () => this.CONSUME2(t.Word) },
      ],
    });
    this.OPTION({
      GATE: () => this.LA(1).tokenType !== t.BodyClose,
      DEF: () => this.CONSUME(t.Semicolon),
    });
  });

  private importDefinition = this.RULE("importDefinition", () => {
    this.CONSUME(t.ImportDefinition);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.Semicolon);
  });

  private mapDefinition = this.RULE("mapDefinition", () => {
    this.CONSUME(t.MapDefinition);
    this.CONSUME(t.MapName);
    this.CONSUME(t.Equal);
    this.CONSUME(t.Word);
    this.CONSUME(t.LParen);
    this.OPTION({
      GATE: () => this.LA(1).tokenType !== t.MapRParen,
      DEF: () => this.SUBRULE(this.expression),
    });
    this.CONSUME(t.RParen);
    this.OPTION2(() => this.CONSUME(t.Semicolon));
  });

  private macroDefinition = this.RULE("macroDefinition", () => {
    this.CONSUME(t.MacroDefinition);
    this.CONSUME(t.Word);
    this.CONSUME(t.LParen);
    this.MANY_SEP({
      SEP: t.Comma,
      DEF: () => this.SUBRULE(this.macroParameter),
    });
    this.CONSUME(t.RParen);
    this.SUBRULE(this.block);
  });

  private macroParameter = this.RULE("macroParameter", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Variable) },
      { ALT: () => this.CONSUME(t.MapName) },
      { ALT: () => this.CONSUME(t.Word) },
    ]);
  });

  private functionDefinition = this.RULE("functionDefinition", () => {
    this.CONSUME(t.FunctionDefinition);
    this.CONSUME(t.Word);
    this.CONSUME(t.LParen);
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.functionParameter) });
    this.CONSUME(t.RParen);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.SUBRULE(this.block);
  });

  private functionParameter = this.RULE("functionParameter", () => {
    this.CONSUME(t.Variable);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.type);
  });

  private probe = this.RULE("probe", () => {
    this.CONSUME(t.AttachPoint);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OPTION(() => this.CONSUME2(t.AttachPoint));
    });
    this.OPTION2(() => this.SUBRULE(this.predicate));
    this.SUBRULE(this.action);
  });

  private predicate = this.RULE("predicate", () => {
    this.CONSUME(t.PredicateOpen);
    this.SUBRULE(this.expression);
    this.CONSUME(t.PredicateClose);
  });

  private action = this.RULE("action", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.block) },
      {
        ALT: () => {
          this.CONSUME(t.AngleOpen);
          this.SUBRULE(this.statements);
          this.CONSUME(t.AngleClose);
        },
      },
    ]);
  });

  // ------------------------------------------------------------------------------------------------ statements

  private block = this.RULE("block", () => {
    this.CONSUME(t.LCurly);
    this.SUBRULE(this.statements);
    this.CONSUME(t.RCurly);
  });

  private statements = this.RULE("statements", () => {
    this.MANY(() => this.SUBRULE(this.statement));
  });

  /** The `;` is optional here; the builder reports where one is missing, which recovers better. */
  private statement = this.RULE("statement", () => {
    this.OR({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        { ALT: () => this.CONSUME(t.Semicolon) },
        {
          GATE: () => this.LA(1).tokenType === t.If || this.LA(2).tokenType === t.If,
          ALT: () => this.SUBRULE(this.ifElse),
        },
        { ALT: () => this.SUBRULE(this.let) },
        { ALT: () => this.SUBRULE(this.jump) },
        { ALT: () => this.SUBRULE(this.for) },
        { ALT: () => this.SUBRULE(this.loop) },
        { ALT: () => this.SUBRULE(this.block) },
        { ALT: () => this.SUBRULE(this.importStatement) },
        { ALT: () => this.SUBRULE(this.simple) },
      ],
    });
  });

  private importStatement = this.RULE("importStatement", () => {
    this.CONSUME(t.Import);
    this.CONSUME(t.StringLiteral);
    this.CONSUME(t.Semicolon);
  });

  private let = this.RULE("let", () => {
    this.CONSUME(t.Let);
    this.CONSUME(t.Variable);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.type);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Equal);
      this.SUBRULE(this.expression);
    });
    this.OPTION3(() => this.CONSUME(t.Semicolon));
  });

  private jump = this.RULE("jump", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Return);
          this.OPTION({
            GATE: () => !this.statementEnds(),
            DEF: () => this.SUBRULE(this.expression),
          });
        },
      },
      { ALT: () => this.CONSUME(t.Break) },
      { ALT: () => this.CONSUME(t.Continue) },
    ]);
    this.OPTION2(() => this.CONSUME(t.Semicolon));
  });

  private statementEnds(): boolean {
    const type = this.LA(1).tokenType;
    return type === t.PlainSemicolon || type === t.BodyClose || type === t.AngleClose;
  }

  private ifElse = this.RULE("ifElse", () => {
    this.OPTION(() => this.CONSUME(t.Comptime));
    this.CONSUME(t.If);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.block);
    this.OPTION2(() => {
      this.CONSUME(t.Else);
      this.OR([{ ALT: () => this.SUBRULE(this.ifElse) }, { ALT: () => this.SUBRULE2(this.block) }]);
    });
  });

  private for = this.RULE("for", () => {
    this.CONSUME(t.For);
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.SUBRULE(this.forHead);
          this.CONSUME(t.RParen);
        },
      },
      { ALT: () => this.SUBRULE2(this.forHead) },
    ]);
    this.SUBRULE(this.block);
  });

  private forHead = this.RULE("forHead", () => {
    this.CONSUME(t.Variable);
    this.CONSUME(t.Colon);
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.DotDot);
      this.SUBRULE2(this.expression);
    });
  });

  private loop = this.RULE("loop", () => {
    this.OR([{ ALT: () => this.CONSUME(t.While) }, { ALT: () => this.CONSUME(t.Unroll) }]);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.block);
  });

  private simple = this.RULE("simple", () => {
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.AssignmentOperatorToken);
      this.SUBRULE2(this.expression);
    });
    this.OPTION2(() => this.CONSUME(t.Semicolon));
  });

  // ----------------------------------------------------------------------------------------------- expressions

  public expression = this.RULE("expression", () => {
    this.SUBRULE(this.binary);
    this.OPTION(() => {
      this.CONSUME(t.Question);
      this.OPTION2({
        GATE: () => this.LA(1).tokenType !== t.Colon,
        DEF: () => this.SUBRULE(this.expression),
      });
      this.CONSUME(t.Colon);
      this.SUBRULE2(this.expression);
    });
  });

  private binary = this.RULE("binary", () => {
    this.SUBRULE(this.unary);
    this.MANY(() => {
      this.CONSUME(t.BinaryOperatorToken);
      this.SUBRULE2(this.unary);
    });
  });

  private unary = this.RULE("unary", () => {
    this.OR({
      IGNORE_AMBIGUITIES: true,
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.PrefixOperatorToken);
            this.SUBRULE(this.unary);
          },
        },
        {
          GATE: () => this.LA(2).tokenType !== t.If,
          ALT: () => {
            this.CONSUME(t.Comptime);
            this.SUBRULE2(this.unary);
          },
        },
        {
          GATE: () => this.castFollows(),
          ALT: () => {
            this.CONSUME(t.LParen);
            this.SUBRULE(this.type);
            this.CONSUME(t.RParen);
            this.SUBRULE3(this.unary);
          },
        },
        { ALT: () => this.SUBRULE(this.postfix) },
      ],
    });
  });

  private postfix = this.RULE("postfix", () => {
    this.SUBRULE(this.primary);
    this.MANY(() => this.SUBRULE(this.suffix));
  });

  private suffix = this.RULE("suffix", () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.OR2([{ ALT: () => this.CONSUME(t.Word) }, { ALT: () => this.CONSUME(t.Integer) }]);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Arrow);
          this.CONSUME2(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LSquare);
          this.SUBRULE(this.expression);
          this.CONSUME(t.RSquare);
        },
      },
      { ALT: () => this.CONSUME(t.Increment) },
      { ALT: () => this.CONSUME(t.Decrement) },
    ]);
  });

  private primary = this.RULE("primary", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Integer) },
      { ALT: () => this.CONSUME(t.StringLiteral) },
      { ALT: () => this.CONSUME(t.CharLiteral) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.CONSUME(t.Variable) },
      { ALT: () => this.CONSUME(t.Positional) },
      { ALT: () => this.CONSUME(t.PositionalCount) },
      { ALT: () => this.SUBRULE(this.map) },
      { ALT: () => this.SUBRULE(this.nameOrCall) },
      { ALT: () => this.SUBRULE(this.parenthesised) },
      { ALT: () => this.SUBRULE(this.typeQuery) },
      { ALT: () => this.SUBRULE(this.offsetOf) },
      { ALT: () => this.SUBRULE(this.ifElse) },
      { ALT: () => this.SUBRULE(this.block) },
    ]);
  });

  private map = this.RULE("map", () => {
    this.CONSUME(t.MapName);
    this.OPTION(() => {
      this.CONSUME(t.LSquare);
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
      this.CONSUME(t.RSquare);
    });
  });

  private nameOrCall = this.RULE("nameOrCall", () => {
    this.CONSUME(t.Identifier);
    this.OPTION(() => {
      this.CONSUME(t.LParen);
      this.OPTION2({
        GATE: () => this.LA(1).tokenType !== t.PlainRParen,
        DEF: () => {
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.argument) });
        },
      });
      this.CONSUME(t.RParen);
    });
  });

  private argument = this.RULE("argument", () => {
    this.OR([{ ALT: () => this.SUBRULE(this.typeOf) }, { ALT: () => this.SUBRULE(this.expression) }]);
  });

  /** Grouping, tuple, record. A cast is taken by `unary` before. */
  private parenthesised = this.RULE("parenthesised", () => {
    this.CONSUME(t.LParen);
    this.OPTION({
      GATE: () => !tokenMatcher(this.LA(1), t.RParen),
      DEF: () => {
        this.OR([
          {
            GATE: () => this.LA(2).tokenType === t.Equal,
            ALT: () => this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.recordField) }),
          },
          { ALT: () => this.SUBRULE(this.elements) },
        ]);
      },
    });
    this.CONSUME(t.RParen);
  });

  /** `e`, `e,` or `e, e`: the builder tells grouping from tuple by the commas. */
  private elements = this.RULE("elements", () => {
    this.SUBRULE(this.expression);
    this.MANY(() => {
      this.CONSUME(t.Comma);
      this.OPTION({
        GATE: () => !tokenMatcher(this.LA(1), t.RParen),
        DEF: () => this.SUBRULE2(this.expression),
      });
    });
  });

  private recordField = this.RULE("recordField", () => {
    this.CONSUME(t.Word);
    this.CONSUME(t.Equal);
    this.SUBRULE(this.expression);
  });

  /** `sizeof(…)` and `typeinfo(…)`. */
  private typeQuery = this.RULE("typeQuery", () => {
    this.OR([{ ALT: () => this.CONSUME(t.SizeOf) }, { ALT: () => this.CONSUME(t.TypeInfo) }]);
    this.CONSUME(t.LParen);
    this.SUBRULE(this.typeOrExpression);
    this.CONSUME(t.RParen);
  });

  private offsetOf = this.RULE("offsetOf", () => {
    this.CONSUME(t.OffsetOf);
    this.CONSUME(t.LParen);
    this.SUBRULE(this.typeOrExpression);
    this.CONSUME(t.Comma);
    this.AT_LEAST_ONE_SEP({ SEP: t.Dot, DEF: () => this.CONSUME(t.Word) });
    this.CONSUME(t.RParen);
  });

  // ----------------------------------------------------------------------------------------------------- types

  private typeOrExpression = this.RULE("typeOrExpression", () => {
    this.OR([
      { GATE: () => this.typeFollows(), ALT: () => this.SUBRULE(this.type) },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });

  private typeOf = this.RULE("typeOf", () => {
    this.CONSUME(t.TypeOf);
    this.CONSUME(t.LParen);
    this.SUBRULE(this.typeOrExpression);
    this.CONSUME(t.RParen);
  });

  private type = this.RULE("type", () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.typeOf) },
      {
        ALT: () => {
          this.CONSUME(t.LParen);
          this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.type) });
          this.CONSUME(t.RParen);
        },
      },
      {
        ALT: () => {
          this.OR2([
            { ALT: () => this.CONSUME(t.Struct) },
            { ALT: () => this.CONSUME(t.Union) },
            { ALT: () => this.CONSUME(t.Enum) },
          ]);
          this.CONSUME(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Identifier);
          this.MANY({
            GATE: () => TYPE_PREFIX.test(this.LA(0).image),
            DEF: () => this.CONSUME2(t.Identifier),
          });
        },
      },
    ]);
    this.MANY2(() => this.SUBRULE(this.typeSuffix));
  });

  private arrayLength = this.RULE("arrayLength", () => {
    this.OPTION({
      GATE: () => this.LA(1).tokenType !== t.RSquare,
      DEF: () => this.SUBRULE(this.expression),
    });
  });

  private typeSuffix = this.RULE("typeSuffix", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Star) },
      {
        ALT: () => {
          this.CONSUME(t.LSquare);
          this.SUBRULE(this.arrayLength);
          this.CONSUME(t.RSquare);
        },
      },
    ]);
  });

  // ------------------------------------------------------------------------------------------------- lookahead

  /** Reads a type from the `from`-th token ahead; where it ends and what proves that it is one. */
  private scanType(
    from: number,
  ): { end: number; proof: "tag" | "word" | "pointer" | "array" | "name" } | undefined {
    let at = from;
    let proof: "tag" | "word" | "pointer" | "array" | "name";
    const first = this.LA(at);
    if (first.tokenType === t.TypeOf) {
      const after = this.LA(at + 1).tokenType === t.LParen ? this.skipBrackets(at + 1) : undefined;
      if (after === undefined) return undefined;
      at = after;
      proof = "tag";
    } else if (first.tokenType === t.Struct || first.tokenType === t.Union || first.tokenType === t.Enum) {
      if (!tokenMatcher(this.LA(at + 1), t.Word)) return undefined;
      at += 2;
      proof = "tag";
    } else if (first.tokenType === t.Identifier) {
      proof = TYPE_WORD.test(first.image) ? "word" : "name";
      for (at++; TYPE_PREFIX.test(this.LA(at - 1).image) && this.LA(at).tokenType === t.Identifier; at++);
    } else return undefined;
    for (;;) {
      const type = this.LA(at).tokenType;
      if (type === t.Star) {
        if (proof === "name" || proof === "array") proof = "pointer";
        at++;
      } else if (type === t.LSquare) {
        const after = this.skipBrackets(at);
        if (after === undefined) return undefined;
        if (proof === "name") proof = this.plainLength(at) ? "array" : "name";
        at = after;
      } else return { end: at, proof };
    }
  }

  /** `[]` or `[16]`: what stands in an array type. `[$i]` indexes. */
  private plainLength(at: number): boolean {
    const inside = this.LA(at + 1).tokenType;
    return inside === t.RSquare || (inside === t.Integer && this.LA(at + 2).tokenType === t.RSquare);
  }

  private skipBrackets(at: number): number | undefined {
    let depth = 0;
    for (let index = at; ; index++) {
      const token: IToken = this.LA(index);
      const type = token.tokenType;
      if (type === t.LParen || type === t.LSquare || type === t.BodyOpen) depth++;
      else if (type === t.RSquare || type === t.BodyClose || tokenMatcher(token, t.RParen)) depth--;
      else if (Number.isNaN(token.startOffset)) return undefined;
      if (depth === 0) return index + 1;
    }
  }

  /** At `(`: a type, `)`, and something a cast can apply to. */
  private castFollows(): boolean {
    if (this.LA(1).tokenType !== t.LParen) return false;
    const type = this.scanType(2);
    if (type === undefined || !tokenMatcher(this.LA(type.end), t.RParen)) return false;
    // `if (name) x`: the condition, with its braces forgotten.
    const condition: readonly TokenType[] = [t.If, t.While, t.Unroll];
    if (type.proof === "name" && condition.includes(this.LA(0).tokenType)) return false;
    const next = this.LA(type.end + 1).tokenType;
    if (OPERAND_ONLY.includes(next)) return true;
    return type.proof !== "name" && type.proof !== "array" && OPERAND_OR_OPERATOR.includes(next);
  }

  /** In `sizeof(…)` and its kin: a type, or an expression that only looks like one. */
  private typeFollows(): boolean {
    const type = this.scanType(1);
    if (type === undefined || type.proof === "name") return false;
    return tokenMatcher(this.LA(type.end), t.RParen) || this.LA(type.end).tokenType === t.Comma;
  }
}
