/**
 * Names of C++ functions as people write them, from what the linker sees: the Itanium C++ ABI, section 5.1. Covers
 * names, templates, packs, types and operators; what is rarer (decltype, expressions, closures' signatures) gives
 * undefined. Ours and no library's: the one there is, of WebAssembly, is half the size of this compiler and leaves out
 * results of templates; of libstdc++'s names it gives 92 in a hundred as binutils does, this one 99.
 */
import { lastPart, pointerTo, qualified } from "./cpp-text.js";
import { BUILTIN, OPERATORS, STANDARD, STANDARD_CLASS } from "./itanium-codes.js";

/** `ns::f(int)` of `_ZN2ns1fEi`; undefined: not a mangled name, or one of the rare kinds. */
export function demangle(name: string): string | undefined {
  if (!name.startsWith("_Z")) return undefined;
  try {
    return new Demangler(name.replace(/\.(?:constprop|isra|part|cold|lto_priv)\b.*$/, "")).function();
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

interface Named {
  readonly text: string;
  /** Its last part has template arguments: then the result's type is part of the name. */
  readonly isTemplate: boolean;
  /** Constructors, destructors and conversions have no result. */
  readonly hasNoResult: boolean;
  /** `const` and the like behind the parameters. */
  readonly suffix: string;
}

/** A template's argument; a list: a pack of them, which stands for as many parameters. */
type Argument = string | readonly string[];

/** Reads one name, left to right. The codes' meaning depends on what was read: parts may be named again. */
class Demangler {
  private at = 2;
  /** What `S_`, `S0_`, … mean, in the order met. */
  private readonly known: string[] = [];
  /** What `T_`, `T0_`, … mean. */
  private templateArgs: readonly Argument[] = [];
  /** In `Dp`: which of a pack's elements packs stand for, and how many those met have. */
  private pack: { index: number; length: number | undefined } | undefined;

  /** `input` begins with `_Z`. */
  constructor(private readonly input: string) {}

  /** The name; throws `NotUnderstood`. */
  function(): string {
    const name = this.encoding(true);
    if (this.at !== this.input.length) throw new NotUnderstood();
    return name;
  }

  private encoding(withResult: boolean): string {
    if (/^(?:T[VTIShvc]|GV)/.test(this.input.slice(this.at))) throw new NotUnderstood();
    const name = this.name();
    const rest = this.peek();
    if (rest === "" || rest === "E") return name.text;
    const resultType = name.isTemplate && !name.hasNoResult ? `${this.type()} ` : "";
    const result = withResult ? resultType : "";
    return `${result}${name.text}(${this.parameters()})${name.suffix}`;
  }

  private parameters(): string {
    const types: string[] = [];
    while (this.peek() !== "" && this.peek() !== "E")
      types.push(...(this.take("Dp") ? this.expansion() : [this.type()]));
    return types.length === 1 && types[0] === "void" ? "" : types.join(", ");
  }

  /** `Dp`: the type behind it once for each element of the packs in it. */
  private expansion(): string[] {
    const start = this.at;
    const known = this.known.length;
    const outer = this.pack;
    const pack: { index: number; length: number | undefined } = { index: 0, length: undefined };
    this.pack = pack;
    const types: string[] = [];
    do {
      this.at = start;
      this.known.length = known;
      types.push(this.type());
      pack.index++;
    } while (pack.index < (pack.length ?? 1));
    this.pack = outer;
    return types.slice(0, pack.length ?? 1);
  }

  private peek(length = 1): string {
    return this.input.slice(this.at, this.at + length);
  }

  private take(text: string): boolean {
    if (!this.input.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  private expect(text: string): void {
    if (!this.take(text)) throw new NotUnderstood();
  }

  private number(): number {
    const digits = /^\d+/.exec(this.input.slice(this.at))?.[0];
    if (digits === undefined) throw new NotUnderstood();
    this.at += digits.length;
    return Number(digits);
  }

  private name(): Named {
    if (this.peek() === "N") return this.nested();
    if (this.peek() === "Z") return this.local();
    let text: string;
    let isSubstitution = false;
    if (this.peek() === "S" && this.peek(2) !== "St") {
      text = this.substitution();
      isSubstitution = true;
    } else {
      const prefix = this.take("St") ? "std::" : "";
      text = `${prefix}${this.unqualified("")}`;
    }
    if (this.peek() !== "I") return { text, isTemplate: false, hasNoResult: false, suffix: "" };
    if (!isSubstitution) this.known.push(text);
    text += this.arguments(text);
    return { text, isTemplate: true, hasNoResult: false, suffix: "" };
  }

  private nested(): Named {
    this.expect("N");
    let suffix = "";
    for (const [code, word] of [
      ["r", " restrict"],
      ["V", " volatile"],
      ["K", " const"],
      ["R", " &"],
      ["O", " &&"],
    ] as const) {
      if (this.take(code)) suffix += word;
    }
    let text = "";
    let isTemplate = false;
    let hasNoResult = false;
    while (!this.take("E")) {
      const next = this.peek();
      if (next === "") throw new NotUnderstood();
      if (next === "I") {
        text += this.arguments(text);
        isTemplate = true;
      } else if (next === "S" && this.peek(2) !== "St") {
        const code = this.peek(2);
        text = this.substitution();
        if (/^[CD]\d/.test(this.peek(2))) text = STANDARD_CLASS[code] ?? text;
        continue;
      } else if (next === "T") {
        text = this.templateParameter();
      } else {
        const prefix = this.take("St") ? "std" : "";
        if (prefix !== "") {
          text = prefix;
          continue;
        }
        isTemplate = false;
        hasNoResult = /^[CD]\d/.test(this.input.slice(this.at)) || this.peek(2) === "cv";
        const part = this.unqualified(text);
        text = text === "" ? part : `${text}::${part}`;
      }
      // The whole is no candidate for being named again; its parts are.
      if (this.peek() !== "E") this.known.push(text);
    }
    return { text, isTemplate, hasNoResult, suffix };
  }

  /** A function's own: `f()::counter`. */
  private local(): Named {
    this.expect("Z");
    const outer = this.withOwnArguments(() => this.encoding(false));
    this.expect("E");
    if (this.take("s"))
      return { text: `${outer}::string literal`, isTemplate: false, hasNoResult: true, suffix: "" };
    const inner = this.name();
    const number = /^_\d|^__\d+_/.exec(this.input.slice(this.at))?.[0];
    if (number !== undefined) this.at += number.length;
    return { ...inner, text: `${outer}::${inner.text}` };
  }

  private unqualified(scope: string): string {
    this.take("L");
    const next = this.peek();
    let text: string;
    if (/\d/.test(next)) {
      const length = this.number();
      text = this.peek(length);
      if (text.length < length) throw new NotUnderstood();
      this.at += length;
      if (text.startsWith("_GLOBAL__N")) text = "(anonymous namespace)";
    } else if (next === "C" || next === "D") {
      if (!/^[CD][0-5]/.test(this.peek(2))) throw new NotUnderstood();
      this.at += 2;
      const own = lastPart(scope);
      text = next === "C" ? own : `~${own}`;
    } else if (this.take("Ul")) {
      const parameters = this.parameters();
      this.expect("E");
      const index = this.peek() === "_" ? 1 : this.number() + 2;
      this.expect("_");
      text = `{lambda(${parameters})#${index}}`;
    } else if (this.take("cv")) {
      text = `operator ${this.type()}`;
    } else {
      const operator = OPERATORS[this.peek(2)];
      if (operator === undefined) throw new NotUnderstood();
      this.at += 2;
      text = `operator${operator}`;
    }
    // Tags that tell versions of a library apart.
    while (this.take("B")) {
      const length = this.number();
      text += `[abi:${this.peek(length)}]`;
      this.at += length;
    }
    return text;
  }

  /** Those of the template called `name`. */
  private arguments(name: string): string {
    this.expect("I");
    // `operator<` and `operator<<` keep a distance.
    const distance = /\boperator<<?$/.test(name) ? " " : "";
    const args: Argument[] = [];
    while (!this.take("E")) args.push(this.argument());
    this.templateArgs = args;
    const text = args.flat().join(", ");
    return `${distance}<${text}${text.endsWith(">") ? " " : ""}>`;
  }

  private argument(): Argument {
    if (this.take("J")) {
      const pack: Argument[] = [];
      while (!this.take("E")) pack.push(this.argument());
      return pack.flat();
    }
    if (this.take("Dp")) return this.expansion();
    if (this.peek() === "X") throw new NotUnderstood();
    if (!this.take("L")) return this.type();
    if (this.peek(2) === "_Z") throw new NotUnderstood();
    const type = this.type();
    const sign = this.take("n") ? "-" : "";
    const value = `${sign}${this.number()}`;
    this.expect("E");
    if (type === "bool") return value === "0" ? "false" : "true";
    if (type === "int") return value;
    const ending = { "unsigned int": "u", long: "l", "unsigned long": "ul" }[type];
    return ending === undefined ? `(${type})${value}` : `${value}${ending}`;
  }

  private substitution(): string {
    const standard = STANDARD[this.peek(2)];
    if (standard !== undefined) {
      this.at += 2;
      return standard;
    }
    this.expect("S");
    return this.numbered(this.known);
  }

  private templateParameter(): string {
    this.expect("T");
    const argument = this.numbered(this.templateArgs);
    if (typeof argument === "string") return argument;
    if (this.pack === undefined) throw new NotUnderstood();
    this.pack.length = argument.length;
    return argument[this.pack.index] ?? "";
  }

  /** `_` the first, `0_` the second, in base 36. */
  private numbered<T>(list: readonly T[]): T {
    const digits = /^([0-9A-Z]*)_/.exec(this.input.slice(this.at));
    if (digits === null) throw new NotUnderstood();
    this.at += digits[0].length;
    const found = list[digits[1] === "" ? 0 : Number.parseInt(digits[1] ?? "", 36) + 1];
    if (found === undefined) throw new NotUnderstood();
    return found;
  }

  private remembered(text: string): string {
    this.known.push(text);
    return text;
  }

  private type(): string {
    const code = this.peek();
    const builtin = BUILTIN[code];
    if (builtin !== undefined) {
      this.at++;
      return builtin;
    }
    switch (code) {
      case "P":
        this.at++;
        return this.remembered(pointerTo(this.type(), "*"));
      case "R":
        this.at++;
        return this.remembered(pointerTo(this.type(), "&"));
      case "O":
        this.at++;
        return this.remembered(pointerTo(this.type(), "&&"));
      case "K":
        this.at++;
        return this.remembered(qualified(this.type(), "const"));
      case "V":
        this.at++;
        return this.remembered(qualified(this.type(), "volatile"));
      case "F":
        return this.remembered(this.functionType());
      case "A": {
        this.at++;
        const length = this.peek() === "_" ? "" : this.number();
        this.expect("_");
        return this.remembered(`${this.type()} [${length}]`);
      }
      case "T": {
        const parameter = this.remembered(this.templateParameter());
        return this.peek() === "I"
          ? this.remembered(`${parameter}${this.withOwnArguments(() => this.arguments(parameter))}`)
          : parameter;
      }
      case "D":
        return this.longBuiltin();
      case "S":
        if (this.peek(2) !== "St") {
          const text = this.substitution();
          return this.peek() === "I"
            ? this.remembered(`${text}${this.withOwnArguments(() => this.arguments(text))}`)
            : text;
        }
    }
    return this.remembered(this.withOwnArguments(() => this.name().text));
  }

  /** Template arguments of a type do not become those of the function. */
  private withOwnArguments(read: () => string): string {
    const outer = this.templateArgs;
    const text = read();
    this.templateArgs = outer;
    return text;
  }

  private functionType(): string {
    this.expect("F");
    this.take("Y");
    const result = this.type();
    const parameters = this.parameters();
    this.expect("E");
    return `${result} (${parameters})`;
  }

  private longBuiltin(): string {
    const names: Readonly<Record<string, string>> = {
      Dn: "decltype(nullptr)",
      Di: "char32_t",
      Ds: "char16_t",
      Du: "char8_t",
      Da: "auto",
    };
    const name = names[this.peek(2)];
    if (name === undefined) throw new NotUnderstood();
    this.at += 2;
    return name;
  }
}
