/** Types of the language that C's declarations become: enums, bit-fields, and what has a layout already. */
import { storageUnit } from "../types/from-btf.js";
import { alignOf, sizeOf } from "../types/layout.js";
import { intType, type StructMember, type Type } from "../types/type.js";
import type { Laid } from "./base-types.js";
import type { CEnum } from "./declaration.js";

/** A type of the language with its own size and alignment. */
export function whole(type: Type): Laid {
  const complete = type.kind !== "void";
  const char = type.kind === "int" && type.bits === 8 && type.signed ? ({ char: true } as const) : {};
  return { type, size: sizeOf(type), align: alignOf(type), complete, ...char };
}

/** A bit-field `offset` bits behind the start of its struct, by the storage unit that reading it takes. */
export function bitField(
  name: string,
  type: Type,
  offset: number,
  width: number,
  index: number,
): StructMember {
  const declared = type.kind === "int" || type.kind === "enum" ? type.bits : 8;
  const place = storageUnit(offset, width, declared);
  const signed = (type.kind === "int" || type.kind === "enum") && type.signed;
  const stored: Type = type.kind === "enum" ? { ...type, bits: place.bits } : intType(place.bits, signed);
  return { name, type: stored, offset: place.offset, index, bitfield: { shift: place.shift, width } };
}

/** The integer that holds all values: int or unsigned, wider only where it must be, less only if packed. */
export function enumType(definition: CEnum, values: ReadonlyMap<string, bigint>): Type {
  const all = [...values.values()];
  const least = all.reduce((a, b) => (b < a ? b : a), 0n);
  const most = all.reduce((a, b) => (b > a ? b : a), 0n);
  const signed = least < 0n;
  const fits = (bits: number): boolean =>
    signed ? least >= -(1n << BigInt(bits - 1)) && most < 1n << BigInt(bits - 1) : most < 1n << BigInt(bits);
  const widths = definition.packed ? ([8, 16, 32, 64] as const) : ([32, 64] as const);
  return { kind: "enum", name: definition.name, bits: widths.find(fits) ?? 64, signed, values };
}
