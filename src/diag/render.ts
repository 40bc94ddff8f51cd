import type { Sources } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { Diagnostic } from "./diagnostic.js";
import { codeInfo } from "./codes.js";

export interface RenderOptions {
  /** Paint the headline: red for errors, yellow for warnings. */
  readonly color: boolean;
}

const RED = "\x1b[31m";
const YELLOW = "\x1b[33m";
const RESET = "\x1b[0m";
/** A tab is shown as this many columns, in the source line and in its underline alike. */
const TAB = "    ";
/** Characters of a line that are shown, and how many of them before the place that is meant. */
const LONG = 2000;
const AROUND = 400;

/**
 * All diagnostics as text, errors first, each group in the order of reporting; ends with a line break unless
 * empty. The layout is the one bpftrace's users (and their editors' error patterns) know:
 *
 *     stdin:1:13-15: ERROR: message
 *     <source line>
 *                 ~~
 *     HINT: what to do
 *     CODE: TB2001
 *
 * The code stands on a line of its own, so that the other lines are those that bpftrace prints.
 * The second column is exclusive. A place of several lines is `file:2-4:`, followed by those lines.
 */
export function render(
  diagnostics: readonly Diagnostic[],
  sources: Sources,
  options: RenderOptions = { color: false },
): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const warnings = diagnostics.filter((diagnostic) => diagnostic.severity === "warning");
  return [...errors, ...warnings].map((diagnostic) => renderOne(diagnostic, sources, options)).join("");
}

function renderOne(diagnostic: Diagnostic, sources: Sources, options: RenderOptions): string {
  const isBug = codeInfo(diagnostic.code)?.class === "bug";
  const label = isBug ? "BUG" : diagnostic.severity === "error" ? "ERROR" : "WARNING";
  const paint = diagnostic.severity === "error" ? RED : YELLOW;
  const headline = (span: Span | undefined, text: string): string => {
    const place = span === undefined ? "" : `${renderPlace(span, sources)}: `;
    const line = `${place}${label}: ${text}`;
    return options.color ? `${paint}${line}${RESET}\n` : `${line}\n`;
  };
  let out = headline(diagnostic.span, diagnostic.message);
  if (diagnostic.span !== undefined) out += renderContext(diagnostic.span, sources);
  for (const related of diagnostic.related ?? []) {
    out += headline(related.span, related.message) + renderContext(related.span, sources);
  }
  for (const hint of diagnostic.hint?.split("\n") ?? []) out += `HINT: ${hint}\n`;
  out += diagnostic.below ?? "";
  if (isBug) out += "HINT: this is a bug in tsbt, not in the script: please report it with the script.\n";
  out += `CODE: ${diagnostic.code}\n`;
  return out;
}

/** `file:line:from-to`, or `file:first-last` for a place of several lines. Columns from 1, `to` exclusive. */
export function renderPlace(span: Span, sources: Sources): string {
  const name = sources.get(span.source).name;
  const begin = sources.position(span.source, span.start);
  const end = sources.position(span.source, span.end);
  if (begin.line !== end.line) return `${name}:${begin.line}-${end.line}`;
  return `${name}:${begin.line}:${begin.column}-${end.column}`;
}

/** The source lines of a place; under a single line, marks below what is meant. */
export function renderContext(span: Span, sources: Sources): string {
  const begin = sources.position(span.source, span.start);
  const end = sources.position(span.source, span.end);
  if (begin.line !== end.line) {
    let out = "";
    for (let line = begin.line; line <= end.line; line++)
      out += `${printable(sources.line(span.source, line).slice(0, LONG))}\n`;
    return out;
  }
  const whole = sources.line(span.source, begin.line);
  // Of a line that fills the screen, what lies around the place.
  const from = whole.length > LONG ? Math.max(0, begin.column - 1 - AROUND) : 0;
  const line = whole.slice(from, from + LONG);
  let marks = "";
  // One column at least, also where the script ends early.
  const stop = Math.min(Math.max(end.column, begin.column + 1) - 1 - from, LONG);
  for (let column = 0; column < stop; column++) {
    const mark = column < begin.column - 1 - from ? " " : "~";
    marks += line[column] === "\t" ? mark.repeat(TAB.length) : mark;
  }
  return `${printable(line).replaceAll("\t", TAB)}\n${marks}\n`;
}

/** A terminal shows it as it is: a script may hold what it would take for commands. */
function printable(line: string): string {
  return line.replace(/\r$/, "").replace(/(?!\t)\p{Cc}/gu, "?");
}
