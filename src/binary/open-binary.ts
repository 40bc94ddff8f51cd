/** One program opened: its tables read when they are asked for. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { findMember } from "./archive.js";
import { type DebugInfo, debugInfo } from "./dwarf/debug-info.js";
import { debugFoldersOf, findDebugFile, miniDebugFile } from "./debug-file.js";
import { type ElfFile, ET_DYN, ET_EXEC, isElf, openElf } from "./elf-file.js";
import { type FileBytes, hostFile } from "./file-bytes.js";
import { type UsdtLocation, usdtLocations } from "./notes.js";
import { symbolTables } from "./symbols.js";
import type { UserBinary } from "./user-binary.js";

export interface OpenOptions {
  readonly unsafe: boolean;
  /** Folders with separate debug files, besides the usual ones. */
  readonly debugFolders: readonly string[];
}

/** `path`: as shown; `file`: where it is. Undefined: no such file, or nothing that can be probed. */
export function openBinary(path: string, file: string, options: OpenOptions): UserBinary | undefined {
  const mark = file.indexOf("!/");
  if (mark > 0) {
    const archive = file.slice(0, mark);
    const bytes = hostFile(archive);
    const member = bytes === undefined ? undefined : findMember(bytes, file.slice(mark + 2));
    if (member === undefined) return undefined;
    const elf = openElf(member.bytes);
    return elf.ok ? elfBinary(elf.value, { path, file: archive, start: member.offset }, options) : undefined;
  }
  const bytes = hostFile(file);
  if (bytes === undefined) return undefined;
  if (!isElf(bytes)) return options.unsafe ? flatBinary(bytes, path, file) : undefined;
  const elf = openElf(bytes);
  if (!elf.ok) return undefined;
  const runnable = elf.value.type === ET_DYN || (elf.value.type === ET_EXEC && isExecutable(file));
  return runnable || options.unsafe ? elfBinary(elf.value, { path, file, start: 0 }, options) : undefined;
}

function isExecutable(file: string): boolean {
  return ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o111) !== 0;
}

interface Place {
  readonly path: string;
  readonly file: string;
  /** Where the program begins in the file. */
  readonly start: number;
}

function elfBinary(elf: ElfFile, { path, file, start }: Place, options: OpenOptions): UserBinary {
  const folders = debugFoldersOf(file, options.debugFolders);
  let separate: ElfFile | undefined | "unknown" = "unknown";
  const debugFile = (): ElfFile | undefined => {
    if (separate === "unknown") separate = findDebugFile(elf, file, folders);
    return separate;
  };
  let table: ElfFile | undefined | "unknown" = "unknown";
  /** Who has the symbol table, if not the program itself. */
  const extraTable = (): ElfFile | undefined => {
    if (table === "unknown")
      table = elf.section(".symtab") === undefined ? (debugFile() ?? miniDebugFile(elf)) : undefined;
    return table;
  };
  const symbols = symbolTables(() => {
    const extra = extraTable();
    return extra === undefined ? [elf] : [extra, elf];
  });
  let known: DebugInfo | undefined | "unknown" = "unknown";
  const debug = (): DebugInfo | undefined => {
    if (known === "unknown") {
      const holder = elf.section(".debug_info") === undefined ? debugFile() : elf;
      known = holder === undefined ? undefined : debugInfo(holder, file, [...folders, dirname(file)]);
    }
    return known;
  };
  let probes: readonly UsdtLocation[] | undefined;
  return {
    path,
    file,
    isElf: true,
    isStripped: () => elf.section(".symtab") === undefined && extraTable() === undefined,
    functions: symbols.functions,
    function: (name) => symbols.find(name, "function"),
    variable: (name) => symbols.find(name, "object"),
    functionAt: symbols.at,
    fileOffset: (address) => {
      const offset = elf.toOffset(address);
      return offset === undefined ? undefined : offset + start;
    },
    code: (address, length) => {
      const offset = elf.toOffset(address);
      return offset === undefined ? new Uint8Array() : elf.file.read(offset, length);
    },
    usdt: () => {
      probes ??= usdtLocations(elf);
      return probes;
    },
    debug,
  };
}

function flatBinary(bytes: FileBytes, path: string, file: string): UserBinary {
  return {
    path,
    file,
    isElf: false,
    isStripped: () => true,
    functions: () => [],
    function: () => undefined,
    variable: () => undefined,
    functionAt: () => undefined,
    fileOffset: (address) => (address < bytes.size ? address : undefined),
    code: (address, length) => bytes.read(address, length),
    usdt: () => [],
    debug: () => undefined,
  };
}
