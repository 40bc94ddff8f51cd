/**
 * Section `.BTF.ext`: which BTF function and source line an instruction belongs to, and CO-RE
 * relocations. Layouts: struct btf_ext_header of libbpf and bpf_func_info, bpf_line_info,
 * bpf_core_relo of include/uapi/linux/bpf.h. Strings live in the string section of `.BTF`.
 *
 * Each of the three parts is: u32 record size, then per ELF section: u32 section name, u32 count, records.
 */
import { ByteWriter } from "../base/byte-writer.js";
import type { BtfBuilder } from "./encode.js";
import type { BtfTypeId } from "./types.js";

/** BPF_CORE_* of enum bpf_core_relo_kind. */
export const CoreReloKind = {
  fieldByteOffset: 0,
  fieldByteSize: 1,
  fieldExists: 2,
  fieldSigned: 3,
  fieldLshiftU64: 4,
  fieldRshiftU64: 5,
  typeIdLocal: 6,
  typeIdTarget: 7,
  typeExists: 8,
  typeSize: 9,
  enumvalExists: 10,
  enumvalValue: 11,
  typeMatches: 12,
} as const;

/** Offsets are bytes from the start of the ELF section. */
export interface FuncInfo {
  readonly insnOffset: number;
  readonly type: BtfTypeId;
}
export interface LineInfo {
  readonly insnOffset: number;
  readonly file: string;
  /** Text of the line, which the verifier's log shows. */
  readonly text: string;
  /** From 1; at most 2^22 - 1. */
  readonly line: number;
  /** From 1; at most 1023, larger ones are cut to it. */
  readonly column: number;
}
export interface CoreRelo {
  readonly insnOffset: number;
  /** Root type in our own BTF. */
  readonly type: BtfTypeId;
  /** `0:2:1`: member indices from the root, the first an array index. */
  readonly access: string;
  /** A value of `CoreReloKind`. */
  readonly kind: number;
}

/** All information about one ELF section of instructions. */
export interface SectionExt {
  /** ELF section name. */
  readonly section: string;
  readonly funcs: readonly FuncInfo[];
  readonly lines: readonly LineInfo[];
  readonly relos: readonly CoreRelo[];
}

const MAGIC = 0xeb9f;
const HEADER = 32;
const FUNC_SIZE = 8;
const LINE_SIZE = 16;
const RELO_SIZE = 16;
const MAX_COLUMN = 0x3ff;

/** The bytes of `.BTF.ext`. Strings are added to `btf`, so finish that afterwards. */
export function encodeBtfExt(btf: BtfBuilder, sections: readonly SectionExt[]): Uint8Array {
  const part = <T>(
    size: number,
    pick: (s: SectionExt) => readonly T[],
    write: (out: ByteWriter, t: T) => void,
  ) => {
    const used = sections.filter((s) => pick(s).length > 0);
    const out = new ByteWriter();
    if (used.length === 0) return out;
    out.u32(size);
    for (const s of used) {
      out.u32(btf.string(s.section)).u32(pick(s).length);
      for (const record of pick(s)) write(out, record);
    }
    return out;
  };
  const parts = [
    part(
      FUNC_SIZE,
      (s) => s.funcs,
      (out, f) => out.u32(f.insnOffset).u32(f.type),
    ),
    part(
      LINE_SIZE,
      (s) => s.lines,
      (out, l) => {
        // |31-10 line|9-0 column|
        const lineColumn = l.line * 1024 + Math.min(l.column, MAX_COLUMN);
        out.u32(l.insnOffset).u32(btf.string(l.file)).u32(btf.string(l.text)).u32(lineColumn);
      },
    ),
    part(
      RELO_SIZE,
      (s) => s.relos,
      (out, r) => out.u32(r.insnOffset).u32(r.type).u32(btf.string(r.access)).u32(r.kind),
    ),
  ];
  const out = new ByteWriter().u16(MAGIC).u8(1).u8(0).u32(HEADER);
  let offset = 0;
  for (const p of parts) {
    out.u32(offset).u32(p.length);
    offset += p.length;
  }
  for (const p of parts) out.raw(p.finish());
  return out.finish();
}
