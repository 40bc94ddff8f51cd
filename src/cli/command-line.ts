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
      io.stderr(`ERROR: ${error.message} [${error.code}]\n`);
      if (error.hint !== undefined) io.stderr(`HINT: ${error.hint}\n`);
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
    .showHelpAfterError("(tsbt --help shows all options)");
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
    .option("-o <file>", "write the output to a file")
    .option("-q", "keep quiet about attaching and the maps at the end")
    .option("-v", "say more: what is loaded and attached")
    .addOption(new Option("-B <mode>", "output buffering").choices(["line", "full", "none"]))
    .option("-c <command>", "run this command and trace until it ends")
    .option("-p <pid>", "only this process; ends with it", parsePid)
    .option("-l [pattern]", "list probes")
    .option("-I <directory>", "accepted for compatibility: headers are not needed", collect)
    .option("--include <file>", "accepted for compatibility: headers are not needed", collect)
    .option("-k", "report failing helper calls")
    .option("-d, --dump <stages>", "print stages: ast,types,ir,opt,alloc,bpf (or `all`)", collect)
    .option("--unsafe", "allow functions that change the system")
    .option("--info", "show what this kernel and this build can do")
    .option("--dry-run", "compile, load and attach, then end at once")
    .option("--no-warnings", "hide warnings")
    .option("--no-feature <list>", "accepted for compatibility")
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
  if (flags.l !== undefined) return listCommand(flags.l === true ? script : flags.l, flags, io);
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
