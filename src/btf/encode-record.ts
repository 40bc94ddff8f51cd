/** Writes one BTF type record: the inverse of record.ts, which shows the layouts. */
import { assertNever } from "../base/assert-never.js";
import type { ByteWriter } from "../base/byte-writer.js";
import { type BtfEnum, type BtfInt, BtfKindCode, type BtfStruct, type BtfType } from "./types.js";

type StringOffset = (text: string) => number;

const LINKAGE = { static: 0, global: 1, extern: 2 } as const;

/** vlen has 16 bits. */
const MAX_VLEN = 0xffff;

function header(
  out: ByteWriter,
  name: number,
  kind: number,
  vlen: number,
  flag: boolean,
  sizeOrType: number,
): void {
  if (vlen > MAX_VLEN) throw new RangeError(`a BTF type cannot have ${vlen} elements`);
  out
    .u32(name)
    .u32((flag ? 0x80000000 : 0) + (kind << 24) + vlen)
    .u32(sizeOrType);
}

/** Appends the record of `type`; `string` gives offsets in the string section. */
export function encodeRecord(out: ByteWriter, type: BtfType, string: StringOffset): void {
  const K = BtfKindCode;
  switch (type.kind) {
    case "void":
      throw new Error("a reserved BTF type was never defined");
    case "int":
      encodeInt(out, type, string);
      return;
    case "ptr":
    case "volatile":
    case "const":
    case "restrict":
      header(out, 0, K[type.kind], 0, false, type.type);
      return;
    case "typedef":
    case "type_tag":
      header(out, string(type.name), K[type.kind], 0, false, type.type);
      return;
    case "array":
      header(out, 0, K.array, 0, false, 0);
      out.u32(type.element).u32(type.index).u32(type.length);
      return;
    case "struct":
    case "union":
      encodeStruct(out, type, string);
      return;
    case "enum":
      encodeEnum(out, type, string);
      return;
    case "fwd":
      header(out, string(type.name), K.fwd, 0, type.union, 0);
      return;
    case "func":
      header(out, string(type.name), K.func, LINKAGE[type.linkage], false, type.type);
      return;
    case "func_proto":
      header(out, 0, K.func_proto, type.params.length, false, type.ret);
      for (const p of type.params) out.u32(string(p.name)).u32(p.type);
      return;
    case "var":
      header(out, string(type.name), K.var, 0, false, type.type);
      out.u32(LINKAGE[type.linkage]);
      return;
    case "datasec":
      header(out, string(type.name), K.datasec, type.vars.length, false, type.size);
      for (const v of type.vars) out.u32(v.type).u32(v.offset).u32(v.size);
      return;
    case "float":
      header(out, string(type.name), K.float, 0, false, type.size);
      return;
    case "decl_tag":
      header(out, string(type.name), K.decl_tag, 0, false, type.type);
      out.u32(type.component);
      return;
  }
  assertNever(type, "BTF type");
}

function encodeInt(out: ByteWriter, type: BtfInt, string: StringOffset): void {
  header(out, string(type.name), BtfKindCode.int, 0, false, type.size);
  const encoding = (type.signed ? 1 : 0) | (type.encoding === "char" ? 2 : type.encoding === "bool" ? 4 : 0);
  out.u32((encoding << 24) | (type.offset << 16) | type.bits);
}

function encodeStruct(out: ByteWriter, type: BtfStruct, string: StringOffset): void {
  const flag = type.members.some((m) => m.bitfieldSize !== 0);
  header(out, string(type.name), BtfKindCode[type.kind], type.members.length, flag, type.size);
  for (const m of type.members) {
    out
      .u32(string(m.name))
      .u32(m.type)
      .u32(flag ? m.bitfieldSize * 0x1000000 + m.bitOffset : m.bitOffset);
  }
}

function encodeEnum(out: ByteWriter, type: BtfEnum, string: StringOffset): void {
  const wide = type.size === 8;
  header(
    out,
    string(type.name),
    wide ? BtfKindCode.enum64 : BtfKindCode.enum,
    type.values.length,
    type.signed,
    type.size,
  );
  for (const v of type.values) {
    out.u32(string(v.name));
    if (wide) out.u64(v.value);
    else out.u32(Number(BigInt.asUintN(32, v.value)));
  }
}
