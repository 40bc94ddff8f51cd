import type { TokenStream } from "./macros.js";
import type { CToken, Scanner } from "./token.js";

/** The tokens of a file up to the next directive: what the macros' expansion may read at once. */
export class LineStream implements TokenStream {
  private waiting: CToken | undefined;

  constructor(private readonly scanner: Scanner) {}

  next(): CToken | undefined {
    const token = this.waiting ?? this.scanner.next();
    this.waiting = undefined;
    if (token !== undefined && isDirective(token)) {
      this.waiting = token;
      return undefined;
    }
    return token;
  }

  unread(token: CToken): void {
    this.waiting = token;
  }

  /** Passes over text that no branch takes. */
  skipToDirective(): void {
    if (this.waiting !== undefined && isDirective(this.waiting)) return;
    this.waiting = undefined;
    this.scanner.skipToDirective();
  }

  /** The `#` that stopped `next`; undefined at the end of the text. */
  takeDirective(): CToken | undefined {
    const hash = this.waiting ?? this.scanner.next();
    this.waiting = undefined;
    return hash;
  }

  /** What stands behind a directive on its line. */
  restOfLine(): CToken[] {
    const line: CToken[] = [];
    for (let token = this.scanner.next(); token !== undefined; token = this.scanner.next()) {
      if (token.lineStart) {
        this.waiting = token;
        break;
      }
      line.push(token);
    }
    return line;
  }
}

function isDirective(token: CToken): boolean {
  return token.text === "#" && token.lineStart && token.kind === "punctuator";
}
