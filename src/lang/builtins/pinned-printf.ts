/**
 * printf() in an iterator that is pinned to a file: whoever reads the file gets the text, which the kernel makes
 * (bpf_seq_printf; bpf_bprintf_prepare in kernel/bpf/helpers.c). The kernel knows fewer conversions than the loader.
 */
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { printType } from "../../types/print.js";
import { int64, uint64, voidType } from "../../types/type.js";
import type { CallSite } from "../builtin.js";
import { checkFormat, conversions } from "../format.js";

/** MAX_BPRINTF_VARARGS of include/linux/bpf.h. */
const MOST_ARGUMENTS = 12;
/** Flags and width; no alternate form, no precision, no `*`. */
const KERNEL_CONVERSION = /^%[-+ 0]*\d*[hlLjzt]*[diuxXcps]$/;

/** Is the program's output what a reader of the pinned file gets? */
export function isPinned(site: CallSite): boolean {
  const { attach } = site.probe;
  return attach.kind === "iter" && attach.pin !== "";
}

export function pinnedPrintf(site: CallSite): TypedExpression | undefined {
  const format = site.text(0);
  const args = checkFormat(site, format);
  if (format === undefined || args === undefined) return undefined;
  if (args.length > MOST_ARGUMENTS) {
    return site.error(
      "TB3005",
      `printf() in a pinned iterator takes up to ${MOST_ARGUMENTS} values, the kernel's limit`,
      site.span,
      "print in several calls",
    );
  }
  const wanted = conversions(format);
  const given: TypedExpression[] = [];
  for (const [index, { text, letter }] of wanted.entries()) {
    const arg = args[index];
    if (arg === undefined) return undefined;
    if (!KERNEL_CONVERSION.test(text)) return unknown(site, `the conversion ${text}`, site.spanOf(0));
    const isText = arg.type.kind === "string";
    if ((letter === "s") !== isText) {
      return unknown(site, `${printType(arg.type)} as ${text}`, site.spanOf(index + 1));
    }
    const signed = integerOf(arg.type)?.signed === true;
    given.push(isText ? arg : site.convert(arg, signed ? int64 : uint64));
  }
  return site.call(voidType, { text: kernelFormat(format), args: given }, "seq_printf");
}

function unknown(site: CallSite, what: string, span: CallSite["span"]): undefined {
  return site.error(
    "TB3005",
    `printf() in a pinned iterator cannot print ${what}: the kernel prints there, numbers and strings only`,
    span,
  );
}

/** Numbers are passed as 64 bits. */
function kernelFormat(format: string): string {
  return format.replace(/%%|(%[-+ 0]*\d*)[hlLjzt]*([diuxXcps])/g, (whole, head, letter) =>
    head === undefined || "cps".includes(letter) ? whole : `${head}ll${letter}`,
  );
}
