/**
 * Constant integer expressions of C over tokens, with C's types as far as they change a value: 32 or 64 bits,
 * signed or not. The preprocessor's `#if` and the declarations' array lengths, enumerators and attributes
 * are computed by the same rules, but `#if` knows 64 bits only (C11 6.10.1).
 */
import type { CToken } from "./token.js";

export interface CValue {
  readonly value: bigint;
  readonly unsigned: boolean;
  readonly bits: 32 | 64;
}

export interface EvaluateHooks {
  /** Everything has 64 bits. */
  readonly preprocessor: boolean;
  /** A name's value; undefined: not known. */
  identifier(token: CToken): CValue | undefined;
  /** Size and alignment of a type name, or undefined when the tokens are none. */
  typeOf?(tokens: readonly CToken[]): CastType | undefined;
  /** `offsetof(type, member)` */
  offsetOf?(type: readonly CToken[], member: readonly CToken[]): bigint | undefined;
}

export interface CastType {
  readonly size: number;
  readonly align: number;
  /** For an integer type: what a cast to it does. */
  readonly integer?: { readonly bits: number; readonly signed: boolean };
}

export function int(value: bigint | number): CValue {
  return { value: BigInt(value), unsigned: false, bits: 32 };
}
export function long(value: bigint | number, unsigned = false): CValue {
  const wrapped = unsigned ? BigInt.asUintN(64, BigInt(value)) : BigInt.asIntN(64, BigInt(value));
  return { value: wrapped, unsigned, bits: 64 };
}

/** Precedence, loosest first. */
const LEVELS: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["|"],
  ["^"],
  ["&"],
  ["==", "!="],
  ["<", ">", "<=", ">="],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "%"],
];
const SIZE_WORDS = /^(?:sizeof|_Alignof|alignof|__alignof__|__alignof)$/;
const OFFSET_WORDS = /^(?:offsetof|__builtin_offsetof)$/;

/** What is wrong with the expression, or its value. */
export type Evaluated = CValue | { readonly error: string };

export function evaluate(tokens: readonly CToken[], hooks: EvaluateHooks): Evaluated {
  const evaluator = new Evaluator(tokens, hooks);
  try {
    return evaluator.whole();
  } catch (error) {
    if (error instanceof NotConstant) return { error: error.message };
    if (error instanceof RangeError) return { error: "the expression nests too deeply" };
    throw error;
  }
}

class NotConstant extends Error {}

class Evaluator {
  private at = 0;
  /** Above zero in an operand that does not count: `0 && 1 / 0`. */
  private dead = 0;

  constructor(
    private readonly tokens: readonly CToken[],
    private readonly hooks: EvaluateHooks,
  ) {}

  whole(): CValue {
    if (this.tokens.length === 0) throw new NotConstant("expected value in expression");
    const value = this.ternary();
    const rest = this.tokens[this.at];
    if (rest !== undefined) throw new NotConstant(`token is not a valid binary operator: '${rest.text}'`);
    return value;
  }

