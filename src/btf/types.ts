/**
 * BTF as values: what `.BTF` in a kernel, a module or one of our objects describes.
 * Kinds and numbers follow include/uapi/linux/btf.h of the kernel.
 */

/** Index of a type in one `BtfView`; 0 is `void`. An id means nothing without its view. */
export type BtfTypeId = number & { readonly __brand: "BtfTypeId" };

/** Names a plain number as a type id. Only decoders and builders should need it. */
export function btfTypeId(n: number): BtfTypeId {
  return n as BtfTypeId;
}

/** The id every BTF blob reserves for `void`. */
export const BTF_VOID: BtfTypeId = btfTypeId(0);

/** BTF_KIND_* of include/uapi/linux/btf.h. */
export const BtfKindCode = {
  void: 0,
  int: 1,
  ptr: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  func_proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  decl_tag: 17,
  type_tag: 18,
  enum64: 19,
} as const;

/** One member of a struct or union. */
export interface BtfMember {
  /** Empty for an anonymous struct or union, whose members belong to the parent's name space. */
  readonly name: string;
  readonly type: BtfTypeId;
  /** From the start of the struct. */
  readonly bitOffset: number;
  /** Width in bits of a bit-field, 0 for an ordinary member. */
  readonly bitfieldSize: number;
}

/** One `name = value` of an enum. `value` has the enum's own signedness. */
export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

/** A parameter of a function prototype; a variadic tail is a last parameter without name and of type void. */
export interface BtfParam {
  readonly name: string;
  readonly type: BtfTypeId;
}

/** A variable's place in a data section, in bytes. */
export interface BtfSectionVar {
  readonly type: BtfTypeId;
  readonly offset: number;
  readonly size: number;
}

export interface BtfVoid {
  readonly kind: "void";
}
export interface BtfInt {
  readonly kind: "int";
  readonly name: string;
  /** Bytes of storage. */
  readonly size: number;
  /** Bits of value; less than `size * 8` only in old-style bit-fields. */
  readonly bits: number;
  /** Bits from the start of the storage; 0 everywhere but in old-style bit-fields. */
  readonly offset: number;
  readonly signed: boolean;
  readonly encoding: "none" | "char" | "bool";
}
export interface BtfPtr {
  readonly kind: "ptr";
  readonly type: BtfTypeId;
}
export interface BtfArray {
  readonly kind: "array";
  readonly element: BtfTypeId;
  readonly index: BtfTypeId;
  readonly length: number;
}
export interface BtfStruct {
  readonly kind: "struct" | "union";
  /** Empty when anonymous. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly members: readonly BtfMember[];
}
export interface BtfEnum {
  readonly kind: "enum";
  readonly name: string;
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly BtfEnumerator[];
}
export interface BtfFwd {
  readonly kind: "fwd";
  readonly name: string;
  readonly union: boolean;
}
export interface BtfTypedef {
  readonly kind: "typedef";
  readonly name: string;
  readonly type: BtfTypeId;
}
export interface BtfModifier {
  readonly kind: "volatile" | "const" | "restrict";
  readonly type: BtfTypeId;
}
export interface BtfTypeTag {
  readonly kind: "type_tag";
  /** `user`, `rcu`, `percpu`... */
  readonly name: string;
  readonly type: BtfTypeId;
}
export interface BtfFunc {
  readonly kind: "func";
  readonly name: string;
  /** Always a `func_proto`. */
  readonly type: BtfTypeId;
  readonly linkage: "static" | "global" | "extern";
}
export interface BtfFuncProto {
  readonly kind: "func_proto";
  readonly ret: BtfTypeId;
  readonly params: readonly BtfParam[];
}
export interface BtfVar {
  readonly kind: "var";
  readonly name: string;
  readonly type: BtfTypeId;
  readonly linkage: "static" | "global" | "extern";
}
export interface BtfDatasec {
  readonly kind: "datasec";
  readonly name: string;
  readonly size: number;
  readonly vars: readonly BtfSectionVar[];
}
export interface BtfFloat {
  readonly kind: "float";
  readonly name: string;
  readonly size: number;
}
export interface BtfDeclTag {
  readonly kind: "decl_tag";
  readonly name: string;
  readonly type: BtfTypeId;
  /** Member or parameter the tag stands on; -1 for the declaration itself. */
  readonly component: number;
}

/** Any BTF type, decoded. `enum` covers BTF_KIND_ENUM64 too (`size` tells). */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfPtr
  | BtfArray
  | BtfStruct
  | BtfEnum
  | BtfFwd
  | BtfTypedef
  | BtfModifier
  | BtfTypeTag
  | BtfFunc
  | BtfFuncProto
  | BtfVar
  | BtfDatasec
  | BtfFloat
  | BtfDeclTag;

/** Where an enumerator was found. */
export interface BtfEnumeratorHit {
  readonly type: BtfTypeId;
  readonly value: bigint;
}

/**
 * Types of one kernel (or kernel plus one module), decoded on demand. Look-ups by name answer
 * `undefined` for what is absent, and the first of several types that share a name.
 */
export interface BtfView {
  /** Number of ids, `void` included: valid ids are `0 .. typeCount - 1`. */
  readonly typeCount: number;
  /** Bytes of a pointer in this view. */
  readonly pointerSize: 8;
  /** Decodes a type; an id out of range or a malformed record is `void`. */
  type(id: BtfTypeId): BtfType;
  findStruct(name: string): BtfTypeId | undefined;
  findUnion(name: string): BtfTypeId | undefined;
  findEnum(name: string): BtfTypeId | undefined;
  findTypedef(name: string): BtfTypeId | undefined;
  /** A base type (`int`, `float`) by its C name as BTF spells it: `long unsigned int`, `char`, `_Bool`. */
  findInt(name: string): BtfTypeId | undefined;
  /** The `func` (not its prototype). */
  findFunction(name: string): BtfTypeId | undefined;
  /** Declarations (not members or parameters) that carry this declaration tag. */
  taggedWith(tag: string): ReadonlySet<BtfTypeId>;
  findVariable(name: string): BtfTypeId | undefined;
  findDatasec(name: string): BtfTypeId | undefined;
  /** An enumerator of any enum, anonymous ones included. */
  findEnumerator(name: string): BtfEnumeratorHit | undefined;
  /** Names of all functions, in blob order: candidates of fentry wildcards. */
  functionNames(): readonly string[];
  /** Names of all structs, unions, enums and typedefs: candidates of spelling suggestions and listings. */
  typeNames(): readonly string[];
  /** Follows typedefs, qualifiers and type tags to the type beneath. */
  strip(id: BtfTypeId): BtfTypeId;
  /** Bytes a value of the type takes; `undefined` for void, functions and incomplete types. */
  sizeOf(id: BtfTypeId): number | undefined;
}
