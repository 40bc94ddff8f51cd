/** The commands that write a script and run it: funccount, funclatency, trace, argdist. */
import { type Command, Option } from "commander";
import type { Finish } from "./command-line.js";
import { argdistScript, type Collector } from "./generate/argdist.js";
import { funccountScript } from "./generate/funccount.js";
import { funclatencyScript, type LatencyUnit } from "./generate/funclatency.js";
import { traceScript } from "./generate/trace.js";
import type { Io } from "./io.js";
import { collect, parseCount, parseFormat, parsePid } from "./option-values.js";
import { type RunFlags, runCommand } from "./run.js";

interface GeneratorFlags extends Pick<RunFlags, "f" | "output" | "unsafe" | "target"> {
  readonly show?: boolean;
}

/** Options that all of them have. */
function declareCommon(command: Command): Command {
  return command
    .option("--show", "print the script instead of running it")
    .option("-f <format>", "output format: text or json", parseFormat)
    .option("-o, --output <file>", "write the output to a file")
    .option("--unsafe", "allow functions that change the system")
    .option("--target <profile>", "compile for a saved target instead of the running kernel");
}

function runScript(text: string, flags: GeneratorFlags, io: Io): number {
  if (flags.show === true) {
    io.stdout(text);
    return 0;
  }
  const { f, output, unsafe, target } = flags;
  return runCommand(
    undefined,
    [],
    {
      e: text,
      ...(f === undefined ? {} : { f }),
      ...(output === undefined ? {} : { output }),
      ...(unsafe === undefined ? {} : { unsafe }),
      ...(target === undefined ? {} : { target }),
    },
    io,
  );
}

interface FunccountFlags extends GeneratorFlags {
  readonly pid?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly top?: number;
}

export function declareFunccount(program: Command, io: Io, finish: Finish): void {
  declareCommon(program.command("funccount"))
    .description(
      "count calls of functions, tracepoints or USDT probes by pattern: 'vfs_*', 'c:malloc', 't:sched:*'",
    )
    .argument("<pattern>", "what to count")
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-i, --interval <seconds>", "print and start anew each so many seconds", parseCount)
    .option("-d, --duration <seconds>", "end after so many seconds", parseCount)
    .option("--top <rows>", "only the largest", parseCount)
    .action((pattern: string, flags: FunccountFlags) =>
      finish(runScript(funccountScript(pattern, flags), flags, io)),
    );
}

interface FunclatencyFlags extends GeneratorFlags {
  readonly pid?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly unit?: LatencyUnit;
}

export function declareFunclatency(program: Command, io: Io, finish: Finish): void {
  declareCommon(program.command("funclatency"))
    .description("how long functions take, as histograms: vfs_read, 'c:str*', /bin/bash:readline")
    .argument("<pattern>", "the functions")
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-i, --interval <seconds>", "print and start anew each so many seconds", parseCount)
    .option("-d, --duration <seconds>", "end after so many seconds", parseCount)
    .addOption(new Option("-u, --unit <unit>", "of the times").choices(["ns", "us", "ms"]).default("us"))
    .action((pattern: string, flags: FunclatencyFlags) =>
      finish(runScript(funclatencyScript(pattern, flags), flags, io)),
    );
}

interface TraceFlags extends GeneratorFlags {
  readonly pid?: number;
  readonly tid?: number;
  readonly name?: string;
  readonly maxEvents?: number;
  readonly timestamp?: boolean;
  readonly kernelStack?: boolean;
  readonly userStack?: boolean;
}

export function declareTrace(program: Command, io: Io, finish: Finish): void {
  declareCommon(program.command("trace"))
    .description(
      `print a line for each event: 'do_sys_openat2 "%s", str(arg1)', 'r::vfs_read (retval > 0) "%d", retval'`,
    )
    .argument("<request...>", 'EVENT [(FILTER)] ["FORMAT", VALUE, ...]')
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-L, --tid <tid>", "this thread only", parsePid)
    .option("-n, --name <command>", "commands of this name only")
    .option("-M, --max-events <number>", "end after so many lines", parseCount)
    .option("-t, --timestamp", "the time of each event")
    .option("-K, --kernel-stack", "the kernel stack of each event")
    .option("-U, --user-stack", "the user stack of each event")
    .action((requests: string[], flags: TraceFlags) =>
      finish(runScript(traceScript(requests, flags), flags, io)),
    );
}

interface ArgdistFlags extends GeneratorFlags {
  readonly histogram?: readonly string[];
  readonly counting?: readonly string[];
  readonly pid?: number;
  readonly interval?: number;
  readonly number?: number;
  readonly duration?: number;
  readonly top?: number;
}

export function declareArgdist(program: Command, io: Io, finish: Finish): void {
  const command = declareCommon(program.command("argdist"))
    .description(
      "count values of arguments and results, or make histograms of them: -H 'p::vfs_read():u64:arg2'",
    )
    .addOption(new Option("-H, --histogram <spec>", "a histogram of the last expression").argParser(collect))
    .addOption(new Option("-C, --counting <spec>", "counts by the expressions' values").argParser(collect))
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-i, --interval <seconds>", "seconds between prints (1)", parseCount)
    .option("-n, --number <prints>", "end after so many prints", parseCount)
    .option("-d, --duration <seconds>", "end after so many seconds", parseCount)
    .option("-T, --top <rows>", "only the largest", parseCount)
    .action((flags: ArgdistFlags) => {
      const collectors: Collector[] = [
        ...(flags.histogram ?? []).map((spec) => ({ kind: "histogram" as const, spec })),
        ...(flags.counting ?? []).map((spec) => ({ kind: "count" as const, spec })),
      ];
      if (collectors.length === 0) command.error("error: give at least one -H or -C");
      const { number, ...others } = flags;
      const options = number === undefined ? others : { ...others, count: number };
      finish(runScript(argdistScript(collectors, options), flags, io));
    });
}
