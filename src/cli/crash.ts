import type { Io } from "./io.js";

/** Our own failure: one clear message, never a stack trace unless TSBT_DEBUG asks for it. Returns the exit code. */
export function reportCrash(error: unknown, io: Io): number {
  const message = error instanceof Error ? error.message : String(error);
  io.stderr(`BUG: ${message}\n`);
  io.stderr("HINT: this is a bug in tsbt, not in the script: please report it with the script.\n");
  io.stderr("CODE: TB9001\n");
  if (io.env.TSBT_DEBUG !== undefined && error instanceof Error) io.stderr(`${error.stack ?? ""}\n`);
  return 70;
}
