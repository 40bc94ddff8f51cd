/** The values of literals. Each function gives the value or, as an error, what is wrong and where. */

const MAX_U64 = (1n << 64n) - 1n;
const MAX_U32 = (1n << 32n) - 1n;
const MAX_I64 = (1n << 63n) - 1n;

/** Nanoseconds in each duration unit. */
const DURATIONS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};
type IntegerSuffix = "u" | "l" | "ul" | "ll" | "ull";
/** The largest value a literal with this suffix may have, as C has it on a 64-bit machine. */
const SUFFIX_LIMITS: Readonly<Record<IntegerSuffix, bigint>> = {
  u: MAX_U32,
  l: MAX_I64,
  ul: MAX_U64,
  ll: MAX_I64,
  ull: MAX_U64,
};

/** `start` and `end` are offsets within the literal's own text. */
export interface LiteralError {
  readonly error: string;
  readonly start: number;
  readonly end: number;
}
export interface IntegerValue {
  readonly value: bigint;
  readonly suffix?: IntegerSuffix;
  readonly duration: boolean;
}

const DIGITS =
  /^(?:0[xX](?<hex>[0-9a-fA-F_]+)|0[bB](?<binary>[01_]+)|(?<decimal>[0-9][0-9_]*)(?:[eE](?<exponent>[0-9][0-9_]*))?)/;

/** Reads `10`, `0x1f`, `0b11`, `017`, `1_000`, `1e6`, `10ull`, `5ms`. */
export function readInteger(text: string): IntegerValue | LiteralError {
  const fail = (error: string, start = 0, end = text.length): LiteralError => ({ error, start, end });
  const match = DIGITS.exec(text);
  if (match?.groups === undefined) return fail(`invalid integer '${text}'`);
  const length = match[0].length;
  if (match[0].endsWith("_")) return fail("trailing underscore in integer literal", length - 1, length);
  const digits = digitsValue(match.groups);
  if (typeof digits === "string") return fail(digits);
  const tail = text.slice(length);
  const limited = (value: bigint, maximum: bigint): LiteralError | undefined =>
    value > maximum ? fail(`integer is too large: the maximum is ${maximum}`) : undefined;
  const unit = DURATIONS[tail];
  if (unit !== undefined) {
    const value = digits * unit;
    return limited(value, MAX_U64) ?? { value, duration: true };
  }
  const suffix = tail.toLowerCase();
  if (suffix === "") return limited(digits, MAX_U64) ?? { value: digits, duration: false };
  if (!isIntegerSuffix(suffix)) return fail(`invalid integer suffix '${tail}'`, length);
  return limited(digits, SUFFIX_LIMITS[suffix]) ?? { value: digits, suffix, duration: false };
}

function isIntegerSuffix(text: string): text is IntegerSuffix {
  return text in SUFFIX_LIMITS;
}

function digitsValue(groups: Record<string, string | undefined>): bigint | string {
  const { hex, binary, decimal = "", exponent } = groups;
  const plain = (digits: string): string => digits.replaceAll("_", "");
  if (hex !== undefined) return BigInt(`0x${plain(hex) || "0"}`);
  if (binary !== undefined) return BigInt(`0b${plain(binary) || "0"}`);
  const text = plain(decimal);
  if (exponent !== undefined) {
    if (!/^[1-9]$/.test(text)) return "the coefficient of a scientific literal must be 1 to 9";
    const power = Number(plain(exponent));
    // 9e19 is the largest that could fit; more zeros only cost time.
    return power > 20 ? MAX_U64 + 1n : BigInt(text) * 10n ** BigInt(power);
  }
  if (/^0[0-9]/.test(text)) {
    return /^0[0-7]+$/.test(text) ? BigInt(`0o${text.slice(1)}`) : `invalid octal integer '${decimal}'`;
  }
  return BigInt(text);
}

/** One escape, after its backslash. `\xNN` and octals give the byte NN as the character of that code. */
const ESCAPE = /\\(?:(?<octal>[0-7]{1,3})|[xX](?<hex>[0-9a-fA-F]{1,2})|(?<char>[\s\S]))/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  e: "\x1b",
  '"': '"',
  "'": "'",
  "\\": "\\",
};

/** Characters up to 255 stand for bytes in a value, so one typed as such becomes its two UTF-8 bytes. */
function asBytes(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x80 || code > 0xff ? char : String.fromCharCode(0xc0 | (code >> 6), 0x80 | (code & 0x3f));
}

/** Resolves the escapes of a string's inside (without its quotes). */
export function readString(raw: string): { readonly value: string } | LiteralError {
  let value = "";
  for (let at = 0; at < raw.length; ) {
    const char = raw.charAt(at);
    if (char !== "\\") {
      value += asBytes(char);
      at++;
      continue;
    }
    ESCAPE.lastIndex = at;
    const groups = ESCAPE.exec(raw)?.groups ?? {};
    const end = ESCAPE.lastIndex;
    const text = raw.slice(at, end);
    if (groups.octal !== undefined) {
      const code = Number.parseInt(groups.octal, 8);
      if (code > 255) return { error: `octal escape sequence out of range '${text}'`, start: at, end };
      value += String.fromCharCode(code);
    } else if (groups.hex !== undefined) value += String.fromCharCode(Number.parseInt(groups.hex, 16));
    else {
      const simple = SIMPLE_ESCAPES[groups.char ?? ""];
      if (simple === undefined) {
        const error = /[xX]/.test(groups.char ?? "")
          ? "invalid hex escape sequence"
          : `invalid escape character '${text}'`;
        return { error, start: at, end };
      }
      value += simple;
    }
    at = end;
  }
  return { value };
}

/** `'c'`, `'\n'`: the code of the one character between the quotes. */
export function readCharacter(text: string): { readonly value: bigint } | LiteralError {
  const inside = readString(text.slice(1, -1));
  if ("error" in inside) return { ...inside, start: inside.start + 1, end: inside.end + 1 };
  const [only, more] = [...inside.value];
  if (only === undefined || more !== undefined) {
    return { error: "a character literal holds exactly one character", start: 0, end: text.length };
  }
  return { value: BigInt(only.codePointAt(0) ?? 0) };
}
