/**
 * How funccount, trace and argdist name events: bcc's way of writing, with tsbt's patterns.
 *
 *   vfs_read, p::vfs_read                  kernel functions; `r::vfs_read` their returns
 *   p:c:malloc, c:malloc, /bin/sh:main     functions of a library (by short name) or program
 *   t:sched:sched_switch                   tracepoints
 *   u:provider-or-path:probe               USDT
 *   tracepoint:…, uprobe:…                 attach points as in a script
 */
import { providers } from "../../lang/index.js";
import { UserError } from "../load-source.js";

export type EventKind = "entry" | "return";

export interface EventSpec {
  /** As it stands in a script. */
  readonly attachPoint: string;
  readonly kind: EventKind;
  /** Of a return: the attach point of the function's entry. */
  readonly entry?: string;
  /** What names the event while the probe runs: an expression. */
  readonly label: string;
}

const EXAMPLES =
  "vfs_read (a kernel function), r::vfs_read (its return), c:malloc (a function of libc), t:sched:sched_switch (a tracepoint), u:libc:setjmp (USDT)";

function bad(text: string, reason: string): UserError {
  return new UserError(`'${text}' names no event: ${reason}`, "TB6020", `write ${EXAMPLES}`);
}

/** A library or program as an attach point wants it: paths and short names stay as they are. */
function functionSpec(kind: EventKind, library: string, name: string): EventSpec {
  const place = library === "" ? name : `${library}:${name}`;
  const letter = library === "" ? "k" : "u";
  if (kind === "entry") return { attachPoint: `${letter}probe:${place}`, kind, label: "func" };
  return { attachPoint: `${letter}retprobe:${place}`, kind, entry: `${letter}probe:${place}`, label: "func" };
}

/** Reads one event's name; throws a UserError that shows the forms. */
export function parseEventSpec(text: string): EventSpec {
  const parts = text.split(":");
  const [first = "", ...rest] = parts;
  if (rest.length === 0) {
    if (first === "") throw bad(text, "it is empty");
    return functionSpec("entry", "", first);
  }
  const name = rest.at(-1) ?? "";
  if (name === "") throw bad(text, "the part behind the last `:` is empty");
  const middle = rest.slice(0, -1).join(":");
  switch (first) {
    case "p":
    case "":
      return functionSpec("entry", middle, name);
    case "r":
      return functionSpec("return", middle, name);
    case "t":
      if (rest.length !== 2) throw bad(text, "a tracepoint is t:CATEGORY:NAME");
      return { attachPoint: `tracepoint:${rest.join(":")}`, kind: "entry", label: "probe" };
    case "u":
      return { attachPoint: `usdt:${middle === "" ? "*" : middle}:${name}`, kind: "entry", label: "probe" };
  }
  const provider = providers.find((entry) => entry.name === first);
  if (provider !== undefined) return { attachPoint: text, kind: "entry", label: "probe" };
  return functionSpec("entry", parts.slice(0, -1).join(":"), name);
}

/**
 * A pattern whose last part is a regular expression, as bcc's `-r` has it: a wildcard that finds at least what it
 * matches, and the choice among those. Probes that are no functions (`interval`) pass.
 */
export function regularPattern(text: string): { readonly wildcard: string; readonly filter: RegExp } {
  const at = text.lastIndexOf(":") + 1;
  const expression = text.slice(at);
  const inside = expression.replace(/(^|\|)\^/g, "$1(?<=:)");
  try {
    const filter = new RegExp(`^interval:|(?<=:[^:]*)(?:${inside})(?=[^:]*$)`);
    return { wildcard: `${text.slice(0, at)}${literalStart(expression)}*`, filter };
  } catch (error) {
    throw bad(
      text,
      `'${expression}' is no regular expression: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Letters that whatever matches begins with: `vfs_` of `^vfs_(read|write)`. */
function literalStart(expression: string): string {
  // A choice between whole expressions has no common beginning; nor has what a `?` makes optional.
  if (/^[^(]*\|/.test(expression) || !expression.startsWith("^")) return "";
  const letters = /^\w*/.exec(expression.slice(1))?.[0] ?? "";
  return /[?*{]/.test(expression.charAt(1 + letters.length)) ? letters.slice(0, -1) : letters;
}
