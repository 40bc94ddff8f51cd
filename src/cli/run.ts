import { Sources } from "../base/source.js";
import type { ProgramMode } from "../check/check.js";
import { type Compilation, compile } from "../compile.js";
import type { Log } from "../diag/diagnostic.js";
import { render } from "../diag/render.js";
import type { RunOptions } from "../object/run-options.js";
import { compileOptions, type HeaderFlags, headerOptions } from "./compile-options.js";
import { type DebugStages, dumpStages, parseDebugStages, parseStages } from "./dump.js";
import type { Io } from "./io.js";
import { loadScript, UserError, writeUserFile } from "./load-source.js";
import type { BufferMode, Feature, OutputFormat, RunMode } from "./option-values.js";
import { requirePrivilege } from "./privilege.js";
import { chooseTarget } from "./target-option.js";

/** The options of `tsbt [options] script`, as commander names them. */
export interface RunFlags extends HeaderFlags {
  readonly e?: string;
  readonly f?: OutputFormat;
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly B?: BufferMode;
  readonly cmd?: string;
  readonly pid?: number;
  readonly dwarfPid?: readonly number[];
  readonly list?: boolean;
  readonly fmt?: boolean;
  readonly test?: boolean;
  readonly bench?: boolean;
  readonly mode?: RunMode | undefined;
  readonly debug?: readonly string[];
  readonly dump?: readonly string[];
  readonly unsafe?: boolean;
  readonly info?: boolean;
  readonly dryRun?: boolean;
  /** true: `-k`; false: `--no-warnings`; absent: those that bpftrace shows too. */
  readonly warnings?: boolean;
  readonly debuginfo?: readonly string[];
  readonly target?: string;
  readonly emitElf?: string;
  readonly probeFilter?: RegExp;
  readonly traceableFunctions?: string;
  /** --no-feature; true when it was not given: commander takes it for the negation of a --feature. */
  readonly feature?: true | readonly Feature[];
}

/** Compiles and hands over to the loader, or prints stages, or writes the object. */
export function runCommand(
  script: string | undefined,
  rest: readonly string[],
  flags: RunFlags,
  io: Io,
): number {
  const sources = new Sources();
  const inline = flags.e !== undefined;
  const source = inline ? sources.add("stdin", flags.e ?? "") : loadScript(script ?? "-", sources, io);
  const parameters = inline && script !== undefined ? [script, ...rest] : rest;
  const dumped = parseStages(flags.dump ?? []);
  const debug = parseDebugStages(flags.debug ?? []);
  if (dumped.length === 0 && flags.target === undefined) requirePrivilege(io);
  const target = chooseTarget(flags.target, io, flags);
  const options = compileOptions(
    {
      parameters,
      unsafe: flags.unsafe === true,
      helperErrors: flags.warnings === true,
      probeFilter: flags.probeFilter,
      ...(flags.pid === undefined ? {} : { pid: flags.pid }),
      hasCommand: flags.cmd !== undefined,
      terminal: io.terminal && flags.output === undefined && (flags.f ?? "text") === "text",
      mode: programMode(flags),
      debugFolders: flags.debuginfo ?? [],
      arch: target.arch,
      ...headerOptions(flags),
    },
    sources,
    io,
  );
  const compilation = compile(source, sources, target, options);
  const shown =
    flags.warnings !== false
      ? compilation.log.diagnostics
      : compilation.log.diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  io.stderr(render(shown, sources, { color: io.color }));
  io.stdout(dumpStages(compilation, dumped.length > 0 ? dumped : debug.stages, sources));
  const { object } = compilation;
  if (compilation.log.hasErrors || object === undefined) {
    if (flags.quiet !== true) tellNothingToAttach(compilation.log, io);
    return 1;
  }
  if (flags.emitElf !== undefined) writeUserFile(flags.emitElf, "object", object, io);
  if (dumped.length > 0 || flags.emitElf !== undefined || flags.mode === "codegen") return 0;
  deliver(object, runOptions(flags, compilation, debug), io);
  return 0;
}

/** bpftrace says it with these words on standard output, where its tests and users' look for it. */
function tellNothingToAttach(log: Log, io: Io): void {
  if (log.diagnostics.some(({ code }) => code === "TB4010")) io.stdout("No probes to attach\n");
}

function programMode(flags: RunFlags): ProgramMode {
  return flags.mode === "test" || flags.mode === "bench" ? flags.mode : "run";
}

function deliver(object: Uint8Array, options: RunOptions, io: Io): void {
  if (io.sendToLoader === undefined) {
    throw new UserError(
      "this command needs the native loader, which is not built here",
      "TB6003",
      "run `npm install` on Linux with a C compiler, libbpf, libelf, zlib and jansson; check, build and fmt work without",
    );
  }
  const header = new TextEncoder().encode(`${JSON.stringify(options)}\n`);
  const message = new Uint8Array(header.length + object.length);
  message.set(header);
  message.set(object, header.length);
  io.sendToLoader(message);
}

function runOptions(flags: RunFlags, compilation: Compilation, debug: DebugStages): RunOptions {
  return {
    format: flags.f ?? "text",
    output: flags.output ?? "",
    quiet: flags.quiet === true,
    verbose: flags.verbose === true ? 1 : 0,
    buffer: flags.B ?? "",
    cmd: flags.cmd ?? "",
    pid: flags.pid ?? 0,
    dwarfPids: flags.dwarfPid ?? [],
    unsafe: flags.unsafe === true || compilation.typed?.unsafe === true,
    warnings: flags.warnings !== false,
    dryRun: flags.dryRun === true,
    helperErrors: flags.warnings === true,
    debug: debug.loader,
    debugFolders: flags.debuginfo ?? [],
    without: flags.feature === undefined || flags.feature === true ? [] : flags.feature,
    mode: programMode(flags),
  };
}
