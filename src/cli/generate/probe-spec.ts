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
  const returns = kind === "return" ? "ret" : "";
  const attachPoint = library === "" ? `k${returns}probe:${name}` : `u${returns}probe:${library}:${name}`;
  return { attachPoint, kind, label: "func" };
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
