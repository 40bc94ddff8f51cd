/**
 * The grammar as Chevrotain rules without actions: text to concrete syntax tree. `src/parse/` makes the AST
 * from it. The rules stand in three layers, each a class on the one below: expressions and types, statements,
 * and here what a script consists of. Where one token of lookahead does not tell casts from parentheses or
 * types from expressions, a gate reads ahead (type-lookahead.ts, README.md).
 */
import type { IParserConfig } from "chevrotain";
import { StatementRules } from "./statement-rules.js";
import * as t from "./tokens.js";

export class BpftraceParser extends StatementRules {
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
    this.MANY({
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
}
