/** Where `#include` looks. The files themselves come through `SourceFiles`: this folder reads none. */
import type { Source } from "../base/source.js";
import { compilerHeader } from "./compiler-headers.js";

/** The file system as the compiler sees it; whoever calls the compiler decides what is in it. */
export interface SourceFiles {
  /** The text of a regular file, registered as a source; undefined if there is none that can be read. */
  read(path: string): Source | undefined;
  /** Registers a text that is in no file. */
  add(name: string, text: string): Source;
}

export interface IncludePaths {
  /** `-I`: searched for both forms of #include. */
  readonly user: readonly string[];
  /** After the compiler's own headers; what they hold is never complained about. */
  readonly system: readonly string[];
}

export interface Header {
  readonly source: Source;
  readonly system: boolean;
  /** Which directory it was found in, for #include_next. */
  readonly searched: number;
}

/** The compiler's own headers stand in a directory of their own, as clang's resource directory. */
const COMPILER = "<compiler>";

export class HeaderSearch {
  private readonly directories: readonly { readonly path: string; readonly system: boolean }[];
  private readonly compilerSources = new Map<string, Source>();

  constructor(
    private readonly files: SourceFiles,
    paths: IncludePaths,
  ) {
    this.directories = [
      ...paths.user.map((path) => ({ path, system: false })),
      { path: COMPILER, system: true },
      ...paths.system.map((path) => ({ path, system: true })),
    ];
  }

  /** `beside`: the directory of the including file, for the form with quotes. */
  find(name: string, beside: { readonly directory: string; readonly system: boolean } | undefined) {
    if (name.startsWith("/")) return this.open(name, name, false, -1);
    if (beside !== undefined) {
      const found = this.open(joinPath(beside.directory, name), name, beside.system, -1);
      if (found !== undefined) return found;
    }
    return this.findAfter(name, -1);
  }

  /** The next one behind the directory with that number. */
  findAfter(name: string, searched: number): Header | undefined {
    for (const [index, { path, system }] of this.directories.entries()) {
      if (index <= searched) continue;
      const found = this.open(path === COMPILER ? COMPILER : joinPath(path, name), name, system, index);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private open(path: string, name: string, system: boolean, searched: number): Header | undefined {
    const source = path === COMPILER ? this.compilerSource(name) : this.files.read(path);
    return source === undefined ? undefined : { source, system, searched };
  }

  private compilerSource(name: string): Source | undefined {
    const known = this.compilerSources.get(name);
    if (known !== undefined) return known;
    const text = compilerHeader(name);
    if (text === undefined) return undefined;
    const source = this.files.add(`${COMPILER}/${name}`, text);
    this.compilerSources.set(name, source);
    return source;
  }
}

export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

export function joinPath(directory: string, name: string): string {
  if (name.startsWith("/")) return name;
  return directory === "." || directory === "" ? name : `${directory.replace(/\/$/, "")}/${name}`;
}
