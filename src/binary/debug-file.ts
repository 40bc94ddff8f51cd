/** Separate debug files, where distributions and `objcopy --only-keep-debug` put them. */
import { basename, dirname, isAbsolute, join } from "node:path";
import { type ElfFile, openElf } from "./elf-file.js";
import { hostFile, memoryFile } from "./file-bytes.js";
import { buildId, debugLink } from "./notes.js";
import { unpackXz } from "./xz.js";

const GLOBAL = "/usr/lib/debug";

/**
 * The folders of --debuginfo for the program `file`: a relative one counts from where tsbt was started and, as in
 * elfutils' search paths (libdwfl.h, dwfl_standard_find_debuginfo), from the program's folder.
 */
export function debugFoldersOf(file: string, given: readonly string[]): readonly string[] {
  return given.flatMap((folder) => (isAbsolute(folder) ? [folder] : [folder, join(dirname(file), folder)]));
}

/** The file with the debug information that was cut off `elf`; `extra`: folders to search first (--debuginfo). */
export function findDebugFile(elf: ElfFile, path: string, extra: readonly string[]): ElfFile | undefined {
  const id = buildId(elf);
  const link = debugLink(elf);
  const folder = dirname(path);
  const byId = (root: string): string[] =>
    id === undefined ? [] : [join(root, ".build-id", id.slice(0, 2), `${id.slice(2)}.debug`)];
  const byLink = (...folders: string[]): string[] =>
    link === undefined ? [] : folders.map((each) => join(each, link));
  const names = [`${basename(path)}.debug`, basename(path)];
  const candidates = [
    ...extra.flatMap((root) => [
      ...byId(root),
      ...byLink(root, join(root, folder)),
      ...names.map((name) => join(root, name)),
    ]),
    ...byId(GLOBAL),
    ...byLink(folder, join(folder, ".debug"), join(GLOBAL, folder)),
  ];
  for (const candidate of new Set(candidates)) {
    if (candidate === path) continue;
    const file = hostFile(candidate);
    const opened = file === undefined ? undefined : openElf(file);
    if (opened?.ok !== true) continue;
    // A debug file left over from another build would name wrong places.
    const own = buildId(opened.value);
    if (id === undefined || own === undefined || own === id) return opened.value;
  }
  return undefined;
}

/** The packed symbol table that distributions leave in stripped programs ("MiniDebuginfo"), unpacked. */
export function miniDebugFile(elf: ElfFile): ElfFile | undefined {
  const packed = elf.section(".gnu_debugdata")?.data();
  const bytes = packed === undefined ? undefined : unpackXz(packed);
  const opened = bytes === undefined ? undefined : openElf(memoryFile(bytes));
  return opened?.ok === true ? opened.value : undefined;
}
