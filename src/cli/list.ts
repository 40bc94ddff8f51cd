import { hostBinaries } from "../binary/find.js";
import { listProbes } from "../lang/probes/list.js";
import type { Io } from "./io.js";
import type { RunFlags } from "./run.js";
import { chooseTarget } from "./target-option.js";

/** `tsbt -l [pattern]`: one probe a line; with `-v` also its arguments. */
export function listCommand(pattern: string | undefined, flags: RunFlags, io: Io): number {
  const target = chooseTarget(flags.target, io);
  const binaries = hostBinaries({ searchPath: io.env.PATH ?? "", debugFolders: flags.debuginfo ?? [] });
  const sources = { target, binaries, pid: flags.pid };
  let out = "";
  for (const probe of listProbes(sources, pattern ?? "*")) {
    out += `${probe.name}\n`;
    if (flags.verbose === true) for (const argument of probe.arguments()) out += `    ${argument}\n`;
  }
  io.stdout(out);
  return 0;
}
