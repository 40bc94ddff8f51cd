/** `tsbt -l`: what can be probed, one line each; with `-v` arguments and definitions too. */
import { NodeIds } from "../base/ids.js";
import { Sources } from "../base/source.js";
import { hostBinaries } from "../binary/find.js";
import { Log } from "../diag/diagnostic.js";
import { render } from "../diag/render.js";
import { findProvider } from "../lang/index.js";
import { type ListedProbe, listProbes, type ListSources } from "../lang/probes/list.js";
import { isTypePattern, listTypes } from "../lang/probes/list-types.js";
import { parse } from "../parse/parse.js";
import type { Io } from "./io.js";
import { loadScript } from "./load-source.js";
import type { RunFlags } from "./run.js";
import { chooseTarget } from "./target-option.js";

/** `search`: patterns divided by commas, a script's file, or nothing; `-e` is a script's text. */
export function listCommand(search: string | undefined, flags: RunFlags, io: Io): number {
  const target = chooseTarget(flags.target, io, flags);
  const sources = new Sources();
  const searchPath = io.env.PATH ?? "";
  const binaries = hostBinaries({ searchPath, debugFolders: flags.debuginfo ?? [] });
  const listed: ListSources = { target, binaries, pid: flags.pid };
  if (flags.e !== undefined) return listProgram(sources.add("stdin", flags.e), sources, listed, flags, io);
  if (search !== undefined && isScript(search, io))
    return listProgram(loadScript(search, sources, io), sources, listed, flags, io);
  const lines: string[] = [];
  const patterns = (search ?? "").split(",").map((each) => each.trim().replace(/\s+/g, " "));
  if (patterns.some(asksForTracepoints) && target.listTracepoints().length === 0)
    io.stderr(
      "WARNING: no tracepoint can be read: they are root's, and tracefs must be mounted at /sys/kernel/tracing\n",
    );
  for (const pattern of patterns) {
    if (isTypePattern(pattern)) lines.push(...listTypes(target, pattern, flags.verbose === true));
    else addProbes(listProbes(listed, pattern), flags, lines);
  }
  print(lines, io);
  return 0;
}

/** Of one provider, or of all that a pattern or an empty text means. */
function asksForTracepoints(pattern: string): boolean {
  if (isTypePattern(pattern)) return false;
  const [word = "", ...parts] = pattern.split(":");
  return parts.length === 0 || /[*?[]/.test(word) || findProvider(word)?.name === "tracepoint";
}

function addProbes(probes: Iterable<ListedProbe>, flags: RunFlags, lines: string[]): void {
  for (const probe of probes) {
    lines.push(probe.name);
    if (flags.verbose === true) for (const argument of probe.arguments()) lines.push(`    ${argument}`);
  }
}

function print(lines: readonly string[], io: Io): void {
  if (lines.length > 0) io.stdout(`${lines.join("\n")}\n`);
}

/** Something that looks like a file's name and is none is worth a word. */
function isScript(search: string, io: Io): boolean {
  try {
    io.readFile(search);
    return true;
  } catch {
    if (/\.bt$/.test(search)) {
      io.stderr(
        `WARNING: It appears that '${search}' is a filename but the file does not exist. Treating '${search}' as a search pattern.\n`,
      );
    }
    return false;
  }
}

/** Every attach point of a script, patterns as what they match. */
function listProgram(
  source: ReturnType<Sources["add"]>,
  sources: Sources,
  listed: ListSources,
  flags: RunFlags,
  io: Io,
): number {
  const log = new Log();
  const script = parse(source, new NodeIds(), log);
  io.stderr(render(log.diagnostics, sources, { color: io.color }));
  if (script === undefined || log.hasErrors) return 1;
  const lines: string[] = [];
  for (const item of script.items) {
    if (item.kind !== "probe") continue;
    for (const point of item.attachPoints) {
      const provider = findProvider(point.provider);
      const parts = point.parts.map((part) => part.text);
      // Counts and periods say how often, not what.
      const what = provider?.countsLast === true ? parts.slice(0, 1) : parts;
      if (provider?.isListed !== false)
        addProbes(listProbes(listed, [point.provider, ...what].join(":")), flags, lines);
    }
  }
  print(lines, io);
  return 0;
}
