import type { AddressSpace, BlockId, IrType, Jump, ValueId } from "./ir.js";
import { irInt } from "./types.js";

const spaces: readonly AddressSpace[] = ["ctx", "slot", "map_value", "ringbuf", "btf", "map", "func"];

/** One line of IR text, read from left to right; blanks between words do not count. */
export class LineReader {
  private at = 0;
  private readonly text: string;

  constructor(
    text: string,
    private readonly line: number,
  ) {
    this.text = text.replace(/(^|\s);.*$/, "").trim();
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  fail(wanted: string): never {
    throw new Error(`IR line ${this.line}: ${wanted} expected at "${this.text.slice(this.at)}"`);
  }

  /** What the pattern matches here, and behind it the blanks; undefined if it does not match. */
  match(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, "y");
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.at += found.length;
    while (this.text[this.at] === " ") this.at++;
    return found;
  }

  take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    while (this.text[this.at] === " ") this.at++;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) this.fail(`"${word}"`);
  }

  word(): string {
    return this.match(/[\w.$]+/) ?? this.fail("a name");
  }

  rest(): string {
    return this.match(/.*/) ?? "";
  }

  integer(): bigint {
    return BigInt(this.match(/-?\d+/) ?? this.fail("a number"));
  }

  number(): number {
    return Number(this.integer());
  }

  value(): ValueId {
    this.expect("%");
    return this.number() as ValueId;
  }

  /** `(%1, %2)` */
  values(): readonly ValueId[] {
    const found: ValueId[] = [];
    this.expect("(");
    while (!this.take(")")) {
      found.push(this.value());
      this.take(",");
    }
    return found;
  }

  block(): BlockId {
    this.expect("b");
    return this.number() as BlockId;
  }

  jump(): Jump {
    return { block: this.block(), args: this.values() };
  }

  type(): IrType {
    if (this.take("int")) return irInt;
    const word = this.word();
    const space = spaces.find((each) => each === word) ?? this.fail("a type");
    return { kind: "ptr", space, nullable: this.take("?") };
  }

  json(): unknown {
    const start = this.at;
    // The text ends where its brackets do.
    let depth = 0;
    do {
      const char = this.text[this.at++];
      if (char === undefined) this.fail("a closing bracket");
      if (char === "{" || char === "[") depth++;
      if (char === "}" || char === "]") depth--;
    } while (depth > 0);
    const value: unknown = JSON.parse(this.text.slice(start, this.at));
    while (this.text[this.at] === " ") this.at++;
    return value;
  }
}
