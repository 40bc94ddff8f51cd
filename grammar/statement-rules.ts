/** The rules of statements, on top of those of expressions. */
import * as t from "./tokens.js";
import { ExpressionRules } from "./expression-rules.js";

export abstract class StatementRules extends ExpressionRules {
  protected block = this.RULE("block", () => {
    this.CONSUME(t.LCurly);
    this.SUBRULE(this.statements);
    this.CONSUME(t.RCurly);
  });

  protected statements = this.RULE("statements", () => {
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

  protected ifElse = this.RULE("ifElse", () => {
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
}
