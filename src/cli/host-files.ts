/** The machine's files for the compiler, each read once; and where its headers are. */
import { readdirSync, statSync } from "node:fs";
import type { FileFacts, SourceFiles } from "../base/files.js";
import type { Source, Sources } from "../base/source.js";
import type { IncludePaths } from "../c/headers.js";
import { objectOf } from "./c-compiler.js";
import type { Io } from "./io.js";

/** S_IWOTH of include/uapi/linux/stat.h */
const OTHERS_WRITE = 0o002;

/** `folders`: -I; `arch`: of the target. */
export function hostFiles(
  sources: Sources,
  io: Io,
  folders: readonly string[] = [],
  arch = "x86_64",
): SourceFiles {
  const read = new Map<string, Source | undefined>();
  return {
    read(path) {
      if (!read.has(path)) read.set(path, readSource(path, sources, io));
      return read.get(path);
    },
    inspect,
    list(path) {
      try {
        return readdirSync(path).sort();
      } catch {
        return [];
      }
    },
    object: (path) => objectOf(path, folders, arch, io),
  };
}

function readSource(path: string, sources: Sources, io: Io): Source | undefined {
  if (inspect(path)?.kind !== "file") return undefined;
  try {
    return sources.add(path, new TextDecoder().decode(io.readFile(path)));
  } catch {
    return undefined;
  }
}

function inspect(path: string): FileFacts | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const kind = stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other";
  return { kind, worldWritable: (stat.mode & OTHERS_WRITE) !== 0 };
}

/** As a C compiler on Linux searches; CPATH and C_INCLUDE_PATH are what compilers read. */
export function includePaths(user: readonly string[], env: Io["env"], arch: string): IncludePaths {
  const listed = (name: string): string[] => (env[name] ?? "").split(":").filter((path) => path !== "");
  return {
    user: [...user, ...listed("CPATH")],
    system: [
      ...listed("C_INCLUDE_PATH"),
      "/usr/local/include",
      `/usr/include/${arch}-linux-gnu`,
      "/usr/include",
    ],
  };
}
