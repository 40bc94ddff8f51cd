/** `tsbt [options] script`: bpftrace's own command line. */
import { type Command, Option } from "commander";
import { version } from "../version.js";
import type { Finish } from "./command-line.js";
import { fmtCommand } from "./fmt.js";
import { infoCommand } from "./info.js";
import type { Io } from "./io.js";
import { listCommand } from "./list.js";
import { UserError } from "./load-source.js";
import {
  collect,
  parseBuffer,
  parseFeatures,
  parseFilter,
  parseFormat,
  parseMode,
  collectPids,
  parsePid,
  type RunMode,
} from "./option-values.js";
import { UsageError } from "./usage-error.js";
import { type RunFlags, runCommand } from "./run.js";

/** The language that is spoken, for programs that ask which. */
const LANGUAGE = "0.26.0";

const usage = `[options] filename [parameters...] [-- --name=value...]
    tsbt [options] -e 'program' [parameters...]
    tsbt [options] -                  a program on standard input
    tsbt [options] -l [pattern|filename]
    tsbt [options] tool               one of \`tsbt tools\`, by its name
    tsbt check|build|fmt|target|tools|funccount|funclatency|trace|argdist|flamegraph|completion ...
                                      see \`tsbt check --help\` and so on`;

const examples = `
EXAMPLES:
    tsbt -e 'tracepoint:raw_syscalls:sys_enter { @[comm] = count(); }'
    tsbt -c 'sleep 1' -e 'tracepoint:sched:sched_switch /pid == cpid/ { @ = count(); }'
    tsbt -f json -o out.json script.bt 100
    tsbt -lv 'tracepoint:syscalls:sys_enter_open*'

Environment variables BPFTRACE_<NAME> set config variables, BPFTRACE_COLOR (auto, always, never) the colors.`;

export function declareRun(program: Command, io: Io, finish: Finish): void {
  program
    .description("A high-level tracing language for Linux: compiles bpftrace scripts to BPF and runs them.")
    .usage(usage)
    .addHelpText("after", examples)
    .version(`tsbt v${version}\nbpftrace v${LANGUAGE} language`, "-V, --version", "show the version")
    .argument("[script]", "file to run, `-` for standard input, or the first parameter after -e")
    .argument("[parameters...]", "parameters: $1, $2, …; behind `--` also --name=value for getopt()")
    .action((script: string | undefined, parameters: string[], flags: RunFlags) => {
      finish(dispatch(script, parameters, flags, io));
    });
  declareProgramOptions(program);
  declareOutputOptions(program);
  declareDeveloperOptions(program);
  watchWarnings(program);
}

function declareProgramOptions(program: Command): void {
  program
    .optionsGroup("Program:")
    .option("-e <program>", "run this program text")
    .option("-l, --list", "list probes: all, those that match a pattern, or those of a program")
    .option("-c, --cmd <command>", "run this command and trace until it ends")
    .option("-p, --pid <pid>", "only this process; ends with it", parsePid)
    .option("--dwarf-pid <pid>", "also walk this process' stacks in dw_ustack", collectPids)
    .option("-I <directory>", "search this directory for headers", collect)
    .option("--include <file>", "include this header before the script", collect)
    .option("--unsafe", "allow functions that change the system")
    .option("--usdt-file-activation", "activate USDT semaphores by file")
    .option("--debuginfo <directories>", "search these directories for separate debug files", collect)
    .option("--traceable-functions <file>", "read the list of traceable kernel functions from a file")
    .option(
      "--no-feature <list>",
      "do without these: kprobe_multi,kprobe_session,uprobe_multi",
      parseFeatures,
    )
    .option("--target <profile>", "compile for a saved target instead of the running kernel");
}

function declareOutputOptions(program: Command): void {
  program
    .optionsGroup("Output:")
    .option("-f <format>", "output format: text, json, or folded (stacks, for flame graphs)", parseFormat)
    .option("-o, --output <file>", "write the output to a file")
    .option("-B <mode>", "output buffering: line, full or none", parseBuffer)
    .option("-q, --quiet", "say nothing about attaching")
    .option("-v, --verbose", "say more: what is loaded and attached; with -l, also the arguments of probes")
    .option("-k, --warnings", "warn of failing reads and map lookups")
    .option("--no-warnings", "hide all warnings")
    .option("--info", "show what this kernel and this build can do");
}

function declareDeveloperOptions(program: Command): void {
  program
    .optionsGroup("Testing and developing:")
    .option("--dry-run", "compile, load and attach, then end at once")
    .option(
      "-d, --debug <stages>",
      "also show: ast,types,codegen,codegen-opt,dis,libbpf,verifier or all",
      collect,
    )
    .option("--dump <stages>", "show stages and run nothing: ast,types,ir,opt,alloc,bpf or all", collect)
    .option("--emit-elf <file>", "write the object and run nothing")
    .option("--mode <mode>", "codegen, compiler-bench, bench, test or format", parseMode)
    .option("--test", "run the test: probes")
    .option("--bench", "run the bench: probes")
    .option("--probe-filter <regex>", "only the probes whose name matches", parseFilter)
    .option("--fmt", "print the script in standard form")
    .addOption(new Option("-b, --btf", "accepted: BTF is always used").hideHelp())
    .addOption(new Option("--verify-llvm-ir", "accepted: the IR's verifier answers to it").hideHelp());
}

/** The two are one setting to commander; that they exclude each other, it does not know. */
function watchWarnings(program: Command): void {
  let asked = 0;
  let hidden = false;
  const conflict = () => {
    throw new UsageError("-k, --warnings conflicts with --no-warnings");
  };
  program.on("option:warnings", () => {
    if (hidden) conflict();
    if (++asked > 1) {
      throw new UsageError(
        "-kk has been deprecated. Use a single -k for runtime warnings for errors in map lookups and probe reads.",
      );
    }
  });
  program.on("option:no-warnings", () => {
    hidden = true;
    if (asked > 0) conflict();
  });
}

/** The one mode that --mode, --test, --bench and --fmt may name together. */
function modeOf(flags: RunFlags): RunMode | undefined {
  let mode = flags.mode;
  for (const [option, own, given] of [
    ["--test", "test", flags.test],
    ["--bench", "bench", flags.bench],
    ["--fmt", "format", flags.fmt],
  ] as const) {
    if (given !== true) continue;
    if (mode !== undefined) throw new UserError(`USAGE: ${option} conflicts with existing --mode`, "TB6005");
    mode = own;
  }
  return mode;
}

function dispatch(script: string | undefined, parameters: string[], flags: RunFlags, io: Io): number {
  const mode = modeOf(flags);
  if (flags.info === true) return infoCommand(flags.f ?? "text", io);
  if (flags.cmd !== undefined && flags.pid !== undefined) {
    throw new UsageError("Cannot use both -c and -p.");
  }
  if (flags.list === true) {
    if (parameters.length > 0) throw new UsageError("-l takes one pattern or file");
    return listCommand(script, flags, io);
  }
  if ((flags.e ?? "") === "" && script === undefined) {
    throw new UsageError("filename or -e 'program' required.");
  }
  if (mode === "format") return fmtCommand([script ?? "-"], { text: flags.e, output: flags.output }, io);
  return runCommand(script, parameters, { ...flags, mode }, io);
}
