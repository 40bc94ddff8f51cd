/** Types of DWARF as types of the language, and as C writes them. */
import { lazy } from "../../base/lazy.js";
import { withoutCircles } from "../../types/circles.js";
import { storageUnit } from "../../types/from-btf.js";
import {
  type EnumType,
  intType,
  type StructMember,
  type StructType,
  type Type,
  voidType,
} from "../../types/type.js";
import { AT, ENCODING, TAG } from "./constants.js";
import { Cursor } from "./cursor.js";
import { children, type Entry, number, refer, text } from "./entries.js";
import type { Unit } from "./units.js";

/** Steps from a type to those it is made of; more than that go in circles. */
const MAX_DEPTH = 64;

type Bits = 8 | 16 | 32 | 64;

function bitsOf(bytes: number): Bits {
  return bytes <= 1 ? 8 : bytes <= 2 ? 16 : bytes <= 4 ? 32 : 64;
}

const QUALIFIERS: ReadonlySet<number> = new Set([TAG.const, TAG.volatile, TAG.restrict, TAG.atomic]);
const POINTERS: ReadonlySet<number> = new Set([TAG.pointer, TAG.reference, TAG.rvalueReference]);
const RECORDS: ReadonlySet<number> = new Set([TAG.structure, TAG.class, TAG.union]);

/** The types of one program. `key` tells them from those of other programs. */
export class DwarfTypes {
  private readonly structs = new Map<Unit, Map<number, StructType>>();
  /** Members as the program tells them, of structs that were looked into. */
  private readonly declared = new Map<StructType, () => readonly StructMember[]>();

  constructor(
    private readonly units: readonly Unit[],
    private readonly key: string,
    /** The definition of what is only declared in a unit. */
    private readonly define: (name: string) => Entry | undefined,
  ) {}

  /** What attribute `type` of an entry says; void without one. */
  typeOf(entry: Entry, depth = 0): Type {
    const type = this.target(entry);
    return type === undefined ? voidType : this.type(type, depth);
  }

  target(entry: Entry): Entry | undefined {
    return refer(entry, AT.type, this.units);
  }

  /** Without qualifiers and other names. */
  strip(entry: Entry | undefined): Entry | undefined {
    let at = entry;
    for (let steps = 0; at !== undefined && steps < MAX_DEPTH; steps++) {
      if (!QUALIFIERS.has(at.tag) && at.tag !== TAG.typedef) return at;
      at = this.target(at);
    }
    return undefined;
  }

  /** `depth`: pointers and arrays around it. */
  type(entry: Entry, depth = 0): Type {
    const plain = this.strip(entry);
    if (plain === undefined || depth > MAX_DEPTH) return voidType;
    if (POINTERS.has(plain.tag)) return this.pointer(plain, depth);
    if (RECORDS.has(plain.tag)) return this.struct(plain);
    switch (plain.tag) {
      case TAG.base:
        return baseType(plain);
      case TAG.enumeration:
        return this.enumeration(plain);
      case TAG.array:
        return this.array(plain, depth);
    }
    return voidType;
  }

  /** The pointee is looked at when asked: it may point back at us. */
  private pointer(entry: Entry, depth: number): Type {
    const resolve = (): Type => this.typeOf(entry, depth + 1);
    let known: Type | undefined;
    return {
      kind: "pointer",
      space: "user",
      get to(): Type {
        known ??= resolve();
        return known;
      },
    };
  }

  /** Where a struct is defined that this entry may only declare; other entries are themselves. */
  definitionOf(entry: Entry | undefined): Entry | undefined {
    const name = entry?.attributes.has(AT.declaration) === true ? text(entry, AT.name) : undefined;
    return name === undefined ? entry : (this.define(name) ?? entry);
  }

  /** Elements of an array in all its dimensions. */
  lengthOf(entry: Entry): number {
    return lengthsOf(entry).reduce((all, length) => all * length, 1);
  }

  private array(entry: Entry, depth: number): Type {
    const lengths = lengthsOf(entry);
    let type = this.typeOf(entry, depth + 1);
    for (const length of lengths.reverse()) {
      const isText = type.kind === "int" && type.bits === 8 && type.signed && length > 0;
      type = isText ? { kind: "string", size: length } : { kind: "array", element: type, length };
    }
    return type;
  }

  private enumeration(entry: Entry): EnumType {
    const values = new Map<string, bigint>();
    let negative = false;
    for (const child of children(entry)) {
      const value = number(child, AT.constValue);
      if (child.tag !== TAG.enumerator || value === undefined) continue;
      negative ||= value < 0;
      values.set(text(child, AT.name) ?? "", BigInt(value));
    }
    const underlying = this.strip(this.target(entry));
    const signed =
      negative || (underlying !== undefined && number(underlying, AT.encoding) === ENCODING.signed);
    return {
      kind: "enum",
      name: text(entry, AT.name) ?? "",
      bits: bitsOf(number(entry, AT.byteSize) ?? 4),
      signed,
      values,
    };
  }

