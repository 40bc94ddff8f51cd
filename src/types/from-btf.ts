/** BTF types as language types. Struct members are worked out when first asked for: kernel structs are deep. */
import { lazy } from "../base/lazy.js";
import type { BtfStruct, BtfTypeId, BtfView } from "../btf/types.js";
import { withoutCircles } from "./circles.js";
import {
  type PointerSpace,
  type StructMember,
  type StructType,
  type Type,
  uint64,
  voidType,
} from "./type.js";

/** Steps a chain of typedefs, qualifiers and arrays may take; the kernel allows 32 (MAX_RESOLVE_DEPTH of btf.c). */
const MAX_DEPTH = 64;

export class BtfTypes {
  private readonly structs = new Map<string, StructType>();
  /** Members as the kernel tells them, of structs that were looked into. */
  private readonly declared = new Map<StructType, () => readonly StructMember[]>();

  /**
   * `prefix` keeps ids of a module's view apart from the kernel's own. The view is asked for when the first type is
   * looked at: reading the kernel's BTF takes longer than compiling a script without types.
   */
  constructor(
    private readonly source: () => BtfView,
    private readonly prefix = "btf",
  ) {}

  get view(): BtfView {
    return this.source();
  }

  /** `space` is where pointers in such a value point (a `__user` tag overrides it). `depth`: steps already taken. */
  typeOf(id: BtfTypeId, space: PointerSpace = "kernel", depth = 0): Type {
    let at = id;
    let user = false;
    for (let step = depth; step < MAX_DEPTH; step++) {
      const type = this.view.type(at);
      switch (type.kind) {
        case "typedef":
        case "volatile":
        case "const":
        case "restrict":
          at = type.type;
          continue;
        case "type_tag":
          user ||= type.name === "user";
          at = type.type;
          continue;
        case "int":
          if (type.encoding === "bool") return { kind: "bool" };
          // Kernels since 6.2 are built with unsigned char; to scripts it is text either way.
          if (type.name === "char") return { kind: "int", bits: 8, signed: true };
          if (type.size > 8) {
            return { kind: "array", element: uint64, length: type.size / 8 };
          }
          return { kind: "int", bits: widthOf(type.size), signed: type.signed };
        case "enum":
          return {
            kind: "enum",
            name: type.name,
            bits: widthOf(type.size),
            signed: type.signed,
            values: new Map(type.values.map(({ name, value }) => [name, value])),
          };
        case "ptr": {
          const own = user || this.hasUserTag(type.type) ? "user" : space;
          // The pointee is looked at lazily: it may point back at us.
          return this.pointerTo(type.type, own, step + 1);
        }
        case "array": {
          const element = this.typeOf(type.element, space, step + 1);
          if (element.kind === "int" && element.bits === 8 && element.signed && type.length > 0) {
            return { kind: "string", size: type.length, array: true };
          }
          return { kind: "array", element, length: type.length };
        }
        case "struct":
        case "union":
          return this.structOf(at, type, space);
        case "float":
          return {
            kind: "array",
            element: { kind: "int", bits: 8, signed: false },
            length: type.size,
            opaque: true,
          };
        case "void":
        case "fwd":
        case "func":
        case "func_proto":
        case "var":
        case "datasec":
        case "decl_tag":
          return voidType;
      }
    }
    return voidType;
  }

  private pointerTo(id: BtfTypeId, space: PointerSpace, depth: number): Type {
    const resolve = (): Type => this.typeOf(id, space, depth);
    let known: Type | undefined;
    return {
      kind: "pointer",
      space,
      get to(): Type {
        known ??= resolve();
        return known;
      },
    };
  }

  private hasUserTag(id: BtfTypeId): boolean {
    let at = id;
    for (let step = 0; step < MAX_DEPTH; step++) {
      const type = this.view.type(at);
      if (type.kind === "type_tag" && type.name === "user") return true;
      if (type.kind === "type_tag" || type.kind === "const" || type.kind === "volatile") at = type.type;
      else break;
    }
    return false;
  }

  /** A struct or union by name; an incomplete one is undefined. */
  findStruct(name: string, union: boolean, space: PointerSpace = "kernel"): StructType | undefined {
    const id = union ? this.view.findUnion(name) : this.view.findStruct(name);
    if (id === undefined) return undefined;
    const type = this.view.type(id);
    return type.kind === "struct" || type.kind === "union" ? this.structOf(id, type, space) : undefined;
  }

  private structOf(id: BtfTypeId, type: BtfStruct, space: PointerSpace): StructType {
    const key = `${this.prefix}:${id}${space === "kernel" ? "" : `:${space}`}`;
    const known = this.structs.get(key);
    if (known !== undefined) return known;
    const membersOf = (): readonly StructMember[] =>
      withoutCircles(made, (struct) => this.declared.get(struct)?.() ?? []);
    let members: readonly StructMember[] | undefined;
    const made: StructType = {
      kind: "struct",
      union: type.kind === "union",
      name: type.name === "" ? `anon_${id}` : type.name,
      key,
      size: type.size,
      // BTF does not tell alignment; the kernel's own structs align to 8 when they are large enough.
      align: type.size % 8 === 0 ? 8 : type.size % 4 === 0 ? 4 : type.size % 2 === 0 ? 2 : 1,
      btfId: id,
      get members(): readonly StructMember[] {
        members ??= membersOf();
        return members;
      },
    };
    this.structs.set(key, made);
    this.declared.set(
      made,
      lazy(() => this.membersOf(type, space)),
    );
    return made;
  }

  private membersOf(struct: BtfStruct, space: PointerSpace): readonly StructMember[] {
    return struct.members.map((member, index) => {
      const type = this.typeOf(member.type, space);
      if (member.bitfieldSize === 0) {
        return { name: member.name, type, offset: Math.floor(member.bitOffset / 8), index };
      }
      const { offset, shift, bits } = storageUnit(
        member.bitOffset,
        member.bitfieldSize,
        type.kind === "int" || type.kind === "enum" ? type.bits : 8,
      );
      const storage: Type =
        type.kind === "enum"
          ? { ...type, bits }
          : { kind: "int", bits, signed: type.kind === "int" && type.signed };
      return {
        name: member.name,
        type: storage,
        offset,
        index,
        bitfield: { shift, width: member.bitfieldSize },
      };
    });
  }
}

/** The naturally aligned unit that holds a bit-field whole; grows when the declared one does not. */
export function storageUnit(
  bitOffset: number,
  width: number,
  declaredBits: 8 | 16 | 32 | 64,
): { offset: number; shift: number; bits: 8 | 16 | 32 | 64 } {
  for (const bits of [8, 16, 32, 64] as const) {
    if (bits < declaredBits) continue;
    const offset = Math.floor(bitOffset / bits) * bits;
    if (bitOffset + width <= offset + bits) return { offset: offset / 8, shift: bitOffset - offset, bits };
  }
  // Packed over an 8-byte border: start at its first byte.
  const offset = Math.floor(bitOffset / 8);
  return { offset, shift: bitOffset - offset * 8, bits: 64 };
}

function widthOf(bytes: number): 8 | 16 | 32 | 64 {
  return bytes <= 1 ? 8 : bytes <= 2 ? 16 : bytes <= 4 ? 32 : 64;
}
