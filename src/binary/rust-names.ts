/**
 * Names of Rust's functions as people write them, without the hashes that tell crates and builds apart: the older way,
 * which dresses names as C++ (`_ZN…17h<16 digits>E`), and the one of RFC 2603 (`_R…`), by that text.
 */

/** `demo::shape::area`; undefined: not a name of Rust's, or one that has what is rare (identifiers beyond ASCII). */
export function demangleRust(name: string): string | undefined {
  const dressed = /^_ZN((?:\d+[\w$.]+?)+)17h[0-9a-f]{16}E(?:\..*)?$/.exec(name)?.[1];
  if (dressed !== undefined) return undressed(dressed);
  if (!/^_R[A-Z]/.test(name)) return undefined;
  try {
    return new RustName(name.slice(2).replace(/[.$].*$/, "")).symbol();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

/** What may not stand in an assembler's names: rustc's legacy mangling. */
const SIGNS: Readonly<Record<string, string>> = {
  SP: "@",
  BP: "*",
  RF: "&",
  LT: "<",
  GT: ">",
  LP: "(",
  RP: ")",
  C: ",",
};

/** `parts`: each with its length before it. */
function undressed(parts: string): string | undefined {
  const names: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const digits = /^\d+/.exec(parts.slice(at))?.[0] ?? "";
    const start = at + digits.length;
    at = start + Number(digits);
    if (digits === "" || at > parts.length) return undefined;
    names.push(parts.slice(start, at));
  }
  return names
    .map((name) =>
      name
        .replace(/^_\$/, "$")
        .replaceAll("..", "::")
        .replace(/\$(?:u([0-9a-f]+)|(\w+?))\$/g, (all, code?: string, sign?: string) =>
          code === undefined ? (SIGNS[sign ?? ""] ?? all) : String.fromCodePoint(Number.parseInt(code, 16)),
        ),
    )
    .join("::");
}

/** Types of one letter, in the order of the alphabet; those that stand for none are empty. */
const BASIC = [
  ...[
    "i8",
    "bool",
    "char",
    "f64",
    "str",
    "f32",
    "",
    "u8",
    "isize",
    "usize",
    "",
    "i32",
    "u32",
    "i128",
    "u128",
  ],
  ...["_", "", "", "i16", "u16", "()", "...", "", "i64", "u64", "!"],
];

/** How deep names may lie in each other; forged ones refer to themselves. */
const DEEPEST = 200;

/** Reads one name, left to right; parts that were read already are referred to by their place. */
class RustName {
  private at = 0;
  private depth = 0;
  /** Lifetimes that `for<'a>` around the place has named. */
  private bound = 0;

  /** `input` is what follows `_R`. */
  constructor(private readonly input: string) {}

  symbol(): string {
    const name = this.path(true);
    // The crate that had a generic function made.
    if (this.at < this.input.length) this.path(false);
    if (this.at !== this.input.length) throw new NotUnderstood();
    return name;
  }

  private next(): string {
    const letter = this.input[this.at++];
    if (letter === undefined) throw new NotUnderstood();
    return letter;
  }

  private take(letter: string): boolean {
    if (this.input[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  private match(pattern: RegExp): string {
    const found = pattern.exec(this.input.slice(this.at))?.[0];
    if (found === undefined) throw new NotUnderstood();
    this.at += found.length;
    return found;
  }

  /** Digits, small letters, great letters, up to `_`, which alone is 0. */
  private number62(): number {
    let value = 0;
    const digits = this.match(/^[0-9a-zA-Z]*_/).slice(0, -1);
    if (digits === "") return 0;
    for (const digit of digits) {
      const code = digit.charCodeAt(0);
      const base = code < 58 ? 48 : code < 91 ? 65 - 36 : 97 - 10;
      value = value * 62 + code - base;
    }
    return value + 1;
  }

  private disambiguator(): number {
    return this.take("s") ? this.number62() + 1 : 0;
  }

  private identifier(): string {
    if (this.take("u")) throw new NotUnderstood();
    const length = Number(this.match(/^(?:0|[1-9]\d*)/));
    this.take("_");
    const start = this.at;
    this.at += length;
    if (this.at > this.input.length) throw new NotUnderstood();
    return this.input.slice(start, this.at);
  }

  /** `B`, whose letter was read: what lies at an earlier place. */
  private again<T>(read: () => T): T {
    const place = this.at - 1;
    const target = this.number62();
    const behind = this.at;
    if (target >= place || ++this.depth > DEEPEST) throw new NotUnderstood();
    this.at = target;
    const found = read();
    this.at = behind;
    this.depth--;
    return found;
  }

  /** `inValue`: arguments of generics are written with `::` before them, as where a function is named. */
  private path(inValue: boolean): string {
    if (++this.depth > DEEPEST) throw new NotUnderstood();
    const text = this.pathOf(this.next(), inValue);
    this.depth--;
    return text;
  }

  private pathOf(kind: string, inValue: boolean): string {
    switch (kind) {
      case "C":
        this.disambiguator();
        return this.identifier();
      case "N":
        return this.inner(inValue);
      case "M":
        this.implementation();
        return `<${this.type()}>`;
      case "X":
        this.implementation();
        return `<${this.type()} as ${this.path(false)}>`;
      case "Y":
        return `<${this.type()} as ${this.path(false)}>`;
      case "I":
        return `${this.path(inValue)}${inValue ? "::" : ""}<${this.list(() => this.argument()).join(", ")}>`;
      case "B":
        return this.again(() => this.path(inValue));
      default:
        throw new NotUnderstood();
    }
  }

  /** Where the block of an implementation stands, which its name does not tell. */
  private implementation(): void {
    this.disambiguator();
    this.path(false);
  }

  private inner(inValue: boolean): string {
    const space = this.next();
    const outer = this.path(inValue);
    const index = this.disambiguator();
    const name = this.identifier();
    if (/[a-z]/.test(space)) return name === "" ? outer : `${outer}::${name}`;
    const kind = space === "C" ? "closure" : space === "S" ? "shim" : space;
    return `${outer}::{${kind}${name === "" ? "" : `:${name}`}#${index}}`;
  }

  private list(read: () => string): string[] {
    const parts: string[] = [];
    while (!this.take("E")) parts.push(read());
    return parts;
  }

  private argument(): string {
    if (this.take("L")) return this.lifetime(this.number62());
    return this.take("K") ? this.constant() : this.type();
  }

  private lifetime(index: number): string {
    if (index === 0) return "'_";
    const depth = this.bound - index;
    if (depth < 0) throw new NotUnderstood();
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }

  /** `for<'a> ` before what `read` makes, if lifetimes are bound there. */
  private inBinder(read: () => string): string {
    const count = this.take("G") ? this.number62() + 1 : 0;
    if (count > DEEPEST) throw new NotUnderstood();
    const outer = this.bound;
    this.bound += count;
    const names = Array.from({ length: count }, (_, i) => this.lifetime(count - i));
    const text = read();
    this.bound = outer;
    return count === 0 ? text : `for<${names.join(", ")}> ${text}`;
  }

  private type(): string {
    if (++this.depth > DEEPEST) throw new NotUnderstood();
    const text = this.typeOf(this.next());
    this.depth--;
    return text;
  }

  private typeOf(kind: string): string {
    const basic = BASIC[kind.charCodeAt(0) - 97];
    if (basic !== undefined && basic !== "") return basic;
    switch (kind) {
      case "A": {
        const element = this.type();
        return `[${element}; ${this.constant()}]`;
      }
      case "S":
        return `[${this.type()}]`;
      case "T": {
        const parts = this.list(() => this.type());
        return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
      }
      case "R":
      case "Q": {
        const index = this.take("L") ? this.number62() : 0;
        const life = index === 0 ? "" : `${this.lifetime(index)} `;
        return `&${life}${kind === "Q" ? "mut " : ""}${this.type()}`;
      }
      case "P":
        return `*const ${this.type()}`;
      case "O":
        return `*mut ${this.type()}`;
      case "F":
        return this.inBinder(() => this.functionType());
      case "D":
        return this.objectType();
      case "B":
        return this.again(() => this.type());
      default:
        this.at--;
        return this.path(false);
    }
  }

  private functionType(): string {
    const unsafe = this.take("U") ? "unsafe " : "";
    let abi = "";
    if (this.take("K")) abi = `extern "${this.take("C") ? "C" : this.identifier().replaceAll("_", "-")}" `;
    const parameters = this.list(() => this.type());
    return `${unsafe}${abi}fn(${parameters.join(", ")})${this.take("u") ? "" : ` -> ${this.type()}`}`;
  }

  private objectType(): string {
    const traits = this.inBinder(() => {
      return this.list(() => this.trait()).join(" + ");
    });
    if (!this.take("L")) throw new NotUnderstood();
    const index = this.number62();
    return `dyn ${traits}${index === 0 ? "" : ` + ${this.lifetime(index)}`}`;
  }

  /** A trait of `dyn`, with the types it is given by name: `Iterator<Item = u8>`. */
  private trait(): string {
    let text = this.path(false);
    const named: string[] = [];
    while (this.take("p")) {
      const name = this.identifier();
      named.push(`${name} = ${this.type()}`);
    }
    if (named.length === 0) return text;
    text = text.endsWith(">") && !text.startsWith("<") ? `${text.slice(0, -1)}, ` : `${text}<`;
    return `${text}${named.join(", ")}>`;
  }

  private constant(): string {
    const kind = this.next();
    if (kind === "p") return "_";
    if (kind === "B") return this.again(() => this.constant());
    const minus = this.take("n") ? "-" : "";
    const value = BigInt(`0x${this.match(/^[0-9a-f]*_/).slice(0, -1) || "0"}`);
    if (kind === "b") return value === 0n ? "false" : "true";
    if (kind === "c") return `'${String.fromCodePoint(Number(BigInt.asUintN(20, value)))}'`;
    if (!/[ahijlmnostxy]/.test(kind)) throw new NotUnderstood();
    return `${minus}${value}`;
  }
}
