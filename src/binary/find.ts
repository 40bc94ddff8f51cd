/** Finding user programs and libraries as a shell and the dynamic linker would. */
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { UserBinaries, UserBinary } from "../lang/provider.js";
import { readSymbols } from "./symbols.js";

/** The machine's programs and libraries, for probes on user functions. `path`: where to search bare names. */
export function hostBinaries(path: string): UserBinaries {
  const opened = new Map<string, UserBinary | undefined>();
  return {
    find: (name) => {
      if (!opened.has(name)) opened.set(name, open(name, path));
      return opened.get(name);
    },
  };
}

function open(name: string, path: string): UserBinary | undefined {
  const file = locate(name, path);
  if (file === undefined) return undefined;
  const symbols = readSymbols(readFileSync(file));
  return symbols.ok ? { path: file, ...symbols.value } : undefined;
}

function locate(name: string, path: string): string | undefined {
  if (name.includes("/")) return existing(resolve(name));
  for (const folder of path.split(":")) {
    const found = folder === "" ? undefined : existing(join(folder, name));
    if (found !== undefined && isExecutable(found)) return found;
  }
  return locateLibrary(name) ?? existing(resolve(name));
}

function existing(file: string): string | undefined {
  try {
    const real = realpathSync(file);
    return statSync(real).isFile() ? real : undefined;
  } catch {
    return undefined;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const cacheMagic = "glibc-ld.so.cache1.1";
const headerSize = 48;
const recordSize = 24;

/**
 * A library by short name: `libc` finds what the dynamic linker would load for `libc.so.6`. The cache's layout is
 * glibc's (sysdeps/generic/dl-cache.h, struct cache_file_new): magic, u32 count, then records with u32 offsets of
 * name and path, counted from the magic.
 */
function locateLibrary(name: string): string | undefined {
  let cache: Buffer;
  try {
    cache = readFileSync("/etc/ld.so.cache");
  } catch {
    return undefined;
  }
  // An old format may stand in front.
  const start = cache.indexOf(cacheMagic, 0, "latin1");
  if (start < 0) return undefined;
  const base = cache.subarray(start);
  const count = base.length >= headerSize ? base.readUInt32LE(20) : 0;
  for (let i = 0; i < count; i++) {
    const at = headerSize + i * recordSize;
    if (at + recordSize > base.length) return undefined;
    const library = text(base, base.readUInt32LE(at + 4));
    if (library !== name && !library.startsWith(`${name}.so`)) continue;
    const found = existing(text(base, base.readUInt32LE(at + 8)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function text(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from);
  return end < 0 ? "" : bytes.toString("utf8", from, end);
}
