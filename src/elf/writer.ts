/**
 * Writes a relocatable ELF64 little-endian object for EM_BPF, laid out as compilers do: header,
 * section contents, relocations, symbols, strings, section headers.
 * Layouts: System V ABI, chapter 4; relocation types: Documentation/bpf/llvm_reloc.rst.
 */
import { ByteWriter } from "../base/byte-writer.js";
import { StringTable } from "./strings.js";

/** R_BPF_*: 64-bit immediate loads of maps and data; calls. */
export const BpfReloc = { r64_64: 1, abs64: 2, abs32: 3, nodyld32: 4, r64_32: 10 } as const;

export interface ElfReloc {
  /** Bytes from the start of the section. */
  readonly offset: number;
  /** Name of a symbol of the same object. */
  readonly symbol: string;
  /** A value of `BpfReloc`. */
  readonly type: number;
}

export interface ElfSection {
  readonly name: string;
  readonly data: Uint8Array;
  /** What it holds: instructions, variables that may be written, constants, or nothing the program sees. */
  readonly contents: "code" | "data" | "rodata" | "info";
  /** Bytes, a power of two. */
  readonly align: number;
  readonly relocs?: readonly ElfReloc[];
}

export interface ElfSymbol {
  /** Unique within the object. */
  readonly name: string;
  /** Name of its section; undefined: it is somebody else's. */
  readonly section: string | undefined;
  /** Bytes from the start of the section. */
  readonly value: number;
  readonly size: number;
  readonly type: "func" | "object" | "notype";
  readonly binding: "local" | "global";
  /** STV_HIDDEN: known to other objects, but not beyond them. */
  readonly hidden?: boolean;
}

export interface ElfObject {
  readonly sections: readonly ElfSection[];
  readonly symbols: readonly ElfSymbol[];
}

const EM_BPF = 247;
const EHDR_SIZE = 64;
const SHDR_SIZE = 64;
const SYM_SIZE = 24;
const REL_SIZE = 16;
const SHT = { progbits: 1, symtab: 2, strtab: 3, rel: 9 } as const;
const SHF = { write: 1, alloc: 2, exec: 4, infoLink: 0x40 } as const;
const FLAGS = {
  code: SHF.alloc | SHF.exec,
  data: SHF.alloc | SHF.write,
  rodata: SHF.alloc,
  info: 0,
} as const;
const SHN_UNDEF = 0;
const STT = { notype: 0, object: 1, func: 2 } as const;
const STB = { local: 0, global: 1 } as const;

const STV_HIDDEN = 2;

interface Header {
  readonly name: number;
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly align: number;
  readonly entry: number;
}

/** The bytes of the object file. Throws on a symbol or relocation that names what is not there: that is our bug. */
export function writeElf(object: ElfObject): Uint8Array {
  const strings = new StringTable();
  const body = new ByteWriter().raw(new Uint8Array(EHDR_SIZE));
  const headers: Header[] = [
    { name: 0, type: 0, flags: 0, offset: 0, size: 0, link: 0, info: 0, align: 0, entry: 0 },
  ];
  const put = (name: string, data: Uint8Array, rest: Omit<Header, "name" | "offset" | "size">): void => {
    body.align(rest.align);
    headers.push({ name: strings.add(name), offset: body.length, size: data.length, ...rest });
    body.raw(data);
  };

  const sectionIndex = new Map(object.sections.map((s, i) => [s.name, i + 1]));
  for (const s of object.sections) {
    const flags = FLAGS[s.contents];
    put(s.name, s.data, { type: SHT.progbits, flags, link: 0, info: 0, align: s.align, entry: 0 });
  }

  // Locals must precede globals; sh_info of the table is the index of the first global.
  const ordered = [
    ...object.symbols.filter((s) => s.binding === "local"),
    ...object.symbols.filter((s) => s.binding === "global"),
  ];
  const symbolIndex = new Map(ordered.map((s, i) => [s.name, i + 1]));
  const relocated = object.sections.filter((s) => (s.relocs?.length ?? 0) > 0);
  const symtabIndex = headers.length + relocated.length;
  for (const s of relocated) {
    const info = lookUp(sectionIndex, s.name, "section");
    const data = relocations(s.relocs ?? [], symbolIndex);
    const rest = { type: SHT.rel, flags: SHF.infoLink, link: symtabIndex, info, align: 8, entry: REL_SIZE };
    put(`.rel${s.name}`, data, rest);
  }
  const locals = ordered.filter((s) => s.binding === "local").length;
  put(".symtab", symbolTable(ordered, sectionIndex, strings), {
    type: SHT.symtab,
    flags: 0,
    link: symtabIndex + 1,
    info: locals + 1,
    align: 8,
    entry: SYM_SIZE,
  });
  strings.add(".strtab");
  put(".strtab", strings.finish(), { type: SHT.strtab, flags: 0, link: 0, info: 0, align: 1, entry: 0 });

  body.align(8);
  const tableOffset = body.length;
  for (const h of headers) sectionHeader(body, h);
  const file = body.finish();
  file.set(elfHeader(tableOffset, headers.length));
  return file;
}

function lookUp(index: ReadonlyMap<string, number>, name: string, what: string): number {
  const found = index.get(name);
  if (found === undefined) throw new Error(`ELF object has no ${what} '${name}'`);
  return found;
}

function relocations(relocs: readonly ElfReloc[], symbols: ReadonlyMap<string, number>): Uint8Array {
  const out = new ByteWriter();
  for (const r of relocs) {
    // r_info is |63-32 symbol|31-0 type|.
    out
      .u64(BigInt(r.offset))
      .u32(r.type)
      .u32(lookUp(symbols, r.symbol, "symbol"));
  }
  return out.finish();
}

function symbolTable(
  symbols: readonly ElfSymbol[],
  sections: ReadonlyMap<string, number>,
  strings: StringTable,
): Uint8Array {
  const out = new ByteWriter().raw(new Uint8Array(SYM_SIZE));
  for (const s of symbols) {
    // st_info is |7-4 binding|3-0 type|.
    out
      .u32(strings.add(s.name))
      .u8((STB[s.binding] << 4) | STT[s.type])
      .u8(s.hidden === true ? STV_HIDDEN : 0);
    out
      .u16(s.section === undefined ? SHN_UNDEF : lookUp(sections, s.section, "section"))
      .u64(BigInt(s.value))
      .u64(BigInt(s.size));
  }
  return out.finish();
}

function sectionHeader(out: ByteWriter, h: Header): void {
  out.u32(h.name).u32(h.type).u64(BigInt(h.flags)).u64(0n).u64(BigInt(h.offset)).u64(BigInt(h.size));
  out.u32(h.link).u32(h.info).u64(BigInt(h.align)).u64(BigInt(h.entry));
}

function elfHeader(tableOffset: number, sections: number): Uint8Array {
  const out = new ByteWriter();
  // Magic, 64-bit, little-endian, ELF version 1, no OS.
  out.raw(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  // ET_REL; no entry point and no program headers. The section header string table is the last section.
  out.u16(1).u16(EM_BPF).u32(1).u64(0n).u64(0n).u64(BigInt(tableOffset)).u32(0);
  out
    .u16(EHDR_SIZE)
    .u16(0)
    .u16(0)
    .u16(SHDR_SIZE)
    .u16(sections)
    .u16(sections - 1);
  return out.finish();
}
