/**
 * Builds the BTF of one object, of a kernel, or of a module on top of one (split BTF). Equal types are stored once, except
 * those that declare something (`func`, `var`, `datasec`). Ids are handed out in order, from 1 or behind the base's.
 */
import { ByteWriter } from "../base/byte-writer.js";
import { encodeRecord } from "./encode-record.js";
import {
  type BtfEnumerator,
  type BtfFunc,
  type BtfMember,
  type BtfParam,
  type BtfSectionVar,
  type BtfType,
  type BtfTypeId,
  type BtfVar,
  btfTypeId,
} from "./types.js";

/** A member where only name, type and byte offset matter. */
export interface PlainMember {
  readonly name: string;
  readonly type: BtfTypeId;
  /** Bytes. */
  readonly offset: number;
}

export class BtfBuilder {
  private readonly types: BtfType[] = [];
  private readonly known = new Map<string, BtfTypeId>();
  private readonly strings = new ByteWriter();
  private readonly stringOffsets = new Map<string, number>([["", 0]]);
  private readonly firstId: number;
  private readonly firstString: number;

  /**
   * `base`: what these types are on top of; finished, because ids and string offsets continue where its own end. Its
   * types are named by their ids, its strings are not shared.
   */
  constructor(base?: BtfBuilder) {
    this.firstId = base?.typeCount ?? 1;
    this.firstString = base?.stringsEnd ?? 0;
    if (base === undefined) this.strings.u8(0);
  }

  /** Number of ids handed out, `void` and the base's included. */
  get typeCount(): number {
    return this.firstId + this.types.length;
  }

  /** Bytes of all strings, the base's included. */
  private get stringsEnd(): number {
    return this.firstString + this.strings.length;
  }

  /** Offset of a string in the string section; .BTF.ext refers to the same section. */
  string(text: string): number {
    const known = this.stringOffsets.get(text);
    if (known !== undefined) return known;
    const offset = this.stringsEnd;
    this.strings.raw(Buffer.from(text, "utf8")).u8(0);
    this.stringOffsets.set(text, offset);
    return offset;
  }

  /** Adds a type, or finds the equal one added before. */
  add(type: BtfType): BtfTypeId {
    if (type.kind === "void") return btfTypeId(0);
    if (type.kind === "func" || type.kind === "var" || type.kind === "datasec") return this.append(type);
    const key = JSON.stringify(type, (_, value: unknown) =>
      typeof value === "bigint" ? `${value}n` : value,
    );
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const id = this.append(type);
    this.known.set(key, id);
    return id;
  }

  /** An id for a type that refers to itself; `define` must follow. */
  reserve(): BtfTypeId {
    return this.append({ kind: "void" });
  }

  define(id: BtfTypeId, type: BtfType): void {
    const index = id - this.firstId;
    if (this.types[index]?.kind !== "void")
      throw new Error(`BTF type ${id} was not reserved or is defined twice`);
    this.types[index] = type;
  }

  /** A C integer; `size` in bytes. */
  int(name: string, size: number, signed: boolean, encoding: "none" | "char" | "bool" = "none"): BtfTypeId {
    return this.add({ kind: "int", name, size, bits: size * 8, offset: 0, signed, encoding });
  }

  ptr(type: BtfTypeId): BtfTypeId {
    return this.add({ kind: "ptr", type });
  }

  array(element: BtfTypeId, length: number): BtfTypeId {
    return this.add({ kind: "array", element, index: this.int("__ARRAY_SIZE_TYPE__", 4, false), length });
  }

  /** A struct without bit-fields; `size` in bytes. */
  struct(name: string, size: number, members: readonly PlainMember[]): BtfTypeId {
    const full = members.map(
      (m): BtfMember => ({ name: m.name, type: m.type, bitOffset: m.offset * 8, bitfieldSize: 0 }),
    );
    return this.add({ kind: "struct", name, size, members: full });
  }

  enum(name: string, size: number, signed: boolean, values: readonly BtfEnumerator[]): BtfTypeId {
    return this.add({ kind: "enum", name, size, signed, values });
  }

  typedef(name: string, type: BtfTypeId): BtfTypeId {
    return this.add({ kind: "typedef", name, type });
  }

  const(type: BtfTypeId): BtfTypeId {
    return this.add({ kind: "const", type });
  }

  fwd(name: string, union = false): BtfTypeId {
    return this.add({ kind: "fwd", name, union });
  }

  funcProto(ret: BtfTypeId, params: readonly BtfParam[]): BtfTypeId {
    return this.add({ kind: "func_proto", ret, params });
  }

  func(name: string, proto: BtfTypeId, linkage: BtfFunc["linkage"] = "global"): BtfTypeId {
    return this.add({ kind: "func", name, type: proto, linkage });
  }

  var(name: string, type: BtfTypeId, linkage: BtfVar["linkage"] = "global"): BtfTypeId {
    return this.add({ kind: "var", name, type, linkage });
  }

  datasec(name: string, size: number, vars: readonly BtfSectionVar[]): BtfTypeId {
    return this.add({ kind: "datasec", name, size, vars });
  }

  /** The bytes of section `.BTF`. Call it after every string of `.BTF.ext` has been asked for. */
  finish(): Uint8Array {
    const types = new ByteWriter();
    for (const type of this.types) encodeRecord(types, type, (text) => this.string(text));
    const strings = this.strings.finish();
    const out = new ByteWriter();
    out.u16(0xeb9f).u8(1).u8(0).u32(24);
    out.u32(0).u32(types.length).u32(types.length).u32(strings.length);
    return out.raw(types.finish()).raw(strings).finish();
  }

  private append(type: BtfType): BtfTypeId {
    this.types.push(type);
    return btfTypeId(this.typeCount - 1);
  }
}
