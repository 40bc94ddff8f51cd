/**
 * Random scripts that (nearly always) type-check: text, so that the whole compiler is exercised. A program is one
 * `begin` probe over its own maps; several of them make one script. What a program computes ends up in its maps.
 */
import { Choices } from "./choices.js";

export interface GeneratedProgram {
  readonly seed: number;
  /** Statements of the probe's body; leaving one out may or may not leave a valid program. */
  readonly statements: readonly string[];
}

/** Maps are named after the program, so that many programs fit into one script. */
export function generate(seed: number): GeneratedProgram {
  return new Generator(seed).program();
}

export function scriptOf(programs: readonly GeneratedProgram[]): string {
  return programs.map(({ statements }) => `begin {\n  ${statements.join("\n  ")}\n}\n`).join("");
}

type Kind = "int" | "string" | "pair";

interface Scope {
  /** Loop variables in reach. */
  readonly counters: readonly string[];
  readonly inLoop: boolean;
  readonly depth: number;
}

const intTypes = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"] as const;
const texts = [
  "",
  "a",
  "ab",
  "tsbt",
  "a longer one",
  "exactly sixteen!",
  "text that is longer than the others",
] as const;
const edges = [
  "0",
  "1",
  "2",
  "7",
  "8",
  "127",
  "128",
  "255",
  "256",
  "32767",
  "65535",
  "65536",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9223372036854775807",
] as const;

class Generator {
  private readonly c: Choices;
  private readonly ints: { readonly name: string; readonly type: string }[] = [];
  private loops = 0;

  constructor(private readonly seed: number) {
    this.c = new Choices(seed);
  }

  program(): GeneratedProgram {
    const { c } = this;
    const statements: string[] = [];
    const top: Scope = { counters: [], inLoop: false, depth: 0 };
    for (let i = 0, count = 2 + c.below(4); i < count; i++) {
      const type = c.of(intTypes);
      const name = `$i${i}`;
      statements.push(`${name} = (${type})${this.literal()};`);
      this.ints.push({ name, type });
    }
    statements.push(`$s0 = "text that is longer than the others";`, `$s1 = "exactly sixteen!";`);
    statements.push(`$p0 = ((int32)${this.literal()}, "ab", (uint8)1);`);
    statements.push(`${this.map("v")} = (int64)${this.literal()};`, `${this.map("u")}[(int64)1] = (int64)5;`);
    statements.push(`${this.map("n")}[(int64)2]++;`);
    for (let i = 0, count = 3 + c.below(8); i < count; i++) statements.push(this.statement(top));
    // Locals that no map shows would be computed for nothing.
    for (const { name } of this.ints)
      statements.push(`${this.map("r")}[${this.ints.length}, "${name.slice(1)}"] = (int64)${name};`);
    return { seed: this.seed, statements };
  }

  private map(name: string): string {
    return `@p${this.seed}_${name}`;
  }

  // ---------------------------------------------------------------------------------------------- statements

  private statement(s: Scope): string {
    const { c } = this;
    const simple = s.depth >= 3;
    switch (c.below(simple ? 9 : 15)) {
      case 0:
      case 1: {
        const target = c.of(this.ints as [(typeof this.ints)[0], ...typeof this.ints]);
        return `${target.name} = (${target.type})${this.int(s)};`;
      }
      case 2:
        return `${this.map("g")} = (int64)${this.int(s)};`;
      case 3:
        return this.assignKeyed(s);
      case 4:
        return this.aggregate(s);
      case 5:
        return this.step(s);
      case 6:
        return c.oneIn(2) ? `$s0 = ${this.text()};` : `$p0 = ${this.pair(s)};`;
      case 7:
        return this.update(s);
      case 8:
        return this.leave(s);
      case 9:
      case 10:
        return `if (${this.condition(s)}) ${this.block(s)}${c.oneIn(2) ? ` else ${this.block(s)}` : ""}`;
      default:
        return this.loop(s);
    }
  }

  private block(s: Scope, more: Partial<Scope> = {}): string {
    const inner: Scope = { ...s, ...more, depth: s.depth + 1 };
    const statements: string[] = [];
    for (let i = 0, count = 1 + this.c.below(3); i < count; i++) statements.push(this.statement(inner));
    return `{ ${statements.join(" ")} }`;
  }

  private assignKeyed(s: Scope): string {
    switch (this.c.below(4)) {
      case 0:
        return `${this.map("k")}[${this.key(s)}] = (int32)${this.int(s)};`;
      case 1:
        return `${this.map("t")}[${this.string()}] = ${this.pair(s)};`;
      case 2:
        return `${this.map("s")}[(uint16)${this.int(s)}, ${this.string()}] = ${this.text()};`;
      default:
        return `delete(${this.map("k")}, ${this.key(s)});${this.keepMap()}`;
    }
  }

  /** A map that is only deleted from has no type. */
  private keepMap(): string {
    return ` ${this.map("k")}[1] = (int32)1;`;
  }

  private aggregate(s: Scope): string {
    const name = this.c.of(["count", "sum", "min", "max", "avg", "stats", "hist", "lhist"]);
    const key = this.c.oneIn(2) ? "" : `[(int8)${this.int(s)}]`;
    const map = this.map(`${name}${key === "" ? "" : "_k"}`);
    const value = `(int64)${this.int(s)}`;
    const call =
      name === "count" ? "count()" : name === "lhist" ? `lhist(${value}, -10, 100, 10)` : `${name}(${value})`;
    return `${map}${key} = ${call};`;
  }

