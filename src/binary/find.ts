/** Finding user programs and libraries as a shell and the dynamic linker would. */
import { basename, resolve } from "node:path";
import { hasWildcard } from "../lang/probes/wildcard.js";
import { expandPath } from "./glob.js";
import { librariesNamed } from "./ld-cache.js";
import { openBinary } from "./open-binary.js";
import { mappedFiles, programOf, rootOf, runningProcesses, searchPathOf } from "./processes.js";
import type { FindOptions, UserBinaries, UserBinary } from "./user-binary.js";

export interface HostOptions {
  /** PATH. */
  readonly searchPath: string;
  readonly debugFolders: readonly string[];
}

/** The machine's programs and libraries, for probes on user functions. */
export function hostBinaries(host: HostOptions): UserBinaries {
  const opened = new Map<string, UserBinary | undefined>();
  /** `root` in front of the path is part of its name: only there it means this file. */
  const open = (path: string, unsafe: boolean): UserBinary | undefined => {
    const key = `${unsafe} ${path}`;
    if (!opened.has(key)) {
      opened.set(key, openBinary(path, resolve(path), { unsafe, debugFolders: host.debugFolders }));
    }
    return opened.get(key);
  };
  const openAll = (paths: Iterable<string>, unsafe: boolean): UserBinary[] =>
    [...new Set(paths)].flatMap((path) => open(path, unsafe) ?? []);
  return {
    find: (target, options) => openAll(candidates(target, options, host), options.unsafe),
    mapped: (pid) => {
      const processes = pid === undefined ? runningProcesses() : [pid];
      return openAll(
        processes.flatMap((each) => {
          const root = rootOf(each);
          return mappedFiles(each).map((path) => `${root}${path}`);
        }),
        false,
      );
    },
    programOf: (pid) => {
      const path = programOf(pid);
      return path === undefined ? undefined : open(`${rootOf(pid)}${path}`, false);
    },
  };
}

/** Paths a target may mean, in the order in which they are tried. */
function candidates(target: string, { pid }: FindOptions, host: HostOptions): string[] {
  const root = pid === undefined ? "" : rootOf(pid);
  const inRoot = (path: string): string =>
    root === "" || path.startsWith(`${root}/`) ? path : `${root}${path.startsWith("/") ? "" : "/"}${path}`;
  const paths = [target];
  if (!target.includes("/")) {
    const searchPath = root === "" ? host.searchPath : searchPathOf(pid ?? 0);
    for (const folder of searchPath.split(":")) if (folder !== "") paths.push(`${folder}/${target}`);
    // `c` is libc, as a linker's -lc, unless a program is called so.
    if (!hasWildcard(target))
      return [...libraries(target, pid), ...paths, ...libraries(`lib${target}`, pid)].map(inRoot);
  }
  return paths.map(inRoot).flatMap((path) => (hasWildcard(target) ? expandPath(path) : [path]));
}

/** Those the process has loaded come first: they are the ones it calls. */
function libraries(name: string, pid: number | undefined): string[] {
  if (!name.startsWith("lib")) return [];
  const loaded =
    pid === undefined
      ? []
      : mappedFiles(pid).filter((path) => basename(path) === name || basename(path).startsWith(`${name}.so`));
  return [...loaded, ...librariesNamed(name)];
}
