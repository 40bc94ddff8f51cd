/**
 * Field declarations of tracepoint `format` files: a small dialect of C declarations in which
 * arrays may stand before the name (`__data_loc char[] name`), and lengths may be left out.
 */

/** The part of a C type that is not pointers, arrays or qualifiers. */
export type CBase =
  /** `void`. */
  | { readonly kind: "void" }
  /** A C integer, normalised; size in bytes for LP64. `char` is its own kind of 1-byte integer. */
  | { readonly kind: "int"; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean; readonly char: boolean }
  | { readonly kind: "bool" }
  | { readonly kind: "struct" | "union" | "enum"; readonly name: string }
  /** Any other single word: a typedef, to be looked up in BTF. */
  | { readonly kind: "named"; readonly name: string };

/** A field declaration, taken apart. `int *args[6]` is base int, pointers 1, array 6. */
export interface CDecl {
  readonly name: string;
  readonly base: CBase;
  /** Levels of pointer between the base and the field (or the array's element). */
  readonly pointers: number;
  /** `undefined`: not an array; "flexible": length left out; "unknown": a length that is no number. */
  readonly array: number | "flexible" | "unknown" | undefined;
  readonly dataLoc: boolean;
  readonly relLoc: boolean;
}
