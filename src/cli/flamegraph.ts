/** `tsbt flamegraph [FILE]`: one self-contained page from folded stacks or from a script's own output. */
import type { Command } from "commander";
import { type FoldedStack, readStacks } from "../flamegraph/folded.js";
import { flamegraphPage } from "../flamegraph/page.js";
import { differenceOf, treeOf } from "../flamegraph/tree.js";
import type { Finish } from "./command-line.js";
import type { Io } from "./io.js";
import { readUserFile, UserError, writeUserFile } from "./load-source.js";

interface FlamegraphFlags {
  readonly output?: string;
  readonly title: string;
  readonly before?: string;
}

export function declareFlamegraph(program: Command, io: Io, finish: Finish): void {
  program
    .command("flamegraph")
    .description("make an interactive page of stacks: folded text, or what a script printed (text or JSON)")
    .argument("[file]", "the stacks; standard input without one", "-")
    .option("-o, --output <file>", "the page to write; standard output without one")
    .option("--title <text>", "heading of the page", "Flame graph")
    .option("--before <file>", "earlier stacks: the page shows what has changed since")
    .action((file: string, flags: FlamegraphFlags) => finish(flamegraphCommand(file, flags, io)));
}

function load(path: string, io: Io): readonly FoldedStack[] {
  const text = path === "-" ? io.readStdin() : new TextDecoder().decode(readUserFile(path, "stacks", io));
  const stacks = readStacks(text);
  if (stacks.length > 0) return stacks;
  throw new UserError(
    `${path === "-" ? "standard input" : `'${path}'`} holds no stacks`,
    "TB6022",
    "it takes lines `main;work;read 12`, or the output of a script whose map is keyed by kstack or ustack",
  );
}

function flamegraphCommand(file: string, flags: FlamegraphFlags, io: Io): number {
  const stacks = load(file, io);
  const before = flags.before === undefined ? undefined : load(flags.before, io);
  const page = flamegraphPage({
    title: flags.title,
    tree: before === undefined ? treeOf(stacks) : differenceOf(before, stacks),
    differential: before !== undefined,
    program: io.readAsset("flamegraph.js"),
    styles: io.readAsset("flamegraph.css"),
  });
  if (flags.output === undefined) io.stdout(page);
  else writeUserFile(flags.output, "page", new TextEncoder().encode(page), io);
  return 0;
}
