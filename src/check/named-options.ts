/** Options of the script's own, `--name=value` behind a `--`: what getopt() asks for against what was given. */
import type { Log } from "../diag/diagnostic.js";
import type { OptionKind } from "../lang/builtin.js";
import { readInteger } from "../parse/literals.js";

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

  /** Given, but asked for nowhere: an error, or the list of what there is for `--help`. */
  reportUnknown(log: Log): void {
    const unknown = [...this.given.keys()].filter((name) => !this.declared.has(name));
    if (unknown.length === 0) return;
    const help = unknown.includes("help");
    const wrong = unknown.filter((name) => name !== "help").map((name) => `--${name}`);
    const names = [...this.declared.keys()].map((name) => `--${name}`);
    const lines = [...this.declared].map(([name, { doc }]) => `--${name}${doc === "" ? "" : `: ${doc}`}\n`);
    const message =
      wrong.length === 0
        ? "--help shows the program's own options and does not run it"
        : `unexpected program command line options: ${wrong.join(", ")}`;
    const known = names.length === 0 ? "no custom program options defined." : "expected program options:";
    log.add({
      code: "TB3020",
      severity: "error",
      message,
      hint: help || names.length === 0 ? known : `${known} ${names.join(", ")}`,
      ...(help ? { below: lines.join("") } : {}),
    });
  }
}

function truthOf(text: string | undefined): bigint | undefined {
  const word = text?.toLowerCase() ?? "true";
  if (["1", "true", "on", "yes"].includes(word)) return 1n;
  return ["0", "false", "off", "no"].includes(word) ? 0n : undefined;
}
