/** What is wrong with how a command line is written, in one message: never the whole usage. */
import type { Command } from "commander";
import type { DiagnosticCode } from "../diag/codes.js";
import { nearestName } from "../diag/suggest.js";
import { UserError } from "./load-source.js";

const CODE: DiagnosticCode = "TB6005";

/** Where the options of a command are told; `word` is the command line's first. */
export function helpHint(word: string | undefined): string {
  return `try \`tsbt ${word === undefined ? "" : `${word} `}--help\``;
}

/** What only the command line as a whole shows to be wrong, in bpftrace's form. */
export class UsageError extends UserError {
  constructor(message: string) {
    super(`USAGE: ${message}`, CODE, helpHint(undefined));
  }
}

/**
 * Commander's text of an error ("error: unknown option '--x'\n(Did you mean …)") as tsbt tells errors: the message, a
 * hint with the nearest option of `program` and its commands, the code.
 */
export function usageError(text: string, program: Command, command: string | undefined): string {
  const [line = ""] = text.split("\n");
  const message = line.replace(/^error: /, "");
  const given = /^unknown option '(--?)([^'=]+)(=?)/.exec(message);
  const hint = helpHint(command);
  if (given === null) return lines(message.replace(/ argument missing$/, " needs a value"), hint);
  const [, dashes = "", name = "", equals] = given;
  const names = longNames(program);
  if (equals !== "" && names.includes(name)) return lines(`option '--${name}' takes no value`, hint);
  const nearest = dashes === "--" ? nearestName(name, names) : undefined;
  // Whoever runs bpftrace by a script waits for this line of its usage.
  const usage = command === undefined ? "USAGE:\n    tsbt [options] [script.bt | -e 'program']\n" : "";
  if (nearest !== undefined) return lines(message, `did you mean '--${nearest}'? ${hint}`) + usage;
  const forScript = dashes === "--" && command === undefined;
  return lines(message, forScript ? `a script's own options come behind \`--\`; ${hint}` : hint) + usage;
}

/** The options' names without their dashes, which would make short names look alike. */
function longNames(program: Command): readonly string[] {
  return [program, ...program.commands]
    .flatMap((each) => [...each.options, each.createHelp().visibleOptions(each).at(-1)])
    .flatMap((option) => (option?.long == null ? [] : [option.long.replace(/^--/, "")]));
}

function lines(message: string, hint: string): string {
  return `ERROR: ${message}\nHINT: ${hint}\nCODE: ${CODE}\n`;
}
