/** What a calling convention looks at in a type: its size, and which kinds of scalars lie where in it. */
import { AT, ENCODING, TAG } from "./constants.js";
import { children, type Entry, number } from "./entries.js";
import { type DwarfTypes, memberOffset } from "./types.js";

/** One scalar of a value. `extended`: the x87's 80 bits (long double of x86). */
export interface Scalar {
  /** Bytes from the value's start, and bytes it takes. */
  readonly offset: number;
  readonly size: number;
  readonly kind: "integer" | "float" | "extended";
}

export interface Shape {
  /** Bytes; 0 of void and of C's empty structs. */
  readonly size: number;
  readonly align: number;
  /** A struct, class, union or array: not one scalar. */
  readonly isComposite: boolean;
  /** C++: copying it runs code, so the caller passes its address. */
  readonly byReference: boolean;
  /** Of values that registers could hold: larger ones have none. */
  readonly scalars: readonly Scalar[];
}

/** Four quadruple-precision numbers: the largest value that any convention passes in registers. */
const LARGEST = 64;
/** DW_CC_pass_by_reference of DWARF 5. */
const PASSED_BY_REFERENCE = 4;
const POINTER_SIZE = 8;

const NOTHING: Shape = { size: 0, align: 1, isComposite: false, byReference: false, scalars: [] };

/** `entry`: of the type; undefined is void. */
export function shapeOf(types: DwarfTypes, entry: Entry | undefined): Shape {
  const type = types.definitionOf(types.strip(entry));
  if (type === undefined) return NOTHING;
  const size = sizeOf(types, type);
  const scalars = size > LARGEST ? [] : [...scalarsOf(types, type, 0, new Set())];
  // long double and __int128 are aligned to their own size; packed structs to less.
  const natural = scalars.reduce((most, scalar) => Math.max(most, scalar.size), 1);
  const isComposite =
    type.tag === TAG.array || type.tag === TAG.structure || type.tag === TAG.class || type.tag === TAG.union;
  return {
    size,
    align: number(type, AT.alignment) ?? (size > LARGEST ? 8 : natural),
    isComposite,
    byReference: isComposite && number(type, AT.callingConvention) === PASSED_BY_REFERENCE,
    scalars,
  };
}

/** Dimensions of arrays that are believed. */
const MAX_DEPTH = 64;

function sizeOf(types: DwarfTypes, type: Entry, depth = 0): number {
  if (type.tag === TAG.array) return types.lengthOf(type) * elementSize(types, type, depth);
  const size = number(type, AT.byteSize);
  if (size !== undefined) return size;
  const isPointer =
    type.tag === TAG.pointer || type.tag === TAG.reference || type.tag === TAG.rvalueReference;
  return isPointer ? POINTER_SIZE : 0;
}

function elementSize(types: DwarfTypes, array: Entry, depth = 0): number {
  const element = types.definitionOf(types.strip(types.target(array)));
  return element === undefined || depth > MAX_DEPTH ? 0 : sizeOf(types, element, depth + 1);
}

/** `seen`: what was looked at and where, for a forged struct may hold itself. */
function* scalarsOf(
  types: DwarfTypes,
  entry: Entry | undefined,
  at: number,
  seen: Set<string>,
): Generator<Scalar> {
  const type = types.definitionOf(types.strip(entry));
  if (type === undefined || !(at >= 0 && at < LARGEST)) return;
  const place = `${type.unit.start} ${type.offset} ${at}`;
  if (seen.has(place)) return;
  seen.add(place);
  switch (type.tag) {
    case TAG.structure:
    case TAG.class:
    case TAG.union:
      for (const child of children(type)) {
        if (child.tag !== TAG.member && child.tag !== TAG.inheritance) continue;
        if (child.attributes.has(AT.external) || child.attributes.has(AT.declaration)) continue;
        // Bit-fields are integers wherever they lie.
        const bits = number(child, AT.dataBitOffset);
        if (bits !== undefined) yield { offset: at + (bits >> 3), size: 1, kind: "integer" };
        else yield* scalarsOf(types, types.target(child), at + memberOffset(child), seen);
      }
      return;
    case TAG.array: {
      const [size, length] = [elementSize(types, type), types.lengthOf(type)];
      for (let i = 0; i < length && size > 0 && i * size < LARGEST; i++)
        yield* scalarsOf(types, types.target(type), at + i * size, seen);
      return;
    }
    case TAG.base: {
      const size = number(type, AT.byteSize) ?? 0;
      const encoding = number(type, AT.encoding);
      if (encoding === ENCODING.complex) {
        yield { offset: at, size: size / 2, kind: floatKind(size / 2) };
        yield { offset: at + size / 2, size: size / 2, kind: floatKind(size / 2) };
      } else yield { offset: at, size, kind: encoding === ENCODING.float ? floatKind(size) : "integer" };
      return;
    }
    default:
      yield { offset: at, size: sizeOf(types, type), kind: "integer" };
  }
}

/** Sixteen bytes are x86's long double, or arm64's: each convention knows which it has. */
function floatKind(size: number): Scalar["kind"] {
  return size > 8 ? "extended" : "float";
}
