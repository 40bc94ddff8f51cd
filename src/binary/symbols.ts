/**
 * Functions of a user program: names to file offsets, which is what uprobes are attached by. elfy does the framing;
 * symbols are read here, because only names and addresses of functions are wanted out of tables of megabytes.
 */
import elfy from "elfy";
import { fail, ok, type Result } from "../base/result.js";

export interface BinarySymbols {
  /** File offset of a function; undefined if the file has none of that name. */
  offsetOf(symbol: string): bigint | undefined;
  /** File offset of a virtual address, through the loadable segments. */
  fileOffset(address: bigint): bigint | undefined;
  /** Each name once, sorted. */
  functionNames(): readonly string[];
}

const entrySize = 24;
/** st_info: type in the low half; STT_FUNC and STT_GNU_IFUNC are code (System V ABI; GNU's extension). */
const functionTypes: ReadonlySet<number> = new Set([2, 10]);

/** Reads a 64-bit little-endian ELF file; the reason when it is none. */
export function readSymbols(bytes: Buffer): Result<BinarySymbols> {
  let file: ReturnType<typeof elfy.parse>;
  try {
    file = elfy.parse(bytes);
  } catch {
    return fail("it is no ELF file");
  }
  if (file.class !== "64" || file.endian !== "lsb") return fail("it is no 64-bit little-endian ELF file");
  const segments = file.body.programs.filter((program) => program.type === "load");
  const fileOffset = (address: bigint): bigint | undefined => {
    const at = Number(address);
    const segment = segments.find((s) => at >= s.vaddr && at < s.vaddr + s.filesz);
    return segment === undefined ? undefined : BigInt(at - segment.vaddr + segment.offset);
  };
  let known: ReadonlyMap<string, bigint> | undefined;
  const addresses = (): ReadonlyMap<string, bigint> => {
    known ??= functionAddresses(file.body.sections);
    return known;
  };
  return ok({
    offsetOf: (symbol) => {
      const address = addresses().get(symbol);
      return address === undefined ? undefined : fileOffset(address);
    },
    fileOffset,
    functionNames: () => [...addresses().keys()].sort(),
  });
}

function functionAddresses(
  sections: ReturnType<typeof elfy.parse>["body"]["sections"],
): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  // The full table first; a stripped file has only the dynamic one.
  for (const type of ["symtab", "dynsym"]) {
    for (const table of sections.filter((section) => section.type === type)) {
      const strings = sections[table.link]?.data;
      if (strings !== undefined) readTable(table.data, strings, found);
    }
  }
  return found;
}

/** Elf64_Sym: u32 name, u8 info, u8 other, u16 section, u64 value, u64 size. */
function readTable(data: Buffer, strings: Buffer, found: Map<string, bigint>): void {
  for (let at = 0; at + entrySize <= data.length; at += entrySize) {
    if (!functionTypes.has(data.readUInt8(at + 4) & 0xf) || data.readUInt16LE(at + 6) === 0) continue;
    const value = data.readBigUInt64LE(at + 8);
    const from = data.readUInt32LE(at);
    if (value === 0n || from >= strings.length) continue;
    const end = strings.indexOf(0, from);
    const whole = strings.toString("utf8", from, end < 0 ? strings.length : end);
    // Dynamic names may carry a version: `malloc@@GLIBC_2.2.5`.
    const name = whole.replace(/@.*$/, "");
    if (name !== "" && !found.has(name)) found.set(name, value);
  }
}