  private step(s: Scope): string {
    const target = this.c.oneIn(2)
      ? this.c.of(this.ints as [(typeof this.ints)[0], ...typeof this.ints]).name
      : `${this.map("n")}[${this.key(s)}]`;
    return this.c.oneIn(2) ? `${target}++;` : `--${target};`;
  }

  private update(s: Scope): string {
    const operator = this.c.of(["+", "-", "*", "&", "|", "^", "/", "%"]);
    if (this.c.oneIn(2)) return `${this.map("u")}[${this.key(s)}] ${operator}= (int64)${this.int(s)};`;
    const target = this.c.of(this.ints as [(typeof this.ints)[0], ...typeof this.ints]);
    return `${target.name} ${operator}= (${target.type})${this.int(s)};`;
  }

  private leave(s: Scope): string {
    const how = s.inLoop ? this.c.of(["break;", "continue;", "return;"]) : "return;";
    return `if (${this.condition(s)}) { ${how} }`;
  }

  private loop(s: Scope): string {
    const name = `$l${this.loops++}`;
    const inner = { counters: [...s.counters, name], inLoop: true };
    // Rounds multiply where loops nest: the machine and the verifier both walk every one of them.
    const rounds = Math.min(this.c.of([1, 3, 5, 20]), s.counters.length === 0 ? 20 : 5);
    switch (this.c.below(4)) {
      case 0:
        return `unroll(${rounds}) ${this.block(s)}`;
      case 1:
        return `for (${name} : 0..${rounds}) ${this.block(s, inner)}`;
      case 2:
        return `for (${name} : (int64)0..((int64)${this.int(s)} & 7)) ${this.block(s, inner)}`;
      default: {
        const body = this.block({ ...s, depth: s.depth }, inner);
        return `let ${name} : int64 = 0; while (${name} < ${rounds}) { ${name}++; ${body.slice(1)}`;
      }
    }
  }

  // --------------------------------------------------------------------------------------------- expressions

  private literal(): string {
    return this.c.oneIn(3) ? String(this.c.below(1000)) : this.c.of(edges);
  }

  private key(s: Scope): string {
    return this.c.oneIn(2) ? `(int64)${this.c.below(3)}` : `(int64)${this.int(s)}`;
  }

  /** Always in brackets or a single word, so that it can stand behind a cast. */
  private int(s: Scope, depth = 0): string {
    const { c } = this;
    if (depth > 3 || c.oneIn(3)) return this.leaf(s);
    const sub = (): string => this.int(s, depth + 1);
    switch (c.below(9)) {
      case 0:
      case 1:
      case 2: {
        const type = c.of(intTypes);
        return `((${type})${sub()} ${c.of(["+", "-", "*", "/", "%", "&", "|", "^"])} (${type})${sub()})`;
      }
      case 3:
        return `((${c.of(intTypes)})${sub()} ${c.of(["<<", ">>"])} ${c.oneIn(2) ? c.below(70) : `(uint8)${sub()}`})`;
      case 4:
        return `((${c.of(intTypes)})${sub()})`;
      case 5:
        return `(${this.condition(s, depth + 1)} ? (int64)${sub()} : (int64)${sub()})`;
      case 6:
        return `(${c.of(["-", "~"])}(${c.of(["int8", "int32", "int64"])})${sub()})`;
      case 7:
        return `((int64)${this.condition(s, depth + 1)})`;
      default:
        return this.read(s);
    }
  }

  private leaf(s: Scope): string {
    const { c } = this;
    const [counter] = s.counters.slice(-1);
    if (counter !== undefined && c.oneIn(3)) return counter;
    return c.oneIn(2) ? this.literal() : c.of(this.ints as [(typeof this.ints)[0], ...typeof this.ints]).name;
  }

  private read(s: Scope): string {
    const { c } = this;
    switch (c.below(5)) {
      case 0:
        return `${this.map("u")}[${this.key(s)}]`;
      case 1:
        return "$p0.0";
      case 2:
        return "$p0.2";
      case 3:
        return this.map("v");
      default: {
        const name = c.of(this.ints as [(typeof this.ints)[0], ...typeof this.ints]).name;
        return `(${c.oneIn(2) ? `${name}++` : `--${name}`})`;
      }
    }
  }

  private condition(s: Scope, depth = 0): string {
    const { c } = this;
    const sub = (): string => this.int(s, depth + 1);
    switch (c.below(depth > 3 ? 1 : 7)) {
      case 0:
      case 1: {
        const type = c.of(intTypes);
        return `((${type})${sub()} ${c.of(["==", "!=", "<", "<=", ">", ">="])} (${type})${sub()})`;
      }
      case 2:
        return `(${this.condition(s, depth + 1)} ${c.of(["&&", "||"])} ${this.condition(s, depth + 1)})`;
      case 3:
        return `(!${this.condition(s, depth + 1)})`;
      case 4:
        return `(${this.string()} ${c.of(["==", "!="])} ${this.string()})`;
      case 5:
        return `($p0 ${c.of(["==", "!="])} ${this.pair(s, depth + 1)})`;
      default:
        return `has_key(${this.map("u")}, ${this.key(s)})`;
    }
  }

  private text(): string {
    return `"${this.c.of(texts)}"`;
  }

  private string(): string {
    return this.c.oneIn(2) ? this.text() : this.c.of(["$s0", "$s1", "$p0.1"]);
  }

  private pair(s: Scope, depth = 0): string {
    return `((int32)${this.int(s, depth + 1)}, "${this.c.of(["a", "ab", ""])}", (uint8)${this.int(s, depth + 1)})`;
  }
}

export type { Kind };
