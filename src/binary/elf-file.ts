/**
 * The frame of an ELF file: header, segments, sections. Read lazily, because most questions need one table of a
 * file of hundreds of megabytes. System V ABI, chapter 4; struct names are elf.h's.
 */
import { inflateSync } from "node:zlib";
import { lazy } from "../base/lazy.js";
import { fail, ok, type Result } from "../base/result.js";
import type { FileBytes } from "./file-bytes.js";

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  /** Contents, decompressed. Empty for SHT_NOBITS, or when a piece of the file is missing. */
  data(): Buffer;
}

export interface ElfSegment {
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
}

export interface ElfFile {
  readonly file: FileBytes;
  /** ET_EXEC or ET_DYN. */
  readonly type: number;
  readonly machine: number;
  /** PT_LOAD, in file order. */
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
  section(name: string): ElfSection | undefined;
  /** Place in the file of an address in memory before relocation. */
  toOffset(address: number): number | undefined;
}

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const SHT_SYMTAB = 2;
export const SHT_NOTE = 7;
const SHT_NOBITS = 8;
export const SHT_DYNSYM = 11;
const SHF_COMPRESSED = 0x800;
const ELFCOMPRESS_ZLIB = 1;
const PT_LOAD = 1;
/** Sizes of Elf64_Ehdr, Elf64_Phdr, Elf64_Shdr, Elf64_Chdr. */
const HEADER = 64;
const PROGRAM_HEADER = 56;
const SECTION_HEADER = 64;
const COMPRESSION_HEADER = 24;

export function isElf(file: FileBytes): boolean {
  return file.read(0, 4).equals(Buffer.from("\x7fELF", "latin1"));
}

/** Opens a 64-bit little-endian ELF file; the reason when it is none. */
export function openElf(file: FileBytes): Result<ElfFile> {
  const header = file.read(0, HEADER);
  if (header.length < HEADER || !isElf(file)) return fail("it is no ELF file");
  if (header[4] !== 2 || header[5] !== 1) return fail("it is no 64-bit little-endian ELF file");
  const segments = readSegments(file, header);
  let sections: readonly ElfSection[] | undefined;
  const all = (): readonly ElfSection[] => {
    sections ??= readSections(file, header);
    return sections;
  };
  return ok({
    file,
    type: header.readUInt16LE(16),
    machine: header.readUInt16LE(18),
    segments,
    get sections() {
      return all();
    },
    section: (name) => all().find((section) => section.name === name),
    toOffset: (address) => {
      const found = segments.find((s) => address >= s.address && address < s.address + s.fileSize);
      return found === undefined ? undefined : address - found.address + found.offset;
    },
  });
}

/** 64 bits as a number; what does not fit is no place in a file. */
function word(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

function readSegments(file: FileBytes, header: Buffer): ElfSegment[] {
  const at = word(header, 32);
  const count = header.readUInt16LE(56);
  const table = file.read(at, count * PROGRAM_HEADER);
  const found: ElfSegment[] = [];
  for (let from = 0; from + PROGRAM_HEADER <= table.length; from += PROGRAM_HEADER) {
    if (table.readUInt32LE(from) !== PT_LOAD) continue;
    found.push({
      offset: word(table, from + 8),
      address: word(table, from + 16),
      fileSize: word(table, from + 32),
    });
  }
  return found;
}

function readSections(file: FileBytes, header: Buffer): ElfSection[] {
  const at = word(header, 40);
  if (at === 0 || at >= file.size) return [];
  // With 0xff00 sections and more, the real numbers stand in section 0.
  const first = file.read(at, SECTION_HEADER);
  if (first.length < SECTION_HEADER) return [];
  const count = header.readUInt16LE(60) || word(first, 32);
  const index = header.readUInt16LE(62);
  const namesIndex = index === 0xffff ? first.readUInt32LE(40) : index;
  const table = file.read(at, Math.min(count, (file.size - at) / SECTION_HEADER) * SECTION_HEADER);
  const namesAt = namesIndex * SECTION_HEADER;
  const names =
    namesAt + SECTION_HEADER <= table.length
      ? file.read(word(table, namesAt + 24), Math.min(word(table, namesAt + 32), file.size))
      : Buffer.alloc(0);
  const found: ElfSection[] = [];
  for (let from = 0; from + SECTION_HEADER <= table.length; from += SECTION_HEADER) {
    found.push(section(file, table.subarray(from, from + SECTION_HEADER), names));
  }
  return found;
}

function section(file: FileBytes, header: Buffer, names: Buffer): ElfSection {
  const type = header.readUInt32LE(4);
  const flags = word(header, 8);
  const offset = word(header, 24);
  const size = word(header, 32);
  const contents = (): Buffer => {
    if (type === SHT_NOBITS || offset + size > file.size) return Buffer.alloc(0);
    const raw = file.read(offset, size);
    return (flags & SHF_COMPRESSED) !== 0 && raw.length > 0 ? decompress(raw) : raw;
  };
  return {
    name: textAt(names, header.readUInt32LE(0)),
    type,
    flags,
    address: word(header, 16),
    offset,
    size,
    link: header.readUInt32LE(40),
    data: lazy(contents),
  };
}

/** zlib only: Node before 22.15 has no zstd, and then the section counts as absent. */
function decompress(raw: Buffer): Buffer {
  if (raw.length < COMPRESSION_HEADER || raw.readUInt32LE(0) !== ELFCOMPRESS_ZLIB) return Buffer.alloc(0);
  try {
    // Elf64_Chdr.ch_size: no more than it promises.
    const maxOutputLength = word(raw, 8);
    return inflateSync(raw.subarray(COMPRESSION_HEADER), { maxOutputLength });
  } catch {
    return Buffer.alloc(0);
  }
}

/** The NUL-terminated text at an offset; "" beyond the end. */
export function textAt(bytes: Buffer, from: number): string {
  if (from >= bytes.length) return "";
  const end = bytes.indexOf(0, from);
  return bytes.toString("utf8", from, end < 0 ? bytes.length : end);
}
