/** Libraries by name, as the dynamic linker would find them. */
import { readFileSync } from "node:fs";
import { textAt } from "./elf-file.js";

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER = 48;
const RECORD = 24;

/** Most bytes of a path and of a file's name, with the zero (linux/limits.h): what is longer is forged. */
const PATH_SIZE = 4096;
const NAME_SIZE = 256;

/** Paths of a library in this machine's cache; none if there is no cache. */
export function librariesNamed(name: string, cachePath = "/etc/ld.so.cache"): string[] {
  let cache: Buffer;
  try {
    cache = readFileSync(cachePath);
  } catch {
    return [];
  }
  return librariesIn(cache, name);
}

/**
 * Paths of a library: `libc` finds what would be loaded for `libc.so.6`, `libssl.so.3` only that version. The
 * cache's layout is glibc's (sysdeps/generic/dl-cache.h, struct cache_file_new): magic, u32 count, then records with
 * u32 offsets of name and path, counted from the magic. Libraries of other word sizes stand in it too. A broken cache
 * has none, or fewer.
 */
export function librariesIn(cache: Buffer, name: string): string[] {
  // An old format may stand in front.
  const start = cache.indexOf(MAGIC, 0, "latin1");
  if (start < 0) return [];
  const base = cache.subarray(start);
  const text = (from: number, size: number): string => textAt(base.subarray(from, from + size), 0);
  const count = base.length >= HEADER ? base.readUInt32LE(20) : 0;
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const at = HEADER + i * RECORD;
    if (at + RECORD > base.length) break;
    const library = text(base.readUInt32LE(at + 4), NAME_SIZE);
    if (library !== name && !library.startsWith(`${name}.so`)) continue;
    const path = text(base.readUInt32LE(at + 8), PATH_SIZE);
    if (path !== "") found.push(path);
  }
  return found;
}
