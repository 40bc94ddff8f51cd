/** A tool's help: its script's header, which says all there is to know, in place of the bare list of its options. */
import type { Io } from "./io.js";
import { headerOf } from "./tool-header.js";
import { findTool, type Tool } from "./tool-list.js";

const textOf = (tool: Tool, io: Io): string => new TextDecoder().decode(io.readFile(tool.path));

/** What `tsbt NAME -- --help` prints. */
export function toolHelp(tool: Tool, io: Io): string {
  const [summary = "", ...rest] = headerOf(textOf(tool, io));
  const usage = `USAGE:\n    tsbt [options of tsbt] ${tool.name} [-- options of ${tool.name}]\n`;
  return `${[summary, "", usage, ...rest.filter((line, at) => at > 0 || line !== "")].join("\n")}\n`;
}

/** The options that a script's header tells of: `--pid=`, `--failed`. */
export function optionsInHeader(text: string): readonly string[] {
  const lines = headerOf(text);
  const first = lines.findIndex((line) => line.startsWith("Options:"));
  if (first < 0) return [];
  const more = lines.slice(first + 1).findIndex((line) => /^\w+:/.test(line));
  const section = lines.slice(first, more < 0 ? undefined : first + 1 + more);
  // In columns: an option that a description speaks of has one space before it.
  const options = /(?:^|\s{2,})(--[a-z][\w-]*=?)/g;
  return section.flatMap((line) => [...line.matchAll(options)].map(([, option = ""]) => option));
}

export function toolOptions(tool: Tool, io: Io): readonly string[] {
  return optionsInHeader(textOf(tool, io));
}

/** The tool that a command line asks the help of: `tsbt NAME --help`, with or without `--`. */
export function toolAskedAbout(args: readonly string[], io: Io): Tool | undefined {
  const [name = "", ...rest] = args;
  if (!rest.includes("--help") && !(rest.length === 1 && rest[0] === "-h")) return undefined;
  const tool = findTool(name, io);
  // A file of that name is meant, as when it is run.
  return tool === undefined || io.listFolder(".").includes(name) ? undefined : tool;
}
