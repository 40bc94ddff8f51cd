/** The command line: commander's declarations, and which file serves each command. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { version } from "../version.js";
import { buildCommand } from "./build.js";
import { checkCommand } from "./check.js";
import { fmtCommand } from "./fmt.js";
import { infoCommand } from "./info.js";
import type { Io } from "./io.js";
import { listCommand } from "./list.js";
import { UserError } from "./load-source.js";
import { type RunFlags, runCommand } from "./run.js";
import { saveTargetCommand } from "./target.js";

/** Runs one command line. Returns the exit code; messages go to `io`. */
export function runCommandLine(args: readonly string[], io: Io): number {
  let exitCode = 0;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = declareCommands(io, finish);
  try {
    program.parse([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (error instanceof UserError) {
      io.stderr(`ERROR: ${error.message}\n`);
      if (error.hint !== undefined) io.stderr(`HINT: ${error.hint}\n`);
      io.stderr(`CODE: ${error.code}\n`);
      return 1;
    }
    throw error;
  }
}

function parsePid(text: string): number {
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0 || pid > 4194304) {
    throw new InvalidArgumentError("It must be the number of a process.");
  }
  return pid;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

function declareCommands(io: Io, finish: (code: number) => void): Command {
  const program = new Command("tsbt");
  program
    .description("High-level tracing language for Linux: compiles bpftrace scripts to BPF and runs them.")
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .enablePositionalOptions()
    .version(`tsbt v${version}`, "-V, --version")
    .helpOption("-h, --help", "show this help")
    .helpCommand(false)
    .usage("[options] filename\n    tsbt [options] -e 'program'\n    tsbt check|build|fmt|target …")
    .configureHelp({ styleTitle: (title) => (title === "Usage:" ? "USAGE:\n   " : title) })
    .showHelpAfterError();
  declareRun(program, io, finish);
  declareOthers(program, io, finish);
  return program;
}

function declareRun(program: Command, io: Io, finish: (code: number) => void): void {
  program
    .argument("[script]", "file to run, `-` for standard input, or the first parameter after -e")
    .argument("[parameters...]", "positional parameters: $1, $2, …")
    .option("-e <program>", "run this program text")
    .addOption(new Option("-f <format>", "output format").choices(["text", "json"]).default("text"))
    .option("-o, --output <file>", "write the output to a file")
    .option("-q, --quiet", "keep quiet about attaching and the maps at the end")
    .option("-v, --verbose", "say more: what is loaded and attached; with -l, also the arguments of probes")
    .addOption(new Option("-B <mode>", "output buffering").choices(["line", "full", "none"]))
    .option("-c, --cmd <command>", "run this command and trace until it ends")
    .option("-p, --pid <pid>", "only this process; ends with it", parsePid)
    .option("-l, --list", "list probes: all, those that match [script] as a pattern, or those of a program")
    .option("-I <directory>", "search this directory for headers", collect)
    .option("--include <file>", "include this header before the script", collect)
    .option("-k, --warnings", "report failing helper calls")
    .option("--no-warnings", "hide warnings")
    .option("-d, --dump <stages>", "print stages: ast,types,ir,opt,alloc,bpf (or `all`)", collect)
    .option("--test", "run the test: probes")
    .option("--bench", "run the bench: probes")
    .option("--fmt", "print the script in standard form")
    .option("--debuginfo <directories>", "search these directories for separate debug files", collect)
    .option("--traceable-functions <file>", "read the list of traceable kernel functions from a file")
    .option("--probe-filter <regex>", "with --test or --bench, only the probes that match")
    .addOption(new Option("-b, --btf", "accepted: BTF is always used").hideHelp())
    .addOption(new Option("--verify-llvm-ir", "accepted: the IR's verifier answers to it").hideHelp())
    .option("--unsafe", "allow functions that change the system")
    .option("--info", "show what this kernel and this build can do")
    .option("--dry-run", "compile, load and attach, then end at once")
    .option("--no-feature <list>", "do without these: kprobe_multi,kprobe_session,uprobe_multi")
    .option("--usdt-file-activation", "activate USDT semaphores by file")
    .option("--target <profile>", "compile for a saved target instead of the running kernel")
    .option("--emit-elf <file>", "write the object and run nothing")
    .action((script: string | undefined, parameters: string[], flags: RunFlags) => {
      finish(dispatchRun(program, script, parameters, flags, io));
    });
}

function dispatchRun(
  program: Command,
  script: string | undefined,
  parameters: string[],
  flags: RunFlags,
  io: Io,
): number {
  if (flags.info === true) return infoCommand(io);
  if (flags.list === true) return listCommand(script, flags, io);
  if (flags.fmt === true && script !== undefined) return fmtCommand([script], {}, io);
  if (flags.e === undefined && script === undefined) {
    io.stderr(program.helpInformation());
    return 1;
  }
  return runCommand(script, parameters, flags, io);
}

function declareOthers(program: Command, io: Io, finish: (code: number) => void): void {
  program
    .command("check")
    .description("judge scripts: no root, no kernel support needed")
    .argument("<scripts...>", "files")
    .option("--target <profile>", "check for a saved target")
    .option("--unsafe", "allow functions that change the system")
    .option("--no-warnings", "hide warnings")
    .action((scripts: string[], flags: { target?: string; unsafe?: boolean; warnings: boolean }) =>
      finish(checkCommand(scripts, flags, io)),
    );
  program
    .command("build")
    .description("write a script's BPF object")
    .argument("<script>", "file")
    .argument("[parameters...]", "positional parameters")
    .requiredOption("-o <file>", "the object to write")
    .option("--target <profile>", "build for a saved target")
    .option("--unsafe", "allow functions that change the system")
    .action((script: string, parameters: string[], flags: { o: string; target?: string; unsafe?: boolean }) =>
      finish(buildCommand(script, parameters, flags, io)),
    );
  program
    .command("fmt")
    .description("print scripts in standard form")
    .argument("<scripts...>", "files, or `-`")
    .option("-w, --write", "rewrite the files in place")
    .option("--check", "change nothing; fail if a file is not in standard form")
    .action((scripts: string[], flags: { write?: boolean; check?: boolean }) =>
      finish(fmtCommand(scripts, flags, io)),
    );
  program
    .command("target")
    .description("target profiles")
    .command("save")
    .description("save the running kernel as a profile for --target")
    .argument("<file>", "profile to write")
    .action((file: string) => finish(saveTargetCommand(file, io)));
}
