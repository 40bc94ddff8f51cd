/** Preprocessing tokens of C, and the scanner that makes them from source text, with or without macros. */
import type { Source } from "../base/source.js";
import type { Span } from "../base/span.js";

export type CTokenKind = "identifier" | "number" | "string" | "character" | "punctuator" | "pragma";

export interface CToken {
  readonly kind: CTokenKind;
  readonly text: string;
  /** Where it was written; a token that a macro made has the place of the macro's call in `span`. */
  readonly span: Span;
  /** White space stands before it: what stringifying keeps. */
  readonly spaced: boolean;
  /** The first of its line: only such a `#` begins a directive. */
  readonly lineStart: boolean;
  /** It named a macro inside that macro's own expansion, and is never expanded again (C11 6.10.3.4). */
  readonly painted?: true;
}

/** White space inside a line; comments and continued lines count as such. */
const BLANK = /(?:[ \t\f\v\r]|\\\r?\n|\/\/(?:\\\r?\n|[^\n])*|\/\*[\s\S]*?(?:\*\/|$))+/y;
const IDENTIFIER = /[A-Za-z_$][\w$]*/y;
const NUMBER = /\.?[0-9](?:[eEpP][+-]|[\w.])*/y;
const STRING = /(?:u8|[uUL])?"(?:[^"\\\n]|\\[\s\S])*"/y;
const CHARACTER = /[uUL]?'(?:[^'\\\n]|\\[\s\S])+'/y;
const PUNCTUATOR = /\.\.\.|<<=|>>=|##|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-*/%+&|^]=|[\s\S]/y;
/** A literal, a comment, or the start of a line with a directive: what matters in text that is skipped. */
const SKIPPED =
  /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[^\n])*'|\/\/(?:\\\r?\n|[^\n])*|\/\*[\s\S]*?(?:\*\/|$)|\n(?:[ \t]|\/\*[\s\S]*?\*\/)*#/g;

/** Reads the tokens of a stretch of one source, from front to back. */
export class Scanner {
  private at: number;
  private lineStart = true;

  constructor(
    readonly source: Source,
    start = 0,
    private readonly end = source.text.length,
  ) {
    this.at = start;
  }

  next(): CToken | undefined {
    const { text } = this.source;
    let spaced = false;
    for (;;) {
      if (this.at >= this.end) return undefined;
      const char = text.charCodeAt(this.at);
      // Most white space is a single blank or newline: the pattern is for the rest.
      if (char === 10) {
        this.at++;
        this.lineStart = true;
        spaced = true;
      } else if (char === 32 && text.charCodeAt(this.at + 1) > 47) {
        this.at++;
        spaced = true;
      } else if (char <= 32 || char === 92 || char === 47) {
        const blank = this.match(BLANK);
        if (blank === undefined) break;
        spaced = true;
      } else break;
    }
    return this.token(spaced);
  }

  private token(spaced: boolean): CToken {
    const start = this.at;
    const [kind, text] = this.read();
    const { lineStart } = this;
    this.lineStart = false;
    return { kind, text, spaced, lineStart, span: { source: this.source.id, start, end: this.at } };
  }

  private read(): readonly [CTokenKind, string] {
    const first = this.source.text[this.at] ?? "";
    if (first === '"' || first === "u" || first === "U" || first === "L") {
      const text = this.match(STRING);
      if (text !== undefined) return ["string", text];
    }
    if (first === "'" || first === "u" || first === "U" || first === "L") {
      const text = this.match(CHARACTER);
      if (text !== undefined) return ["character", text];
    }
    const word = this.match(IDENTIFIER);
    if (word !== undefined) return ["identifier", word];
    if (first === "." || (first >= "0" && first <= "9")) {
      const text = this.match(NUMBER);
      if (text !== undefined) return ["number", text];
    }
    return ["punctuator", this.match(PUNCTUATOR) ?? first];
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.source.text)?.[0];
    if (found === undefined) return undefined;
    this.at = Math.min(this.at + found.length, this.end);
    return found;
  }

  /** Goes on to the next line that is a directive, without making tokens of what lies between. */
  skipToDirective(): void {
    const { text } = this.source;
    if (this.lineStart && /^[ \t]*#/.test(text.slice(this.at, this.at + 80))) return;
    SKIPPED.lastIndex = Math.max(0, this.at - (text[this.at - 1] === "\n" ? 1 : 0));
    for (;;) {
      const found = SKIPPED.exec(text);
      if (found === null || found.index >= this.end) {
        this.at = this.end;
        return;
      }
      if (!found[0].startsWith("\n")) continue;
      this.at = found.index + found[0].length - 1;
      this.lineStart = true;
      return;
    }
  }
}

/** All tokens of a text. */
export function scanAll(source: Source): CToken[] {
  const scanner = new Scanner(source);
  const tokens: CToken[] = [];
  for (let token = scanner.next(); token !== undefined; token = scanner.next()) tokens.push(token);
  return tokens;
}

/** The tokens as text, white space between them shortened to one blank. */
export function spell(tokens: readonly CToken[]): string {
  return tokens.map((token, index) => (index > 0 && token.spaced ? ` ${token.text}` : token.text)).join("");
}
