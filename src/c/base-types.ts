/** C's own arithmetic types, from the words of their names. */
import { intType, type Type, uint64, voidType } from "../types/type.js";

/** A type with its place in memory. */
export interface Laid {
  readonly type: Type;
  /** Bytes; 0 for void, functions and what is not defined. */
  readonly size: number;
  readonly align: number;
  /** It may be a member: neither void, nor a function, nor undefined. */
  readonly complete: boolean;
  /** Plain `char`, an array of which is text. */
  readonly char?: true;
}

export const VOID: Laid = { type: voidType, size: 0, align: 1, complete: false };

function laidInt(bits: 8 | 16 | 32 | 64, signed: boolean): Laid {
  return { type: intType(bits, signed), size: bits / 8, align: bits / 8, complete: true };
}

/** Types that no expression of a script computes with: bytes of that size. */
function opaque(size: number, align = size): Laid {
  const type: Type =
    size % 8 === 0
      ? { kind: "array", element: uint64, length: size / 8, opaque: true }
      : { kind: "array", element: intType(8, false), length: size, opaque: true };
  return { type, size, align, complete: true };
}

/** `unsigned long long int` in any order. */
export function baseType(words: readonly string[], unsignedChar: boolean): Laid {
  const has = (...names: readonly string[]): boolean => words.some((word) => names.includes(word));
  if (has("void")) return VOID;
  if (has("_Bool")) return { type: { kind: "bool" }, size: 1, align: 1, complete: true };
  if (has("__builtin_va_list")) return opaque(24, 8);
  if (has("__int128", "__int128_t", "__uint128_t", "_Float128", "__float128", "_Float64x")) return opaque(16);
  if (has("_Float16")) return opaque(2);
  const factor = has("_Complex") ? 2 : 1;
  if (has("float", "_Float32")) return opaque(4 * factor, 4);
  if (has("double")) return has("long") ? opaque(16 * factor, 16) : opaque(8 * factor, 8);
  if (has("_Float64", "_Float32x")) return opaque(8 * factor, 8);
  const unsigned = has("unsigned");
  if (has("char")) {
    const signed = has("signed", "__signed", "__signed__");
    const laid = laidInt(8, !unsigned && (signed || !unsignedChar));
    return unsigned || signed ? laid : { ...laid, char: true };
  }
  if (has("short")) return laidInt(16, !unsigned);
  return laidInt(has("long") ? 64 : 32, !unsigned);
}

/** `__attribute__((mode(DI)))` makes an integer of that machine mode. */
export function withMode(laid: Laid, mode: string): Laid {
  if (laid.type.kind !== "int") return laid;
  const { signed } = laid.type;
  switch (mode) {
    case "QI":
    case "byte":
      return laidInt(8, signed);
    case "HI":
      return laidInt(16, signed);
    case "SI":
      return laidInt(32, signed);
    case "DI":
    case "word":
    case "pointer":
      return laidInt(64, signed);
    case "TI":
      return opaque(16);
  }
  return laid;
}
