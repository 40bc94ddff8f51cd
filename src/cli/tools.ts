/** `tsbt tools [word]`: the tools that come with tsbt, a line each. */
import type { Command } from "commander";
import type { Finish } from "./command-line.js";
import { didYouMean } from "../diag/suggest.js";
import type { Io } from "./io.js";
import { UserError } from "./load-source.js";
import { toolOptions } from "./tool-help.js";
import { findTool, listTools, summaryOf, type Tool } from "./tool-list.js";

export function declareTools(program: Command, io: Io, finish: Finish): void {
  program
    .command("tools")
    .description("list the tools that come with tsbt: run one by its name, `tsbt NAME`")
    .argument("[words...]", "only those whose name, subsystem or summary contains the word")
    .option("--names", "names only, for completion")
    .option("--path", "where the scripts are, to read or copy them")
    .option("--options", "the options of the first word that names a tool, for completion")
    .action((words: readonly string[], flags: ToolsFlags) =>
      finish(flags.options === true ? optionsCommand(words, io) : toolsCommand(words[0], flags, io)),
    );
}

interface ToolsFlags {
  readonly names?: boolean;
  readonly path?: boolean;
  readonly options?: boolean;
}

/** Silent for what is no tool: who completes a command line wants no messages. */
function optionsCommand(words: readonly string[], io: Io): number {
  const tool = words.map((word) => findTool(word, io)).find((found) => found !== undefined);
  if (tool === undefined) return 1;
  io.stdout(
    toolOptions(tool, io)
      .map((option) => `${option}\n`)
      .join(""),
  );
  return 0;
}

function toolsCommand(word: string | undefined, flags: ToolsFlags, io: Io): number {
  const all = listTools(io).map((tool) => ({ ...tool, summary: summaryOf(tool, io) }));
  const wanted = word?.toLowerCase() ?? "";
  const found = all.filter(({ name, subsystem, summary }) =>
    [name, subsystem, summary].some((text) => text.toLowerCase().includes(wanted)),
  );
  if (found.length === 0) {
    const names = all.map(({ name }) => name);
    throw new UserError(
      all.length === 0 ? `no tools in ${io.toolsFolder}` : `no tool matches '${word ?? ""}'`,
      "TB6021",
      didYouMean(word ?? "", names),
    );
  }
  if (flags.names === true) io.stdout(found.map(({ name }) => `${name}\n`).join(""));
  else if (flags.path === true) io.stdout(found.map(({ path }) => `${path}\n`).join(""));
  else io.stdout(table(found));
  return 0;
}

function table(tools: readonly (Tool & { readonly summary: string })[]): string {
  const width = Math.max(...tools.map(({ name }) => name.length));
  let subsystem = "";
  let text = "";
  for (const tool of tools) {
    if (tool.subsystem !== subsystem) {
      text += `${text === "" ? "" : "\n"}${tool.subsystem}\n`;
      subsystem = tool.subsystem;
    }
    text += `  ${tool.name.padEnd(width)}  ${tool.summary}\n`;
  }
  return text;
}
