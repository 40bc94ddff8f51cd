/** The file system as the compiler sees it: whoever calls the compiler says what is in it. */
import type { Result } from "./result.js";
import type { Source } from "./source.js";

export interface FileFacts {
  readonly kind: "file" | "directory" | "other";
  /** Anybody may write to it. */
  readonly worldWritable: boolean;
}

export interface SourceFiles {
  /** The text of a regular file, registered as a source; undefined if there is none that can be read. */
  read(path: string): Source | undefined;
  /** Undefined if there is nothing of that name. */
  inspect(path: string): FileFacts | undefined;
  /** Names in a directory, sorted. */
  list(path: string): readonly string[];
  /** A BPF object: the file itself, or what a C compiler makes of it. Absent: nothing can be compiled here. */
  object?(path: string): Result<Uint8Array>;
}

/** A machine without files. */
export const NO_FILES: SourceFiles = {
  read: () => undefined,
  inspect: () => undefined,
  list: () => [],
};

export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

/** `name` seen from `directory`; an absolute one stays. */
export function joinPath(directory: string, name: string): string {
  if (name.startsWith("/") || directory === "." || directory === "") return name;
  return `${directory.replace(/\/$/, "")}/${name}`;
}
