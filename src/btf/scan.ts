/**
 * One pass over a BTF blob that notes where each type record starts. Nothing is decoded and no
 * name is read: a kernel has some 130 thousand types and a script needs a dozen.
 *
 * Header (struct btf_header, 24 bytes): magic u16, version u8, flags u8, hdr_len, type_off, type_len,
 * str_off, str_len; offsets count from the end of the header. A record is struct btf_type, 12 bytes:
 *
 *   word 0  name_off
 *   word 1  info: |31 kind_flag|30-29 unused|28-24 kind|23-16 unused|15-0 vlen|
 *   word 2  size or type
 *
 * and then what the kind asks for.
 */
import { fail, ok, type Result } from "../base/result.js";
import { BtfKindCode } from "./types.js";

const BTF_MAGIC = 0xeb9f;
const BTF_VERSION = 1;
const HEADER_MIN = 24;

/** Words of a type record behind the common three: fixed part, and part per vlen. */
const TAIL: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  [BtfKindCode.int]: [1, 0],
  [BtfKindCode.ptr]: [0, 0],
  [BtfKindCode.array]: [3, 0],
  [BtfKindCode.struct]: [0, 3],
  [BtfKindCode.union]: [0, 3],
  [BtfKindCode.enum]: [0, 2],
  [BtfKindCode.fwd]: [0, 0],
  [BtfKindCode.typedef]: [0, 0],
  [BtfKindCode.volatile]: [0, 0],
  [BtfKindCode.const]: [0, 0],
  [BtfKindCode.restrict]: [0, 0],
  [BtfKindCode.func]: [0, 0],
  [BtfKindCode.func_proto]: [0, 2],
  [BtfKindCode.var]: [1, 0],
  [BtfKindCode.datasec]: [0, 3],
  [BtfKindCode.float]: [0, 0],
  [BtfKindCode.decl_tag]: [1, 0],
  [BtfKindCode.type_tag]: [0, 0],
  [BtfKindCode.enum64]: [0, 3],
};

/** A blob with the places of its records. */
export interface BtfScan {
  /** The type section as words. */
  readonly words: Uint32Array;
  /** Word index of record i, for i < count. Record i is type id `firstId + i`. */
  readonly starts: Uint32Array;
  readonly count: number;
  /** The string section, including the final zero byte. */
  readonly strings: Buffer;
}

/** Kind code of an info word. */
export function kindOf(info: number): number {
  return (info >>> 24) & 0x1f;
}

/** Element count of an info word. */
export function vlenOf(info: number): number {
  return info & 0xffff;
}

/** Finds the records of a little-endian BTF blob. Fails on a blob that is cut, forged or of the other byte order. */
export function scanBtf(blob: Uint8Array): Result<BtfScan> {
  if (blob.length < HEADER_MIN) return fail("BTF is shorter than its header");
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) return fail("BTF is big-endian, which is not supported");
  if (magic !== BTF_MAGIC) return fail("BTF has no BTF magic number");
  if (view.getUint8(2) !== BTF_VERSION) return fail(`BTF has version ${view.getUint8(2)}, expected 1`);
  const headerLength = view.getUint32(4, true);
  const [typeOff, typeLen] = [view.getUint32(8, true), view.getUint32(12, true)];
  const [strOff, strLen] = [view.getUint32(16, true), view.getUint32(20, true)];
  if (headerLength < HEADER_MIN || typeLen % 4 !== 0) return fail("BTF header is malformed");
  if (headerLength + typeOff + typeLen > blob.length || headerLength + strOff + strLen > blob.length) {
    return fail("BTF is cut short");
  }
  const types = blob.subarray(headerLength + typeOff, headerLength + typeOff + typeLen);
  // Where the blob lies askew in memory, a copy does not (Buffer's own `slice` would copy nothing).
  const aligned = types.byteOffset % 4 === 0 ? types : Uint8Array.from(types);
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, typeLen / 4);
  const strings = Buffer.from(blob.buffer, blob.byteOffset + headerLength + strOff, strLen);
  if (strLen > 0 && strings[strLen - 1] !== 0) return fail("BTF string section does not end in a zero byte");
  return scanRecords(words, strings);
}

function scanRecords(words: Uint32Array, strings: Buffer): Result<BtfScan> {
  const fixed = new Uint8Array(32);
  const each = new Uint8Array(32);
  const known = new Uint8Array(32);
  for (const [kind, [f, e]] of Object.entries(TAIL)) {
    fixed[Number(kind)] = f;
    each[Number(kind)] = e;
    known[Number(kind)] = 1;
  }
  const starts = new Uint32Array(Math.floor(words.length / 3) + 1);
  let count = 0;
  let at = 0;
  while (at < words.length) {
    const info = words[at + 1] ?? 0;
    const kind = kindOf(info);
    if (known[kind] !== 1) return fail(`BTF type record ${count} has unknown kind ${kind}`);
    starts[count++] = at;
    at += 3 + (fixed[kind] ?? 0) + (each[kind] ?? 0) * vlenOf(info);
  }
  if (at !== words.length) return fail("BTF type section ends inside a record");
  return ok({ words, starts, count, strings });
}
