/**
 * C declarations as Chevrotain rules without actions: what stands between two `;` outside braces, once the
 * preprocessor is through. Only types matter to a script: initialisers, parameters and function bodies are
 * brackets that are not looked into, and constant expressions stay tokens for `src/c/evaluate.ts`.
 */
import { CstParser, EMPTY_ALT, type IParserConfig, tokenMatcher } from "chevrotain";
import * as t from "./c-tokens.js";

export class CDeclarationParser extends CstParser {
  constructor(config: IParserConfig = {}) {
    super(t.C_TOKENS, { maxLookahead: 2, nodeLocationTracking: "onlyOffset", ...config });
    this.performSelfAnalysis();
  }

  /** One declaration without its `;`. */
  public declaration = this.RULE("declaration", () => {
    this.SUBRULE(this.specifiers);
    this.OPTION(() => {
      this.SUBRULE(this.initDeclarator);
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.initDeclarator);
      });
    });
  });

  /** What stands in the parentheses of a cast or sizeof. */
  public typeName = this.RULE("typeName", () => {
    this.SUBRULE(this.specifiers);
    this.SUBRULE(this.declarator);
  });

  private initDeclarator = this.RULE("initDeclarator", () => {
    this.SUBRULE(this.declarator);
    this.OPTION(() => {
      this.CONSUME(t.Equal);
      this.OR([{ ALT: () => this.SUBRULE(this.constant) }, { ALT: () => this.SUBRULE(this.braces) }]);
    });
  });

  /** The type's own words: without pointers, arrays and the declared name. */
  private specifiers = this.RULE("specifiers", () => {
    let typed = false;
    const type = (): void => {
      typed = true;
    };
    this.AT_LEAST_ONE({
      // A second name is what is declared: no typedef has to be known to tell.
      GATE: () => !typed || !tokenMatcher(this.LA(1), t.Identifier),
      DEF: () =>
        this.OR([
          { ALT: () => this.CONSUME(t.Storage) },
          { ALT: () => this.CONSUME(t.Qualifier) },
          { ALT: () => this.SUBRULE(this.attribute) },
          {
            ALT: () => {
              this.CONSUME(t.TypeWord);
              type();
            },
          },
          {
            ALT: () => {
              this.SUBRULE(this.record);
              type();
            },
          },
          {
            ALT: () => {
              this.SUBRULE(this.enumeration);
              type();
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.TypeOf);
              this.SUBRULE(this.parentheses);
              type();
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.Identifier);
              type();
            },
          },
        ]),
    });
  });

  private attribute = this.RULE("attribute", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Attribute) },
      { ALT: () => this.CONSUME(t.AlignAs) },
      { ALT: () => this.CONSUME(t.Asm) },
    ]);
    this.SUBRULE(this.parentheses);
  });

  private record = this.RULE("record", () => {
    this.OR([{ ALT: () => this.CONSUME(t.Struct) }, { ALT: () => this.CONSUME(t.Union) }]);
    this.MANY(() => this.SUBRULE(this.attribute));
    this.OPTION(() => this.CONSUME(t.Identifier));
    this.OPTION2(() => {
      this.CONSUME(t.LCurly);
      this.MANY2(() => this.SUBRULE(this.member));
      this.CONSUME(t.RCurly);
      this.MANY3(() => this.SUBRULE2(this.attribute));
    });
  });

  private member = this.RULE("member", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Semicolon) },
      {
        ALT: () => {
          this.CONSUME(t.StaticAssert);
          this.SUBRULE(this.parentheses);
        },
      },
      {
        ALT: () => {
          this.SUBRULE(this.specifiers);
          this.OPTION({
            GATE: () => !this.memberEnds(),
            DEF: () => {
              this.SUBRULE(this.memberDeclarator);
              this.MANY(() => {
                this.CONSUME(t.Comma);
                this.SUBRULE2(this.memberDeclarator);
              });
            },
          });
          // Compilers only warn when the last member goes without.
          this.OR2([
            { ALT: () => this.CONSUME2(t.Semicolon) },
            { GATE: () => tokenMatcher(this.LA(1), t.RCurly), ALT: EMPTY_ALT() },
          ]);
        },
      },
    ]);
  });

  private memberEnds(): boolean {
    return tokenMatcher(this.LA(1), t.Semicolon) || tokenMatcher(this.LA(1), t.RCurly);
  }

  private memberDeclarator = this.RULE("memberDeclarator", () => {
    this.SUBRULE(this.declarator);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE(this.constant);
    });
    this.MANY(() => this.SUBRULE(this.attribute));
  });

  /** With or without a name; C winds the type round it. */
  private declarator = this.RULE("declarator", () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Star) },
        { ALT: () => this.CONSUME(t.Qualifier) },
        { ALT: () => this.SUBRULE(this.attribute) },
      ]);
    });
    this.OPTION({
      GATE: () => !tokenMatcher(this.LA(1), t.LParen) || this.nests(),
      DEF: () =>
        this.OR2([
          { ALT: () => this.CONSUME(t.Identifier) },
          {
            ALT: () => {
              this.CONSUME(t.LParen);
              this.SUBRULE(this.declarator);
              this.CONSUME(t.RParen);
            },
          },
        ]),
    });
    this.MANY2(() =>
      this.OR3([
        { ALT: () => this.SUBRULE(this.arrayLength) },
        { ALT: () => this.SUBRULE(this.parentheses) },
      ]),
    );
    this.MANY3(() => this.SUBRULE2(this.attribute));
  });

  /** `(*f)(int)`, `((f))`, `(name)`: not the parameters of a function without name. */
  private nests(): boolean {
    const next = this.LA(2);
    if (tokenMatcher(next, t.Identifier)) {
      return (
        tokenMatcher(this.LA(3), t.RParen) ||
        tokenMatcher(this.LA(3), t.LSquare) ||
        tokenMatcher(this.LA(3), t.LParen)
      );
    }
    return tokenMatcher(next, t.Star) || tokenMatcher(next, t.LParen) || tokenMatcher(next, t.Attribute);
  }

  private arrayLength = this.RULE("arrayLength", () => {
    this.CONSUME(t.LSquare);
    this.OPTION(() => this.SUBRULE(this.constant));
    this.CONSUME(t.RSquare);
  });

  private enumeration = this.RULE("enumeration", () => {
    this.CONSUME(t.Enum);
    this.MANY(() => this.SUBRULE(this.attribute));
    this.OPTION(() => this.CONSUME(t.Identifier));
    this.OPTION2(() => {
      this.CONSUME(t.LCurly);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.OPTION3(() => this.SUBRULE(this.enumerator)) });
      this.CONSUME(t.RCurly);
      this.MANY3(() => this.SUBRULE2(this.attribute));
    });
  });

  private enumerator = this.RULE("enumerator", () => {
    this.CONSUME(t.Identifier);
    this.MANY(() => this.SUBRULE(this.attribute));
    this.OPTION(() => {
      this.CONSUME(t.Equal);
      this.SUBRULE(this.constant);
    });
  });

  // ------------------------------------------------------------------------------------- text left as it stands

  private constant = this.RULE("constant", () => {
    this.AT_LEAST_ONE(() =>
      this.OR([
        { ALT: () => this.CONSUME(t.Operand) },
        { ALT: () => this.SUBRULE(this.parentheses) },
        { ALT: () => this.SUBRULE(this.brackets) },
      ]),
    );
  });

  private parentheses = this.RULE("parentheses", () => {
    this.CONSUME(t.LParen);
    this.SUBRULE(this.inside);
    this.CONSUME(t.RParen);
  });

  private brackets = this.RULE("brackets", () => {
    this.CONSUME(t.LSquare);
    this.SUBRULE(this.inside);
    this.CONSUME(t.RSquare);
  });

  private braces = this.RULE("braces", () => {
    this.CONSUME(t.LCurly);
    this.SUBRULE(this.inside);
    this.CONSUME(t.RCurly);
  });

  private inside = this.RULE("inside", () => {
    this.MANY(() =>
      this.OR([
        { ALT: () => this.CONSUME(t.Anything) },
        { ALT: () => this.SUBRULE(this.parentheses) },
        { ALT: () => this.SUBRULE(this.brackets) },
        { ALT: () => this.SUBRULE(this.braces) },
      ]),
    );
  });
}
