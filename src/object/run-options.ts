/**
 * What the compiler hands to the loader beside the object: one line of JSON before the ELF bytes, in the file named
 * by TSBT_OBJECT_FD. `runtime/options.c` reads exactly this. An empty file and exit code 0 mean: nothing to run.
 */
export interface RunOptions {
  /** `folded`: text on standard error, maps keyed by stacks as folded stacks on standard output. */
  readonly format: "text" | "json" | "folded";
  /** File for the output; "" is standard output. */
  readonly output: string;
  /** No "Attached N probes". */
  readonly quiet: boolean;
  /** 0, or 1 with -v. */
  readonly verbose: number;
  /** "" lets the loader choose: lines on a terminal, blocks elsewhere, flushed whenever no event is waiting. */
  readonly buffer: "" | "line" | "full" | "none";
  /** Command line of -c; "" for none. */
  readonly cmd: string;
  /** Process of -p; 0 for none. */
  readonly pid: number;
  /** Processes of --dwarf-pid: dw_ustack walks their stacks, beside those of `pid` and `cmd`. */
  readonly dwarfPids: readonly number[];
  /** system() may run. */
  readonly unsafe: boolean;
  /** False after --no-warnings. */
  readonly warnings: boolean;
  /** Load, attach, and end at once. */
  readonly dryRun: boolean;
  /** -k: helper errors are reported. The programs contain the reports; the loader needs it only for messages. */
  readonly helperErrors: boolean;
  /** What the loader shows beside: libbpf's own log, the verifier's. */
  readonly debug: readonly ("libbpf" | "verifier")[];
  /** --no-feature: ways of attaching that the loader chooses and must not use. */
  readonly without: readonly string[];
  /** --debuginfo: folders of separate debug files, for symbols and source lines of stacks. */
  readonly debugFolders: readonly string[];
  /** What runs: probes as they fire, or the `test:` or `bench:` programs, one after the other. */
  readonly mode: "run" | "test" | "bench";
}