  private peek(): string {
    return this.tokens[this.at]?.text ?? "";
  }
  private take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.at++;
    return true;
  }
  private expect(text: string): void {
    if (!this.take(text)) throw new NotConstant(`expected '${text}'`);
  }

  private ternary(): CValue {
    const condition = this.binary(0);
    if (!this.take("?")) return condition;
    const holds = condition.value !== 0n;
    const then = this.peek() === ":" ? condition : this.unless(!holds, () => this.ternary());
    this.expect(":");
    const otherwise = this.unless(holds, () => this.ternary());
    return this.make((holds ? then : otherwise).value, then, otherwise);
  }

  private unless<T>(dead: boolean, read: () => T): T {
    if (dead) this.dead++;
    const value = read();
    if (dead) this.dead--;
    return value;
  }

  private binary(level: number): CValue {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (let operator = this.peek(); operators.includes(operator); operator = this.peek()) {
      this.at++;
      const settled = (operator === "&&" && left.value === 0n) || (operator === "||" && left.value !== 0n);
      const right = this.unless(settled, () => this.binary(level + 1));
      left = this.apply(operator, left, right);
    }
    return left;
  }

  /** A value in the common type of the operands. */
  private make(value: bigint, ...operands: readonly CValue[]): CValue {
    const bits = this.hooks.preprocessor || operands.some((each) => each.bits === 64) ? 64 : 32;
    const unsigned = operands.some((each) => each.unsigned && each.bits === bits);
    return { value: unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value), unsigned, bits };
  }

  private apply(operator: string, left: CValue, right: CValue): CValue {
    const common = (value: bigint): CValue => this.make(value, left, right);
    const [a, b] = [common(left.value).value, common(right.value).value];
    const truth = (holds: boolean): CValue => int(holds ? 1n : 0n);
    switch (operator) {
      case "||":
        return truth(left.value !== 0n || right.value !== 0n);
      case "&&":
        return truth(left.value !== 0n && right.value !== 0n);
      case "|":
        return common(a | b);
      case "^":
        return common(a ^ b);
      case "&":
        return common(a & b);
      case "==":
        return truth(a === b);
      case "!=":
        return truth(a !== b);
      case "<":
        return truth(a < b);
      case ">":
        return truth(a > b);
      case "<=":
        return truth(a <= b);
      case ">=":
        return truth(a >= b);
      case "<<":
        return this.make(left.value << (right.value & 63n), left);
      case ">>":
        return this.make(left.value >> (right.value & 63n), left);
      case "+":
        return common(a + b);
      case "-":
        return common(a - b);
      case "*":
        return common(a * b);
      default:
        if (b !== 0n) return common(operator === "/" ? a / b : a % b);
        if (this.dead > 0) return common(0n);
        throw new NotConstant("division by zero");
    }
  }

  private unary(): CValue {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new NotConstant("expected value in expression");
    switch (token.text) {
      case "-":
      case "~":
      case "+": {
        const operand = this.unary();
        const { value } = operand;
        return this.make(token.text === "-" ? -value : token.text === "~" ? ~value : value, operand);
      }
      case "!":
        return int(this.unary().value === 0n ? 1n : 0n);
      case "(":
        return this.parenthesised();
    }
    if (SIZE_WORDS.test(token.text)) return this.sizeOf(token.text === "sizeof");
    if (OFFSET_WORDS.test(token.text)) return this.offset();
    return this.primary(token);
  }

  private primary(token: CToken): CValue {
    if (token.kind === "number") {
      const value = numberValue(token.text, this.hooks.preprocessor);
      if (value === undefined) throw new NotConstant(`'${token.text}' is not an integer constant`);
      return value;
    }
    if (token.kind === "character") return int(characterValue(token.text));
    if (token.kind === "identifier") {
      const value = this.hooks.identifier(token);
      if (value !== undefined) return value;
      throw new NotConstant(`use of undeclared identifier '${token.text}'`);
    }
    throw new NotConstant(`unexpected '${token.text}' in a constant expression`);
  }

  private parenthesised(): CValue {
    const inner = this.inside();
    const type = this.hooks.typeOf?.(inner);
    if (type === undefined) {
      const evaluated = new Evaluator(inner, this.hooks);
      evaluated.dead = this.dead;
      return evaluated.whole();
    }
    const operand = this.unary();
    const { integer } = type;
    if (integer === undefined) return operand;
    const { bits, signed } = integer;
    const value = signed ? BigInt.asIntN(bits, operand.value) : BigInt.asUintN(bits, operand.value);
    return { value, unsigned: !signed && bits >= 32, bits: bits === 64 ? 64 : 32 };
  }

  private sizeOf(size: boolean): CValue {
    if (!this.take("(")) throw new NotConstant("sizeof needs a type in parentheses here");
    const type = this.hooks.typeOf?.(this.inside());
    if (type === undefined) throw new NotConstant("sizeof of something that is no known type");
    return long(size ? type.size : type.align, true);
  }

  private offset(): CValue {
    this.expect("(");
    const inner = this.inside();
    const comma = inner.findIndex((token) => token.text === ",");
    const offset = this.hooks.offsetOf?.(inner.slice(0, comma), inner.slice(comma + 1));
    if (comma < 0 || offset === undefined) throw new NotConstant("invalid offsetof");
    return long(offset, true);
  }

  /** The tokens up to the `)` that closes what was opened; it is read, too. */
  private inside(): readonly CToken[] {
    const start = this.at;
    for (let depth = 0; this.at < this.tokens.length; this.at++) {
      const text = this.peek();
      if (text === "(") depth++;
      else if (text === ")" && depth-- === 0) return this.tokens.slice(start, this.at++);
    }
    throw new NotConstant("expected ')'");
  }
}

/** A number of C: its suffix and size give the type (C11 6.4.4.1). */
function numberValue(text: string, preprocessor = false): CValue | undefined {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)([uUlLzZ]*)$/.exec(text.replace(/'/g, ""));
  const digits = match?.[1];
  if (digits === undefined) return undefined;
  if (/^0[0-9]*[89]/.test(digits)) return undefined;
  const value = BigInt(/^0[0-9]+$/.test(digits) ? `0o${digits}` : digits);
  const suffix = match?.[2] ?? "";
  const decimal = /^[1-9]/.test(digits);
  const wide = /[lLzZ]/.test(suffix) || preprocessor;
  const unsigned = /[uU]/.test(suffix);
  if (!wide) {
    if (value < 1n << 31n) return { value, unsigned, bits: 32 };
    if (value < 1n << 32n && (unsigned || !decimal)) return { value, unsigned: true, bits: 32 };
  }
  return long(value, unsigned || value >= 1n << 63n);
}

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

/** The bytes between the quotes, escapes resolved. */
function unescaped(text: string): string {
  const inner = text.slice(text.search(/["']/) + 1, -1);
  return inner.replace(/\\(x[0-9a-fA-F]+|[0-7]{1,3}|[\s\S])/g, (_, code: string) => {
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16) & 0xff);
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    if (code === "\n") return "";
    const special = ESCAPES[code];
    return special === undefined ? code : String.fromCharCode(special);
  });
}

/** `'a'`, and `'abc'` as compilers take it: the bytes from high to low. */
function characterValue(text: string): bigint {
  const bytes = [...unescaped(text)].map((char) => BigInt(char.charCodeAt(0) & 0xff));
  const value = bytes.reduce((sum, byte) => (sum << 8n) | byte, 0n);
  return bytes.length === 1 ? BigInt.asIntN(8, value) : BigInt.asIntN(32, value);
}
