/** Format strings of printf and its kin: conversions, and which types each prints. */
import type { TypedExpression } from "../check/typed-program.js";
import { settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import type { Type } from "../types/type.js";
import type { CallSite } from "./builtin.js";

/** One conversion: `%-5lld`. `%%` is not one. */
export interface Conversion {
  readonly text: string;
  /** `d`, `s`, `r`, `rx`, `rh`, `gr`… */
  readonly letter: string;
}

/** Letters of printf that need floating point, which BPF lacks, or write to memory. */
const UNSUPPORTED = "eEfFgGaAn";
const CONVERSION = /%%|%[-+ 0#]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[hlLjzt]*(gr|rx|rh|[diouxXcsprneEfFgGaA])/g;

/** All conversions of a format in order. A `%` that begins none stands for itself. */
export function conversions(format: string): readonly Conversion[] {
  return [...format.matchAll(CONVERSION)].flatMap(([text, letter]) =>
    letter === undefined ? [] : [{ text, letter }],
  );
}

function accepts(letter: string, type: Type): boolean {
  if (letter === "s") return true;
  if (letter.startsWith("r")) return type.kind === "buffer";
  return type.kind === "int" || type.kind === "enum" || type.kind === "bool" || type.kind === "pointer";
}

function refusal(letter: string, type: Type): string | undefined {
  if (type.kind === "void" || type.kind === "aggregate")
    return `unable to print none type for specifier: ${letter}`;
  if (UNSUPPORTED.includes(letter)) return `unsupported format specifier: ${letter}`;
  return accepts(letter, type)
    ? undefined
    : `unsupported format specifier for type '${printType(settle(type))}': ${letter}`;
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
  if (args.length !== wanted.length) {
    const few = args.length < wanted.length;
    return site.error(
      "TB3005",
      `${few ? "not enough" : "too many"} arguments for format string (${args.length} supplied, ${wanted.length} expected)`,
    );
  }
  for (const [index, { letter }] of wanted.entries()) {
    const arg = args[index];
    const message = arg === undefined ? undefined : refusal(letter, arg.type);
    if (message !== undefined) return site.error("TB3005", message, site.spanOf(index + 1));
  }
  return args;
}
