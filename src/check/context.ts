/** What all of check shares while it looks at one script. */
import type { SourceId } from "../base/ids.js";
import type { SourceFiles } from "../base/files.js";
import type { Sources } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { UserBinaries } from "../binary/user-binary.js";
import type { IncludePaths } from "../c/headers.js";
import type { Log } from "../diag/diagnostic.js";
import type { Target } from "../target/target.js";
import type { BtfTypes } from "../types/from-btf.js";
import type { CFunctions } from "./c-objects.js";
import type { Definitions } from "./c-definitions.js";
import type { NamedOptions } from "./named-options.js";
import type { TypedConfig } from "./typed-program.js";

/** What the programs are for: tracing, `--test` or `--bench`. */
export type ProgramMode = "run" | "test" | "bench";

export interface CheckOptions {
  readonly target: Target;
  /** `$1`, `$2`…, and `--name=value` for getopt(). */
  readonly params: readonly string[];
  readonly unsafe: boolean;
  /** --probe-filter */
  readonly probeFilter?: RegExp | undefined;
  /** -k */
  readonly helperErrors?: boolean;
  /** The object is for other kernels, too: sizes and offsets of their structs are left to the loader. */
  readonly relocatable?: boolean;
  /** `-p` */
  readonly pid?: number;
  /** `-c` was given. */
  readonly cmd?: boolean;
  /** What the script prints goes to a terminal, as text. */
  readonly terminal?: boolean;
  /** Config variables from environment and command line: they win over the script's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Imported files and headers. Absent: there are none. */
  readonly files?: SourceFiles;
  /** Where headers are searched. */
  readonly includePaths?: IncludePaths;
  /** `--include`: headers to read before the script. */
  readonly includes?: readonly string[];
  /** User programs, for uprobes. Absent: the loader finds the symbols. */
  readonly binaries?: UserBinaries;
  /** `test` and `bench` compile only the probes of that name, begin and end; the rest of the time those are left out. */
  readonly mode?: ProgramMode;
  /** Holds the script, and gets what is read for it. */
  readonly sources: Sources;
}

export interface ProgramContext {
  readonly options: CheckOptions;
  readonly target: Target;
  readonly types: BtfTypes;
  readonly config: TypedConfig;
  readonly definitions: Definitions;
  readonly namedOptions: NamedOptions;
  /** Of imported C. */
  readonly functions: CFunctions;
  /** Declared by the script with `fn`. */
  readonly functionNames: ReadonlySet<string>;
  /** Muted while inference goes round. */
  readonly log: Log;
  /** The script's own source: for the place of something the command line said. */
  readonly source: SourceId;
  readonly span: Span;
}
