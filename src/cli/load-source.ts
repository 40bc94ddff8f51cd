import { getSystemErrorMap } from "node:util";
import type { Sources, Source } from "../base/source.js";
import type { DiagnosticCode } from "../diag/codes.js";
import { didYouMean } from "../diag/suggest.js";
import type { Io } from "./io.js";
import { findTool, listTools, type Tool } from "./tool-list.js";

/** A file that cannot be read is the user's error. */
export class UserError extends Error {
  constructor(
    message: string,
    readonly code: DiagnosticCode,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** What strerror(3) says, where Node has other words or no number. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  EACCES: "Permission denied",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  ENAMETOOLONG: "File name too long",
};

/** The system's reason as other programs tell it: "No space left on device". */
export function reasonOf(error: unknown): string {
  const { code = "", message, errno } = error as NodeJS.ErrnoException;
  const [, text] = getSystemErrorMap().get(errno ?? 0) ?? [];
  return REASONS[code] ?? (text === undefined ? message : `${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

/** Reads a file or throws a UserError that names it and the reason. */
export function readUserFile(path: string, what: string, io: Io): Uint8Array {
  try {
    return io.readFile(path);
  } catch (error) {
    throw cannotOpen(path, what, error);
  }
}

function cannotOpen(path: string, what: string, error: unknown, hint?: string): UserError {
  return new UserError(`failed to open ${what} '${path}': ${reasonOf(error)}`, "TB6001", hint);
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
  if (path === "-") return sources.add("stdin", readStdin(io));
  // Read once: it may be a pipe, as a shell's `<(…)` is.
  const own = readIfThere(path, io);
  const tool = own === undefined ? findTool(path, io) : undefined;
  const bytes = own ?? readTool(path, tool, io);
  const text = new TextDecoder().decode(bytes);
  if (bytes.includes(0) && text.includes("\ufffd"))
    throw new UserError(`'${path}' is no script: it is not text in UTF-8`, "TB6001");
  return sources.add(tool?.path ?? path, text);
}

function readStdin(io: Io): string {
  try {
    return io.readStdin();
  } catch (error) {
    throw new UserError(`failed to read standard input: ${reasonOf(error)}`, "TB6001");
  }
}

/** A bare word that is no file and no tool may be a tool's name misspelt. */
function readTool(name: string, tool: Tool | undefined, io: Io): Uint8Array {
  try {
    return io.readFile(tool?.path ?? name);
  } catch (error) {
    const names = /^[\w-]+$/.test(name) ? listTools(io).map((each) => each.name) : [];
    throw cannotOpen(name, "file", error, didYouMean(name, names));
  }
}
