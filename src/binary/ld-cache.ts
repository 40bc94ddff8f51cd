/** Libraries by name, as the dynamic linker would find them. */
import { readFileSync } from "node:fs";
import { textAt } from "./elf-file.js";

const MAGIC = "glibc-ld.so.cache1.1";
const HEADER = 48;
const RECORD = 24;

/**
 * Paths of a library: `libc` finds what would be loaded for `libc.so.6`, `libssl.so.3` only that version. The
 * cache's layout is glibc's (sysdeps/generic/dl-cache.h, struct cache_file_new): magic, u32 count, then records with
 * u32 offsets of name and path, counted from the magic. Libraries of other word sizes stand in it too.
 */
export function librariesNamed(name: string, cachePath = "/etc/ld.so.cache"): string[] {
  let cache: Buffer;
  try {
    cache = readFileSync(cachePath);
  } catch {
    return [];
  }
  // An old format may stand in front.
  const start = cache.indexOf(MAGIC, 0, "latin1");
  if (start < 0) return [];
  const base = cache.subarray(start);
  const count = base.length >= HEADER ? base.readUInt32LE(20) : 0;
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const at = HEADER + i * RECORD;
    if (at + RECORD > base.length) break;
    const library = textAt(base, base.readUInt32LE(at + 4));
    if (library !== name && !library.startsWith(`${name}.so`)) continue;
    const path = textAt(base, base.readUInt32LE(at + 8));
    if (path !== "") found.push(path);
  }
  return found;
}
