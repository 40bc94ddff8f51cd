/** C declarations as a tree: as written, names not looked up, constant expressions still tokens. */
import type { Span } from "../base/span.js";
import type { CToken } from "./token.js";

export type CType =
  /** `unsigned long`: the words in the order written. */
  | { readonly kind: "base"; readonly words: readonly string[] }
  /** A typedef's name. */
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | {
      readonly kind: "tag";
      readonly tag: "struct" | "union" | "enum";
      readonly name: string;
      readonly span: Span;
    }
  | { readonly kind: "record"; readonly record: CRecord }
  | { readonly kind: "enum"; readonly definition: CEnum }
  | { readonly kind: "typeof"; readonly tokens: readonly CToken[] }
  | { readonly kind: "pointer"; readonly to: CType }
  | {
      readonly kind: "array";
      readonly element: CType;
      readonly length: readonly CToken[] | undefined;
      readonly span: Span;
    }
  /** Only ever pointed to; what it takes does not matter. */
  | { readonly kind: "function" }
  /** A type with attributes of its own: a typedef with `aligned`. */
  | { readonly kind: "attributed"; readonly type: CType; readonly attributes: CAttributes };

/** The attributes that change a layout. */
export interface CAttributes {
  readonly packed: boolean;
  /** `aligned(n)`, each: the greatest counts. An empty list stands for `aligned` without number. */
  readonly align: readonly (readonly CToken[])[];
  /** `vector_size(n)` */
  readonly vector?: readonly CToken[];
  /** `mode(DI)` */
  readonly mode?: string;
}

export interface CRecord {
  readonly union: boolean;
  /** Empty without tag. */
  readonly name: string;
  readonly members: readonly CMember[];
  readonly attributes: CAttributes;
  /** `#pragma pack(n)` in force. */
  readonly pack: number | undefined;
  /** In the script or a header of its own, not one of the system. */
  readonly own: boolean;
  /** In a header of the kernel: what the target itself says of it is truer. */
  readonly kernel: boolean;
  readonly span: Span;
}
export interface CMember {
  /** Empty for a bit-field that only fills, or an anonymous struct or union. */
  readonly name: string;
  readonly type: CType;
  readonly bits?: readonly CToken[];
  readonly attributes: CAttributes;
  readonly span: Span;
}
export interface CEnum {
  readonly name: string;
  readonly enumerators: readonly {
    readonly name: string;
    readonly value: readonly CToken[] | undefined;
    readonly span: Span;
  }[];
  readonly packed: boolean;
  readonly own: boolean;
  readonly span: Span;
}

export interface CDeclaration {
  readonly typedef: boolean;
  /** The type before any declarator: where structs and enums are defined. */
  readonly type: CType;
  readonly declared: readonly { readonly name: string; readonly type: CType; readonly span: Span }[];
  /** `_Static_assert` inside structs: its condition. */
  readonly asserts: readonly { readonly tokens: readonly CToken[]; readonly span: Span }[];
}
