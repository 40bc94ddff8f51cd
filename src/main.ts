/** argv in, exit code out. */
import { type Io, processIo } from "./cli/io.js";
import { runCommandLine } from "./cli/command-line.js";
import { reportCrash } from "./cli/crash.js";

/** `args`: without the names of node and tsbt. Returns the process's exit code. */
export function main(args: readonly string[], io: Io = processIo()): number {
  try {
    return runCommandLine(args, io);
  } catch (error) {
    return reportCrash(error, io);
  }
}
