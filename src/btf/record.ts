/** Decodes one BTF type record. Layouts: `struct btf_type` and what may follow it, include/uapi/linux/btf.h. */
import { kindOf, vlenOf } from "./scan.js";
import {
  type BtfEnumerator,
  BtfKindCode,
  type BtfMember,
  type BtfParam,
  type BtfSectionVar,
  type BtfType,
  btfTypeId,
} from "./types.js";

type Words = Uint32Array;
type Strings = (offset: number) => string;

const LINKAGE = ["static", "global", "extern"] as const;

/** The record at word `at`, whose extent the scan has already checked. */
export function decodeRecord(words: Words, at: number, text: Strings): BtfType {
  const word = (i: number): number => words[at + i] ?? 0;
  const info = word(1);
  const flag = info >>> 31 === 1;
  const vlen = vlenOf(info);
  const name = text(word(0));
  const sizeOrType = word(2);
  const type = btfTypeId(sizeOrType);
  const K = BtfKindCode;
  switch (kindOf(info)) {
    case K.int:
      return decodeInt(name, sizeOrType, word(3));
    case K.ptr:
      return { kind: "ptr", type };
    case K.array:
      return { kind: "array", element: btfTypeId(word(3)), index: btfTypeId(word(4)), length: word(5) };
    case K.struct:
      return { kind: "struct", name, size: sizeOrType, members: decodeMembers(words, at, vlen, flag, text) };
    case K.union:
      return { kind: "union", name, size: sizeOrType, members: decodeMembers(words, at, vlen, flag, text) };
    case K.enum:
      return {
        kind: "enum",
        name,
        size: sizeOrType,
        signed: flag,
        values: decodeEnum(words, at, vlen, flag, text),
      };
    case K.enum64:
      return {
        kind: "enum",
        name,
        size: sizeOrType,
        signed: flag,
        values: decodeEnum64(words, at, vlen, flag, text),
      };
    case K.fwd:
      return { kind: "fwd", name, union: flag };
    case K.typedef:
      return { kind: "typedef", name, type };
    case K.volatile:
      return { kind: "volatile", type };
    case K.const:
      return { kind: "const", type };
    case K.restrict:
      return { kind: "restrict", type };
    case K.func:
      // A function keeps its linkage where others keep vlen.
      return { kind: "func", name, type, linkage: LINKAGE[vlen] ?? "static" };
    case K.func_proto:
      return { kind: "func_proto", ret: type, params: decodeParams(words, at, vlen, text) };
    case K.var:
      return { kind: "var", name, type, linkage: LINKAGE[word(3)] ?? "static" };
    case K.datasec:
      return { kind: "datasec", name, size: sizeOrType, vars: decodeSectionVars(words, at, vlen) };
    case K.float:
      return { kind: "float", name, size: sizeOrType };
    case K.decl_tag:
      return { kind: "decl_tag", name, type, component: word(3) | 0 };
    case K.type_tag:
      return { kind: "type_tag", name, type };
  }
  return { kind: "void" };
}

/** |27-24 encoding|23-16 offset|7-0 bits| with encoding bits signed 1, char 2, bool 4. */
function decodeInt(name: string, size: number, data: number): BtfType {
  const encoding = (data >>> 24) & 0xf;
  return {
    kind: "int",
    name,
    size,
    bits: data & 0xff,
    offset: (data >>> 16) & 0xff,
    signed: (encoding & 1) !== 0,
    encoding: (encoding & 4) !== 0 ? "bool" : (encoding & 2) !== 0 ? "char" : "none",
  };
}

/** With the struct's kind_flag, a member's offset word is |31-24 bit-field size|23-0 bit offset|. */
function decodeMembers(words: Words, at: number, vlen: number, flag: boolean, text: Strings): BtfMember[] {
  const members: BtfMember[] = [];
  for (let i = 0, m = at + 3; i < vlen; i++, m += 3) {
    const offset = words[m + 2] ?? 0;
    members.push({
      name: text(words[m] ?? 0),
      type: btfTypeId(words[m + 1] ?? 0),
      bitOffset: flag ? offset & 0xffffff : offset,
      bitfieldSize: flag ? offset >>> 24 : 0,
    });
  }
  return members;
}

function decodeEnum(words: Words, at: number, vlen: number, signed: boolean, text: Strings): BtfEnumerator[] {
  const values: BtfEnumerator[] = [];
  for (let i = 0, v = at + 3; i < vlen; i++, v += 2) {
    const value = words[v + 1] ?? 0;
    values.push({ name: text(words[v] ?? 0), value: BigInt(signed ? value | 0 : value) });
  }
  return values;
}

function decodeEnum64(
  words: Words,
  at: number,
  vlen: number,
  signed: boolean,
  text: Strings,
): BtfEnumerator[] {
  const values: BtfEnumerator[] = [];
  for (let i = 0, v = at + 3; i < vlen; i++, v += 3) {
    const raw = BigInt(words[v + 1] ?? 0) | (BigInt(words[v + 2] ?? 0) << 32n);
    values.push({ name: text(words[v] ?? 0), value: signed ? BigInt.asIntN(64, raw) : raw });
  }
  return values;
}

function decodeParams(words: Words, at: number, vlen: number, text: Strings): BtfParam[] {
  const params: BtfParam[] = [];
  for (let i = 0, p = at + 3; i < vlen; i++, p += 2) {
    params.push({ name: text(words[p] ?? 0), type: btfTypeId(words[p + 1] ?? 0) });
  }
  return params;
}

function decodeSectionVars(words: Words, at: number, vlen: number): BtfSectionVar[] {
  const vars: BtfSectionVar[] = [];
  for (let i = 0, v = at + 3; i < vlen; i++, v += 3) {
    vars.push({ type: btfTypeId(words[v] ?? 0), offset: words[v + 1] ?? 0, size: words[v + 2] ?? 0 });
  }
  return vars;
}
