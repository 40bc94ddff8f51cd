/** The commands that write a script and run it: funccount, funclatency, trace, argdist. */
import { type Command, Option } from "commander";
import type { Finish } from "./command-line.js";
import { argdistScript, type Collector } from "./generate/argdist.js";
import { funccountScript } from "./generate/funccount.js";
import { funclatencyScript, type LatencyUnit } from "./generate/funclatency.js";
import { regularPattern } from "./generate/probe-spec.js";
import { traceScript } from "./generate/trace.js";
import type { Io } from "./io.js";
import { collect, parseCount, parseFormat, parseNumber, parsePid } from "./option-values.js";
import { type RunFlags, runCommand } from "./run.js";

interface GeneratorFlags extends Pick<RunFlags, "f" | "output" | "unsafe" | "target" | "probeFilter"> {
  readonly show?: boolean;
  /** bcc's name for it. */
  readonly debug?: boolean;
}

/** Options that all of them have. */
function declareCommon(command: Command): Command {
  return command
    .option("--show", "print the script instead of running it")
    .addOption(new Option("-D, --debug", "as --show").hideHelp())
    .option("-f <format>", "output format: text or json", parseFormat)
    .option("-o, --output <file>", "write the output to a file")
    .option("--unsafe", "allow functions that change the system")
    .option("--target <profile>", "compile for a saved target instead of the running kernel");
}

function runScript(text: string, flags: GeneratorFlags, io: Io): number {
  if (flags.show === true || flags.debug === true) {
    io.stdout(text);
    return 0;
  }
  const { f, output, unsafe, target, probeFilter } = flags;
  return runCommand(
    undefined,
    [],
    {
      e: text,
      ...(f === undefined ? {} : { f }),
      ...(output === undefined ? {} : { output }),
      ...(unsafe === undefined ? {} : { unsafe }),
      ...(target === undefined ? {} : { target }),
      ...(probeFilter === undefined ? {} : { probeFilter }),
    },
    io,
  );
}

interface FunctionsFlags extends GeneratorFlags {
  readonly regexp?: boolean;
}

/** Options of the commands that take patterns of functions, which bcc has too. */
function declareFunctions(command: Command): Command {
  return command
    .option("-r, --regexp", "the pattern is a regular expression: '^vfs_(read|write)'")
    .addOption(new Option("-T, --timestamp", "accepted: each print says its time").hideHelp());
}

/** The script of a pattern: a regular expression chooses among the functions that a wildcard finds. */
function runPattern(
  pattern: string,
  flags: FunctionsFlags,
  io: Io,
  scriptOf: (pattern: string) => string,
): number {
  if (flags.regexp !== true) return runScript(scriptOf(pattern), flags, io);
  const { wildcard, filter } = regularPattern(pattern);
  return runScript(scriptOf(wildcard), { ...flags, probeFilter: filter }, io);
}

interface FunccountFlags extends FunctionsFlags {
  readonly pid?: number;
  readonly cpu?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly top?: number;
}

export function declareFunccount(program: Command, io: Io, finish: Finish): void {
  declareFunctions(declareCommon(program.command("funccount")))
    .description(
      "count calls of functions, tracepoints or USDT probes by pattern: 'vfs_*', 'c:malloc', 't:sched:*'",
    )
    .argument("<pattern>", "what to count")
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-i, --interval <seconds>", "print and start anew each so many seconds", parseCount)
    .option("-d, --duration <seconds>", "end after so many seconds", parseCount)
    .option("-c, --cpu <cpu>", "this CPU only", parseNumber)
    .option("--top <rows>", "only the largest", parseCount)
    .action((pattern: string, flags: FunccountFlags) =>
      finish(runPattern(pattern, flags, io, (text) => funccountScript(text, flags))),
    );
}

interface FunclatencyFlags extends FunctionsFlags {
  readonly pid?: number;
  readonly interval?: number;
  readonly duration?: number;
  readonly unit: LatencyUnit;
  readonly microseconds?: boolean;
  readonly milliseconds?: boolean;
}

export function declareFunclatency(program: Command, io: Io, finish: Finish): void {
  declareFunctions(declareCommon(program.command("funclatency")))
    .description("how long functions take, as histograms: vfs_read, 'c:str*', /bin/bash:readline")
    .argument("<pattern>", "the functions")
    .option("-p, --pid <pid>", "this process only", parsePid)
    .option("-i, --interval <seconds>", "print and start anew each so many seconds", parseCount)
    .option("-d, --duration <seconds>", "end after so many seconds", parseCount)
    .addOption(new Option("--unit <unit>", "of the times").choices(["ns", "us", "ms"]).default("us"))
    .option("-u, --microseconds", "as --unit us")
    .option("-m, --milliseconds", "as --unit ms")
    .addOption(new Option("-F, --function", "accepted: each function has its histogram").hideHelp())
    .action((pattern: string, flags: FunclatencyFlags) => {
      const unit = flags.milliseconds === true ? "ms" : flags.microseconds === true ? "us" : flags.unit;
      return finish(runPattern(pattern, flags, io, (text) => funclatencyScript(text, { ...flags, unit })));
    });
}

interface TraceFlags extends GeneratorFlags {
  readonly pid?: number;
  readonly tid?: number;
  readonly name?: string;
  readonly maxEvents?: number;
  readonly timestamp?: boolean;
  readonly time?: boolean;
  readonly printCpu?: boolean;
  readonly stringSize?: number;
  readonly include?: readonly string[];
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
    .option("-t, --timestamp", "the seconds from the beginning to each event")
    .option("-T, --time", "the time of day of each event")
    .option("-C, --print-cpu", "the CPU of each event")
    .option("-Z, --string-size <bytes>", "the greatest length of texts", parseCount)
    .addOption(new Option("-I, --include <header>", "a header whose types are used").argParser(collect))
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
  readonly tid?: number;
  readonly cumulative?: boolean;
  readonly stringSize?: number;
  readonly include?: readonly string[];
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
    .option("-c, --cumulative", "go on counting, do not start anew with each print")
    .option("-t, --tid <tid>", "this thread only", parsePid)
    .option("-z, --string-size <bytes>", "the greatest length of texts", parseCount)
    .addOption(new Option("-I, --include <header>", "a header whose types are used").argParser(collect))
    .argument("[specs...]", "more of the same kind")
    .action((specs: readonly string[], flags: ArgdistFlags) => {
      const histograms = flags.histogram ?? [];
      const counts = flags.counting ?? [];
      if (specs.length > 0 && histograms.length > 0 && counts.length > 0)
        command.error(`error: say -H or -C before '${specs[0] ?? ""}'`);
      const collectors: Collector[] = [
        ...[...histograms, ...(histograms.length > 0 ? specs : [])].map((spec) => ({
          kind: "histogram" as const,
          spec,
        })),
        ...[...counts, ...(histograms.length === 0 && counts.length > 0 ? specs : [])].map((spec) => ({
          kind: "count" as const,
          spec,
        })),
      ];
      if (collectors.length === 0) command.error("error: give at least one -H or -C");
      const { number, ...others } = flags;
      const options = number === undefined ? others : { ...others, count: number };
      finish(runScript(argdistScript(collectors, options), flags, io));
    });
}
