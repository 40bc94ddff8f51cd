import type { Sources } from "../base/source.js";
import { hostBinaries } from "../binary/find.js";
import type { ProgramMode } from "../check/check.js";
import type { CompileOptions } from "../compile.js";
import { linkObjects } from "./c-compiler.js";
import { hostFiles, includePaths } from "./host-files.js";
import type { Io } from "./io.js";

/** What the command line says that the compiler must know. */
export interface CompileFlags {
  readonly parameters: readonly string[];
  readonly unsafe: boolean;
  readonly helperErrors?: boolean;
  readonly probeFilter?: RegExp | undefined;
  readonly relocatable?: boolean;
  readonly pid?: number;
  readonly hasCommand?: boolean;
  readonly terminal?: boolean;
  readonly mode?: ProgramMode;
  /** --debuginfo */
  readonly debugFolders?: readonly string[];
  /** Of the target: system headers may be apart for each. */
  readonly arch: string;
  /** `-I` */
  readonly includeDirectories?: readonly string[];
  /** `--include` */
  readonly includes?: readonly string[];
}

/** `-I` and `--include` as commander names them. */
export interface HeaderFlags {
  readonly I?: readonly string[];
  readonly include?: readonly string[];
}
export function headerOptions(flags: HeaderFlags): Pick<CompileFlags, "includeDirectories" | "includes"> {
  return {
    ...(flags.I === undefined ? {} : { includeDirectories: flags.I }),
    ...(flags.include === undefined ? {} : { includes: flags.include }),
  };
}

/** The compiler's options: files, environment and programs come in through them, it reads nothing itself. */
export function compileOptions(flags: CompileFlags, sources: Sources, io: Io): CompileOptions {
  return {
    params: flags.parameters,
    unsafe: flags.unsafe,
    helperErrors: flags.helperErrors === true,
    probeFilter: flags.probeFilter,
    relocatable: flags.relocatable === true,
    ...(flags.pid === undefined ? {} : { pid: flags.pid }),
    ...(flags.hasCommand === true ? { cmd: true } : {}),
    terminal: flags.terminal === true,
    ...(flags.mode === undefined ? {} : { mode: flags.mode }),
    environment: configFromEnvironment(io.env),
    binaries: hostBinaries({ searchPath: io.env.PATH ?? "", debugFolders: flags.debugFolders ?? [] }),
    sources,
    files: hostFiles(sources, io, flags.includeDirectories ?? [], flags.arch),
    link: linkObjects,
    includePaths: includePaths(flags.includeDirectories ?? [], io.env, flags.arch),
    includes: flags.includes ?? [],
  };
}

/** `BPFTRACE_MAX_STRLEN=200` sets config key `max_strlen`, as it does for bpftrace; `TSBT_…` wins over it. */
function configFromEnvironment(env: Io["env"]): Readonly<Record<string, string>> {
  const config: Record<string, string> = {};
  for (const prefix of ["BPFTRACE_", "TSBT_CONFIG_"]) {
    for (const [name, value] of Object.entries(env)) {
      if (name.startsWith(prefix) && value !== undefined) {
        config[name.slice(prefix.length).toLowerCase()] = value;
      }
    }
  }
  return config;
}
