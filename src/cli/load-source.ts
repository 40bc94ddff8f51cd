import type { Sources, Source } from "../base/source.js";
import type { DiagnosticCode } from "../diag/codes.js";
import type { Io } from "./io.js";
import { findTool } from "./tool-list.js";

/** A file that cannot be read is the user's error. */
export class UserError extends Error {
  constructor(
    message: string,
    readonly code: DiagnosticCode,
    readonly hint?: string,
    /** Told by how the command line is written: it is shown after the message. */
    readonly showUsage = false,
  ) {
    super(message);
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOENT":
      return "No such file or directory";
    case "EACCES":
      return "Permission denied";
    case "EISDIR":
      return "Is a directory";
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** Reads a file or throws a UserError that names it and the reason. */
export function readUserFile(path: string, what: string, io: Io): Uint8Array {
  try {
    return io.readFile(path);
  } catch (error) {
    throw cannotOpen(path, what, error);
  }
}

function cannotOpen(path: string, what: string, error: unknown): UserError {
  return new UserError(`failed to open ${what} '${path}': ${reasonOf(error)}`, "TB6001");
}

/** Writes a file or throws a UserError that names it and the reason. */
export function writeUserFile(path: string, what: string, bytes: Uint8Array, io: Io): void {
  try {
    io.writeFile(path, bytes);
  } catch (error) {
    throw new UserError(`failed to write ${what} '${path}': ${reasonOf(error)}`, "TB6002");
  }
}

/** Undefined: there is no such file. One that is there but cannot be read must not be taken for a tool. */
function readIfThere(path: string, io: Io): Uint8Array | undefined {
  try {
    return io.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cannotOpen(path, "file", error);
  }
}

/** The script of a command line: a file, one of tsbt's own tools by its name, or standard input for `-`. */
export function loadScript(path: string, sources: Sources, io: Io): Source {
  if (path === "-") return sources.add("stdin", io.readStdin());
  // Read once: it may be a pipe, as a shell's `<(…)` is.
  const own = readIfThere(path, io);
  const tool = own === undefined ? findTool(path, io) : undefined;
  const bytes = own ?? readUserFile(tool?.path ?? path, "file", io);
  return sources.add(tool?.path ?? path, new TextDecoder().decode(bytes));
}
