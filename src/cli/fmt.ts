import { printScript } from "../ast/print.js";
import { NodeIds } from "../base/ids.js";
import type { Script } from "../ast/ast.js";
import { type Source, Sources } from "../base/source.js";
import { Log } from "../diag/diagnostic.js";
import { render } from "../diag/render.js";
import { parse } from "../parse/parse.js";
import { isStackOverflow, longestStatement, reportTooDeep } from "../parse/too-deep.js";
import type { Io } from "./io.js";
import { loadScript, writeUserFile } from "./load-source.js";

export interface FmtFlags {
  readonly write?: boolean | undefined;
  readonly check?: boolean | undefined;
  /** The program itself, instead of a file. */
  readonly text?: string | undefined;
  /** Where to write it, instead of standard output. */
  readonly output?: string | undefined;
}

/** `tsbt fmt`: exit code 1 if a script cannot be parsed, or with `--check` is not in standard form. */
export function fmtCommand(paths: readonly string[], flags: FmtFlags, io: Io): number {
  let worst = 0;
  for (const path of paths) {
    const sources = new Sources();
    const source =
      flags.text === undefined ? loadScript(path, sources, io) : sources.add("stdin", flags.text);
    const log = new Log();
    const script = parse(source, new NodeIds(), log);
    if (script === undefined || log.hasErrors) {
      io.stderr(render(log.diagnostics, sources, { color: io.color }));
      worst = 1;
      continue;
    }
    const text = printed(script, source, log);
    if (text === undefined) {
      io.stderr(render(log.diagnostics, sources, { color: io.color }));
      worst = 1;
    } else if (flags.check === true) {
      if (text !== source.text) {
        io.stdout(`${path}\n`);
        worst = 1;
      }
    } else if (flags.write === true && path !== "-") {
      if (text !== source.text) writeUserFile(path, "script", new TextEncoder().encode(text), io);
    } else if (flags.output !== undefined) {
      writeUserFile(flags.output, "file", new TextEncoder().encode(text), io);
    } else io.stdout(text);
  }
  return worst;
}

/** Undefined, told in the log: a chain of operators is longer than the stack is deep. */
function printed(script: Script, source: Source, log: Log): string | undefined {
  try {
    return printScript(script, source.text);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    reportTooDeep(log, longestStatement(script));
    return undefined;
  }
}
