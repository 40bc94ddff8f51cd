/** Options of the script's own, `--name=value` behind a `--`: what getopt() asks for against what was given. */
import type { Call } from "../ast/ast.js";
import type { Log } from "../diag/diagnostic.js";
import type { OptionKind } from "../lang/builtin.js";
import { findBuiltin } from "../lang/index.js";
import { readInteger } from "../parse/literals.js";
import { scan } from "./scan.js";

interface Declared {
  readonly kind: OptionKind;
  readonly fallback: bigint | string;
  doc: string;
}

export class NamedOptions {
  /** `--name=value`; `--name` alone has undefined. */
  private readonly given = new Map<string, string | undefined>();
  private readonly declared = new Map<string, Declared>();
  /** `$1`, `$2`… */
  readonly positional: readonly string[];

  constructor(parameters: readonly string[]) {
    this.positional = parameters.filter((text) => {
      if (!text.startsWith("--")) return true;
      const [name = "", ...rest] = text.slice(2).split("=");
      this.given.set(name, text.includes("=") ? rest.join("=") : undefined);
      return false;
    });
  }

  /** Remembers what a call of getopt() asks for; says what is wrong with it. */
  declare(name: string, kind: OptionKind, fallback: bigint | string, doc: string): string | undefined {
    const known = this.declared.get(name);
    if (known === undefined) {
      this.declared.set(name, { kind, fallback, doc });
      return undefined;
    }
    if (known.fallback !== fallback || known.kind !== kind) {
      const previous = known.kind === "bool" ? known.fallback !== 0n : known.fallback;
      return `Command line option '${name}' needs to have the same default value in all places it is used. Previous default value: ${previous}`;
    }
    if (doc !== "" && known.doc !== "" && known.doc !== doc) {
      return `Command line option '${name}' must have the same description in all places it's used. Hint: You can wrap it in a macro`;
    }
    known.doc ||= doc;
    return undefined;
  }

  /** The value given for a declared option, or its default. What does not fit is reported; the default then stands. */
  valueOf(name: string, kind: OptionKind, fallback: bigint | string, log: Log): bigint | string {
    if (!this.given.has(name)) return fallback;
    const text = this.given.get(name);
    const wrong = (problem: string): bigint | string => {
      const message = `program command line option --${name} ${problem} (value: ${text ?? "true"})`;
      log.error("TB3020", undefined, message);
      return fallback;
    };
    if (kind === "bool") return truthOf(text) ?? wrong("expects a boolean (e.g. 'true')");
    if (text === undefined) return wrong(kind === "string" ? "expects a string" : "expects an integer");
    if (kind === "string") return text;
    const negative = text.startsWith("-");
    const read = readInteger(negative ? text.slice(1) : text);
    if ("error" in read) return wrong(/^\d/.test(text) ? read.error : "invalid integer");
    const value = negative ? -read.value : read.value;
    // Of an option without a sign, too, a negative number is taken: as its 64 bits, which a cast gives the sign back.
    const fits = negative || kind === "int64" ? BigInt.asIntN(64, value) === value : true;
    if (!fits) return wrong("value is out of range");
    return kind === "uint64" ? BigInt.asUintN(64, value) : value;
  }

  /**
   * Given, but asked for nowhere: an error, or the list of what there is for `--help`. `bodies`: all that the script could
   * run, macros expanded. A getopt() in a branch that `comptime` leaves out is never typed, but its option is no mistake.
   */
  reportUnknown(bodies: readonly unknown[], log: Log): void {
    const undeclared = [...this.given.keys()].filter((name) => !this.declared.has(name));
    if (undeclared.length === 0) return;
    const known = new Map([...this.declared].map(([name, { doc }]) => [name, doc]));
    for (const [name, doc] of mentioned(bodies)) known.set(name, known.get(name) || doc);
    const unknown = undeclared.filter((name) => !known.has(name));
    if (unknown.length === 0) return;
    const help = unknown.includes("help");
    const wrong = unknown.filter((name) => name !== "help").map((name) => `--${name}`);
    const names = [...known.keys()].map((name) => `--${name}`);
    const lines = [...known].map(([name, doc]) => `--${name}${doc === "" ? "" : `: ${doc}`}\n`);
    const message =
      wrong.length === 0
        ? "--help shows the program's own options and does not run it"
        : `unexpected program command line options: ${wrong.join(", ")}`;
    const expected = names.length === 0 ? "no custom program options defined." : "expected program options:";
    log.add({
      code: "TB3020",
      severity: "error",
      message,
      hint: help || names.length === 0 ? expected : `${expected} ${names.join(", ")}`,
      ...(help ? { below: lines.join("") } : {}),
    });
  }
}

/** Name and description of every getopt() in the trees, typed or not. */
function mentioned(trees: readonly unknown[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  scan(trees, (node) => {
    if (node.kind !== "call") return true;
    const { name: callee, args } = node as unknown as Call;
    const [name, , doc] = args;
    if (findBuiltin(callee)?.namesOption !== true || name?.kind !== "string") return true;
    found.set(name.value, found.get(name.value) || (doc?.kind === "string" ? doc.value : ""));
    return true;
  });
  return found;
}

function truthOf(text: string | undefined): bigint | undefined {
  const word = text?.toLowerCase() ?? "true";
  if (["1", "true", "on", "yes"].includes(word)) return 1n;
  return ["0", "false", "off", "no"].includes(word) ? 0n : undefined;
}