  private struct(entry: Entry): StructType {
    const ofUnit = this.structs.get(entry.unit) ?? new Map<number, StructType>();
    this.structs.set(entry.unit, ofUnit);
    const known = ofUnit.get(entry.offset);
    if (known !== undefined) return known;
    const name = text(entry, AT.name);
    const definition = this.definitionOf(entry) ?? entry;
    const size = number(definition, AT.byteSize) ?? 0;
    const membersOf = (): readonly StructMember[] =>
      withoutCircles(made, (struct) => this.declared.get(struct)?.() ?? []);
    let members: readonly StructMember[] | undefined;
    const made: StructType = {
      kind: "struct",
      union: definition.tag === TAG.union,
      name: name ?? `anon_${entry.offset}`,
      key: `${this.key}:${definition.unit.start}:${definition.offset}`,
      size,
      align: size % 8 === 0 ? 8 : size % 4 === 0 ? 4 : size % 2 === 0 ? 2 : 1,
      get members(): readonly StructMember[] {
        members ??= membersOf();
        return members;
      },
    };
    ofUnit.set(entry.offset, made);
    this.declared.set(
      made,
      lazy(() => this.members(definition)),
    );
    return made;
  }

  private members(struct: Entry): StructMember[] {
    const found: StructMember[] = [];
    for (const child of children(struct)) {
      // A base class is a member without name: its members are reached as if they were ours.
      if (child.tag !== TAG.member && child.tag !== TAG.inheritance) continue;
      // `static` members of classes lie elsewhere.
      if (child.attributes.has(AT.external) || child.attributes.has(AT.declaration)) continue;
      found.push(this.member(child, found.length));
    }
    return found;
  }

  private member(entry: Entry, index: number): StructMember {
    const type = this.typeOf(entry);
    const name = entry.tag === TAG.inheritance ? "" : (text(entry, AT.name) ?? "");
    const offset = memberOffset(entry);
    const width = number(entry, AT.bitSize);
    if (width === undefined) return { name, type, offset, index };
    const declared = type.kind === "int" || type.kind === "enum" ? type.bits : 8;
    const unit = storageUnit(bitOffset(entry, offset, width, declared), width, declared);
    const storage: Type =
      type.kind === "enum"
        ? { ...type, bits: unit.bits }
        : intType(unit.bits, type.kind === "int" && type.signed);
    return { name, type: storage, offset: unit.offset, index, bitfield: { shift: unit.shift, width } };
  }

  /** As C writes it: `const char*`, `struct Foo*`. */
  print(entry: Entry | undefined, depth = 0): string {
    if (entry === undefined || depth > MAX_DEPTH) return "void";
    const name = text(entry, AT.name) ?? "";
    const to = this.target(entry);
    const inner = (): string => this.print(to, depth + 1);
    switch (entry.tag) {
      case TAG.pointer:
        return `${inner()}*`;
      case TAG.reference:
        return `${inner()}&`;
      case TAG.rvalueReference:
        return `${inner()}&&`;
      case TAG.const:
        return to !== undefined && POINTERS.has(to.tag) ? `${inner()} const` : `const ${inner()}`;
      case TAG.volatile:
        return `volatile ${inner()}`;
      case TAG.restrict:
      case TAG.atomic:
        return inner();
      case TAG.structure:
        return `struct ${name}`;
      case TAG.union:
        return `union ${name}`;
      case TAG.enumeration:
        return `enum ${name}`;
      case TAG.array: {
        return `${inner()}${lengthsOf(entry)
          .map((size) => `[${size}]`)
          .join("")}`;
      }
    }
    return name === "" ? "void" : name;
  }
}

/** Of each dimension, outermost first; 0 of one that is open. */
function lengthsOf(array: Entry): number[] {
  return [...children(array)]
    .filter((child) => child.tag === TAG.subrange)
    .map((range) => number(range, AT.count) ?? (number(range, AT.upperBound) ?? -1) + 1);
}

function baseType(entry: Entry): Type {
  const size = number(entry, AT.byteSize) ?? 0;
  const encoding = number(entry, AT.encoding);
  if (encoding === ENCODING.boolean) return { kind: "bool" };
  const isNumber = encoding !== ENCODING.float && encoding !== ENCODING.complex && size <= 8;
  // Nothing computes with other numbers: they are bytes.
  if (!isNumber) return { kind: "array", element: intType(8, false), length: size };
  // `char` is text whatever its sign.
  if (size === 1 && text(entry, AT.name) === "char") return intType(8, true);
  return intType(bitsOf(size), encoding === ENCODING.signed || encoding === ENCODING.signedChar);
}

/** DWARF before 5 counts from the highest bit of the storage, which is at the end of it in memory. */
function bitOffset(entry: Entry, offset: number, width: number, declared: number): number {
  const fromStart = number(entry, AT.dataBitOffset);
  const fromTop = number(entry, AT.bitOffset);
  if (fromStart !== undefined) return fromStart;
  const storage = (number(entry, AT.byteSize) ?? declared / 8) * 8;
  return offset * 8 + (fromTop === undefined ? 0 : storage - fromTop - width);
}

/** A number, or in old DWARF an expression: DW_OP_plus_uconst. */
export function memberOffset(entry: Entry): number {
  const value = entry.attributes.get(AT.dataMemberLocation)?.value;
  if (typeof value === "number") return value;
  return Buffer.isBuffer(value) && value[0] === 0x23 ? new Cursor(value, 1).uleb() : 0;
}
