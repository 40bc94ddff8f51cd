/** Where `#include` looks. */
import { joinPath, type SourceFiles } from "../base/files.js";
import type { Source, Sources } from "../base/source.js";
import { compilerHeader } from "./compiler-headers.js";

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
    private readonly sources: Sources,
    paths: IncludePaths,
  ) {
    this.directories = [
      ...paths.user.map((path) => ({ path, system: false })),
      { path: COMPILER, system: true },
      ...paths.system.map((path) => ({ path, system: true })),
    ];
  }

  /** `beside`: the directory of the including file, for the form with quotes. */
  find(
    name: string,
    beside: { readonly directory: string; readonly system: boolean } | undefined,
  ): Header | undefined {
    if (name.startsWith("/")) return this.open(name, name, false, -1);
    if (beside !== undefined) {
      const found = this.open(joinPath(beside.directory, name), name, beside.system, -1);
      if (found !== undefined) return found;
      // bpftrace's compiler takes the working directory for the script's own.
      const here = beside.system ? undefined : this.open(name, name, false, -1);
      if (here !== undefined) return here;
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
    const source = this.sources.add(`${COMPILER}/${name}`, text);
    this.compilerSources.set(name, source);
    return source;
  }
}
