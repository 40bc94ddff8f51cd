/** The command line: which commands there are, and how what is wrong with it is told. */
import { Command, CommanderError } from "commander";
import { buildCommand } from "./build.js";
import { checkCommand } from "./check.js";
import { declareFlamegraph } from "./flamegraph.js";
import { fmtCommand } from "./fmt.js";
import type { Io } from "./io.js";
import { UserError } from "./load-source.js";
import { declareCompletion } from "./completion.js";
import { declareArgdist, declareFunccount, declareFunclatency, declareTrace } from "./generators.js";
import { collect } from "./option-values.js";
import { declareRun } from "./run-command.js";
import { type SaveTargetFlags, saveTargetCommand } from "./target.js";
import { toolAskedAbout, toolHelp } from "./tool-help.js";
import { declareTools } from "./tools.js";
import { usageError } from "./usage-error.js";

/** Takes the exit code of the command that ran. */
export type Finish = (code: number) => void;

/** Runs one command line. Returns the exit code; messages go to `io`. */
export function runCommandLine(args: readonly string[], io: Io): number {
  let exitCode = 0;
  const finish: Finish = (code) => {
    exitCode = code;
  };
  const [word] = args;
  const program = commandFor(word, io, finish);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return 1;
    }
    const tool = word !== undefined && word in commands ? undefined : toolAskedAbout(args, io);
    if (tool !== undefined) {
      io.stdout(toolHelp(tool, io));
      return 0;
    }
    program.parse([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!(error instanceof UserError)) throw error;
    reportUserError(error, io);
    return 1;
  }
}

function reportUserError(error: UserError, io: Io): void {
  const red = io.color ? (text: string) => `\x1b[31m${text}\x1b[0m` : (text: string) => text;
  io.stderr(`${red(`ERROR: ${error.message}`)}\n`);
  if (error.hint !== undefined) io.stderr(`HINT: ${error.hint}\n`);
  io.stderr(`CODE: ${error.code}\n`);
}

const commands: Readonly<Record<string, (program: Command, io: Io, finish: Finish) => void>> = {
  check: declareCheck,
  build: declareBuild,
  fmt: declareFmt,
  target: declareTarget,
  tools: declareTools,
  funccount: declareFunccount,
  funclatency: declareFunclatency,
  trace: declareTrace,
  argdist: declareArgdist,
  flamegraph: declareFlamegraph,
  completion: (program, io, finish) =>
    declareCompletion(program, io, finish, () => {
      const whole = new Command();
      declareRun(whole, io, finish);
      return { commands: Object.keys(commands), options: whole.options.filter(({ hidden }) => !hidden) };
    }),
};

/**
 * A command is known by its first word alone. Options come first in a command line of bpftrace, whose scripts may take
 * a parameter that is called like a command: `tsbt -e 'begin { … }' build`.
 */
function commandFor(word: string | undefined, io: Io, finish: Finish): Command {
  const program = new Command("tsbt");
  const declare = word === undefined ? undefined : commands[word];
  program
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      outputError: (text, write) => write(usageError(text, program, declare && word)),
    })
    .configureHelp({ styleTitle: (title) => (title === "Usage:" ? "USAGE:\n   " : title.toUpperCase()) })
    .helpOption("-h, --help", "show this help")
    .helpCommand(false);
  if (declare === undefined) declareRun(program, io, finish);
  // Settings are inherited by what is declared after them.
  else declare(program, io, finish);
  return program;
}

function declareCheck(program: Command, io: Io, finish: Finish): void {
  program
    .command("check")
    .description("judge scripts: no root, no kernel support needed")
    .argument("<scripts...>", "files")
    .option("--target <profile>", "check for a saved target")
    .option("--unsafe", "allow functions that change the system")
    .option("--no-warnings", "hide warnings")
    .option("-I <directory>", "search this directory for headers", collect)
    .option("--include <file>", "include this header before the script", collect)
    .action((scripts: string[], flags: Parameters<typeof checkCommand>[1]) =>
      finish(checkCommand(scripts, flags, io)),
    );
}

function declareBuild(program: Command, io: Io, finish: Finish): void {
  program
    .command("build")
    .description("write a script's BPF object")
    .argument("<script>", "file")
    .argument("[parameters...]", "positional parameters")
    .requiredOption("-o <file>", "the object to write")
    .option("--target <profile>", "build for a saved target")
    .option("--unsafe", "allow functions that change the system")
    .option("-I <directory>", "search this directory for headers", collect)
    .option("--include <file>", "include this header before the script", collect)
    .action((script: string, parameters: string[], flags: Parameters<typeof buildCommand>[2]) =>
      finish(buildCommand(script, parameters, flags, io)),
    );
}

function declareFmt(program: Command, io: Io, finish: Finish): void {
  program
    .command("fmt")
    .description("print scripts in standard form")
    .argument("<scripts...>", "files, or `-`")
    .option("-w, --write", "rewrite the files in place")
    .option("--check", "change nothing; fail if a file is not in standard form")
    .action((scripts: string[], flags: { write?: boolean; check?: boolean }) =>
      finish(fmtCommand(scripts, flags, io)),
    );
}

function declareTarget(program: Command, io: Io, finish: Finish): void {
  program
    .command("target")
    .description("target profiles")
    .command("save")
    .description("save the running kernel as a profile for --target")
    .argument("<file>", "profile to write")
    .option("--target <profile>", "save from another profile instead")
    .option("--for <script>", "keep only what this script asks of the kernel (repeatable)", collect)
    .option("--tracepoints", "keep all tracepoints nevertheless")
    .action((file: string, flags: SaveTargetFlags) => finish(saveTargetCommand(file, flags, io)));
}
