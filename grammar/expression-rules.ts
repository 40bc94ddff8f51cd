/**
 * The rules of expressions and of the types in them. Binary expressions come out flat: `src/parse/` applies
 * precedence. Blocks and `if` are expressions too, so two of the statements' rules are named here before they
 * are made.
 */
import { type CstNode, CstParser, type ParserMethod, tokenMatcher } from "chevrotain";
import * as t from "./tokens.js";
import { type Ahead, castFollows, TYPE_PREFIX, typeFollows } from "./type-lookahead.js";

export abstract class ExpressionRules extends CstParser {
  protected abstract readonly block: ParserMethod<[], CstNode>;
  protected abstract readonly ifElse: ParserMethod<[], CstNode>;

  private readonly ahead: Ahead = (n) => this.LA(n);

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
          GATE: () => castFollows(this.ahead),
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
      { GATE: () => typeFollows(this.ahead), ALT: () => this.SUBRULE(this.type) },
      { ALT: () => this.SUBRULE(this.expression) },
    ]);
  });

  private typeOf = this.RULE("typeOf", () => {
    this.CONSUME(t.TypeOf);
    this.CONSUME(t.LParen);
    this.SUBRULE(this.typeOrExpression);
    this.CONSUME(t.RParen);
  });

  protected type = this.RULE("type", () => {
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
}
