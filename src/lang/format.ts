/** Format strings of printf and its kin: conversions, and which types each prints. */
import type { TypedExpression } from "../check/typed-program.js";
import { typeWord } from "../types/print.js";
import { type Type, uint64 } from "../types/type.js";
import type { CallSite } from "./builtin.js";

/** One conversion: `%-5lld`. `%%` is not one. */
export interface Conversion {
  readonly text: string;
  /** `d`, `s`, `r`, `rx`, `rh`, `gr`… */
  readonly letter: string;
}

/** All conversions of a format in order; `undefined` in place of one that does not exist. */
export function conversions(format: string): readonly (Conversion | undefined)[] {
  const found: (Conversion | undefined)[] = [];
  for (const match of format.matchAll(
    /%%|%([-+ 0#]*)(\d+)?(\.\d+)?(hh|h|ll|l|j|z|t)?(rx|rh|gr|[a-zA-Z])?/g,
  )) {
    const text = match[0];
    if (text === "%%") continue;
    const letter = match[5];
    found.push(letter !== undefined && LETTERS.has(letter) ? { text, letter } : undefined);
  }
  return found;
}

const LETTERS = new Set(["d", "i", "u", "x", "X", "o", "p", "c", "s", "r", "rx", "rh", "gr"]);

/** Which types a conversion prints, and the word for them in messages. */
function expected(letter: string): { readonly word: string; readonly accepts: (type: Type) => boolean } {
  switch (letter) {
    case "s":
      return { word: "string", accepts: printsAsText };
    case "r":
    case "rx":
    case "rh":
      return { word: "buffer", accepts: (type) => type.kind === "buffer" };
    case "p":
      return {
        word: "pointer",
        accepts: (type) => type.kind === "pointer" || type.kind === "int" || type.kind === "enum",
      };
    default:
      return {
        word: "integer",
        accepts: (type) =>
          type.kind === "int" || type.kind === "enum" || type.kind === "bool" || type.kind === "pointer",
      };
  }
}

function printsAsText(type: Type): boolean {
  switch (type.kind) {
    case "string":
    case "enum":
    case "bool":
    case "inet":
    case "mac":
    case "stack":
    case "symbol":
    case "username":
    case "strerror":
    case "timestamp":
    case "cgroup_path":
    case "buffer":
      return true;
    case "void":
    case "int":
    case "pointer":
    case "array":
    case "struct":
    case "tuple":
    case "record":
    case "aggregate":
      return false;
  }
}

/** Checks the operands (those after the format) against it; undefined after a report. */
export function checkFormat(
  site: CallSite,
  format: string | undefined,
): readonly TypedExpression[] | undefined {
  const args: TypedExpression[] = [];
  let bad = format === undefined;
  for (let index = 1; index < site.args.length; index++) {
    const value = site.value(index);
    if (value === undefined) bad = true;
    else args.push(value);
  }
  if (bad || format === undefined) return undefined;
  const wanted = conversions(format);
  if (wanted.includes(undefined)) {
    return site.error(
      "TB3005",
      `${site.name}: invalid conversion in the format string`,
      site.spanOf(0),
      "write %% for a percent sign",
    );
  }
  if (args.length < wanted.length) {
    return site.error(
      "TB3005",
      `${site.name}: Not enough arguments for format string (${args.length} supplied, ${wanted.length} expected)`,
    );
  }
  if (args.length > wanted.length) {
    return site.error(
      "TB3005",
      `${site.name}: Too many arguments for format string (${args.length} supplied, ${wanted.length} expected)`,
    );
  }
  const out: TypedExpression[] = [];
  for (const [index, arg] of args.entries()) {
    const conversion = wanted[index];
    if (conversion === undefined) continue;
    const { word, accepts } = expected(conversion.letter);
    if (!accepts(arg.type)) {
      bad = true;
      site.error(
        "TB3005",
        `${site.name}: %${conversion.letter} specifier expects a value of type ${word} (${typeWord(arg.type)} supplied)`,
        site.spanOf(index + 1),
        conversion.letter === "s" && arg.type.kind === "pointer"
          ? "read the text it points at with str()"
          : undefined,
      );
    }
    out.push(
      conversion.letter !== "s" && conversion.letter !== "p" && arg.type.kind === "pointer"
        ? site.convert(arg, uint64)
        : arg,
    );
  }
  return bad ? undefined : out;
}
