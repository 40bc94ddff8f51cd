import { Sources } from "../base/source.js";
import { type Compilation, compile } from "../compile.js";
import { render } from "../diag/render.js";
import type { RunOptions } from "../object/run-options.js";
import { compileOptions } from "./compile-options.js";
import { dumpStages, type Stage, parseStages } from "./dump.js";
import type { Io } from "./io.js";
import { loadScript, UserError, writeUserFile } from "./load-source.js";
import { chooseTarget } from "./target-option.js";

/** The options of `tsbt [options] script`, as commander names them. */
export interface RunFlags {
  readonly e?: string;
  readonly f: "text" | "json";
  readonly output?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly B?: "line" | "full" | "none";
  readonly cmd?: string;
  readonly pid?: number;
  readonly list?: boolean;
  readonly fmt?: boolean;
  readonly dump?: readonly string[];
  readonly unsafe?: boolean;
  readonly info?: boolean;
  readonly dryRun?: boolean;
  /** true: `-k`; false: `--no-warnings`; absent: the compiler's warnings only. */
  readonly warnings?: boolean;
  readonly target?: string;
  readonly emitElf?: string;
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
  const stages = parseStages(flags.dump ?? []);
  const target = chooseTarget(flags.target, io);
  const options = compileOptions(
    {
      parameters,
      unsafe: flags.unsafe === true,
      ...(flags.pid === undefined ? {} : { pid: flags.pid }),
      hasCommand: flags.cmd !== undefined,
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
  if (stages.length > 0) io.stdout(dumpStages(compilation, stages, sources));
  if (compilation.log.hasErrors || compilation.object === undefined) return 1;
  return deliver(compilation, compilation.object, stages, flags, io);
}

function deliver(
  compilation: Compilation,
  object: Uint8Array,
  stages: readonly Stage[],
  flags: RunFlags,
  io: Io,
): number {
  if (flags.emitElf !== undefined) {
    writeUserFile(flags.emitElf, "object", object, io);
    return 0;
  }
  if (stages.length > 0) return 0;
  if (io.sendToLoader === undefined) {
    throw new UserError(
      "this command needs the native loader, which is not built here",
      "TB6003",
      "run `npm install` on Linux with a C compiler, libbpf, libelf, zlib and jansson; check, build and fmt work without",
    );
  }
  const header = new TextEncoder().encode(`${JSON.stringify(runOptions(flags, compilation))}\n`);
  const message = new Uint8Array(header.length + object.length);
  message.set(header);
  message.set(object, header.length);
  io.sendToLoader(message);
  return 0;
}

function runOptions(flags: RunFlags, compilation: Compilation): RunOptions {
  return {
    format: flags.f,
    output: flags.output ?? "",
    quiet: flags.quiet === true,
    verbose: flags.verbose === true ? 1 : 0,
    buffer: flags.B ?? "",
    cmd: flags.cmd ?? "",
    pid: flags.pid ?? 0,
    unsafe: flags.unsafe === true || compilation.typed?.unsafe === true,
    warnings: flags.warnings !== false,
    dryRun: flags.dryRun === true,
    helperErrors: flags.warnings === true,
  };
}
