/**
 * Symbols of a user program. A look-up by name scans the tables without making strings of the other names: a large
 * program has hundreds of thousands.
 */
import { type ElfFile, SHT_DYNSYM, SHT_SYMTAB, textAt } from "./elf-file.js";

export interface UserSymbol {
  readonly name: string;
  readonly kind: "function" | "object";
  /** In memory, before relocation. */
  readonly address: number;
  readonly size: number;
}

export interface SymbolTables {
  /** The function of this name, else the object. */
  find(name: string, kind: UserSymbol["kind"]): UserSymbol | undefined;
  /** Every function, once a name, in the order of addresses. */
  functions(): readonly UserSymbol[];
  /** The function that an address lies in. */
  at(address: number): UserSymbol | undefined;
}

/** sizeof(Elf64_Sym): u32 name, u8 info, u8 other, u16 section, u64 value, u64 size. */
const ENTRY = 24;
/** st_info: type in the low half. STT_OBJECT and STT_TLS; STT_FUNC and STT_GNU_IFUNC. */
const KINDS: ReadonlyMap<number, UserSymbol["kind"]> = new Map([
  [1, "object"],
  [2, "function"],
  [10, "function"],
]);

interface Table {
  readonly entries: Buffer;
  readonly names: Buffer;
}

/** Tables of several files that tell of one program: itself, and its debug file. The first that knows a name wins. */
export function symbolTables(files: () => readonly ElfFile[]): SymbolTables {
  let known: readonly Table[] | undefined;
  const tables = (): readonly Table[] => {
    known ??= files().flatMap(tablesOf);
    return known;
  };
  let all: readonly UserSymbol[] | undefined;
  const functions = (): readonly UserSymbol[] => {
    all ??= allFunctions(tables());
    return all;
  };
  return {
    find: (name, kind) => {
      for (const table of tables()) {
        const found = findIn(table, name, kind);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    functions,
    at: (address) => symbolAt(functions(), address),
  };
}

/** The full table first; a stripped file has only the dynamic one. */
function tablesOf(file: ElfFile): Table[] {
  return [SHT_SYMTAB, SHT_DYNSYM].flatMap((type) =>
    file.sections
      .filter((section) => section.type === type)
      .map((section) => ({
        entries: section.data(),
        names: file.sections[section.link]?.data() ?? Buffer.alloc(0),
      })),
  );
}

function symbolOf(table: Table, at: number, name: string): UserSymbol | undefined {
  const { entries } = table;
  const kind = KINDS.get(entries.readUInt8(at + 4) & 0xf);
  const address = Number(entries.readBigUInt64LE(at + 8));
  // Section 0: used here, but defined elsewhere.
  if (kind === undefined || entries.readUInt16LE(at + 6) === 0 || address === 0) return undefined;
  return { name, kind, address, size: Number(entries.readBigUInt64LE(at + 16)) };
}

function findIn(table: Table, name: string, kind: UserSymbol["kind"]): UserSymbol | undefined {
  const places = namePlaces(table.names, name);
  if (places.size === 0) return undefined;
  for (let at = 0; at + ENTRY <= table.entries.length; at += ENTRY) {
    if (!places.has(table.entries.readUInt32LE(at))) continue;
    const symbol = symbolOf(table, at, name);
    if (symbol?.kind === kind) return symbol;
  }
  return undefined;
}

/** Where a name stands in a string table; the linker lets a short name be the end of a longer one. */
function namePlaces(names: Buffer, name: string): ReadonlySet<number> {
  const places = new Set<number>();
  const text = Buffer.from(name, "utf8");
  if (text.length === 0) return places;
  for (let at = names.indexOf(text); at >= 0; at = names.indexOf(text, at + 1)) {
    const after = names[at + text.length];
    // Names may carry a version: `malloc@@GLIBC_2.2.5`.
    if (after === 0 || after === 0x40) places.add(at);
  }
  return places;
}

function allFunctions(tables: readonly Table[]): UserSymbol[] {
  const found = new Map<string, UserSymbol>();
  for (const table of tables) {
    // Names may be ends of others, so that all of them are longer than the section; a forged one could be so without end.
    let believed = table.names.length * 16;
    for (let at = 0; at + ENTRY <= table.entries.length && believed >= 0; at += ENTRY) {
      if (KINDS.get(table.entries.readUInt8(at + 4) & 0xf) !== "function") continue;
      const name = textAt(table.names, table.entries.readUInt32LE(at)).replace(/@.*$/, "");
      believed -= name.length;
      if (name === "" || found.has(name)) continue;
      const symbol = symbolOf(table, at, name);
      if (symbol !== undefined) found.set(name, symbol);
    }
  }
  return [...found.values()].sort((a, b) => a.address - b.address);
}

function symbolAt(functions: readonly UserSymbol[], address: number): UserSymbol | undefined {
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const symbol = functions[middle];
    if (symbol !== undefined && symbol.address <= address) low = middle + 1;
    else high = middle;
  }
  // Names for one place stand side by side; one of them may lack its size.
  for (let i = low - 1; i >= 0; i--) {
    const symbol = functions[i];
    if (symbol === undefined) return undefined;
    if (symbol.address === address || address < symbol.address + symbol.size) return symbol;
    if (symbol.size > 0) return undefined;
  }
  return undefined;
}
