/**
 * The types of the language as the compiler sees them: what a value is, how many bytes it takes, how it prints.
 * Types are values: equal structure means equal type (`types/compat.ts`), struct types are equal by `key`.
 */

/** Where a pointer points, which decides how it is read. */
export type PointerSpace =
  | "kernel" // read with probe_read_kernel
  | "user" // read with probe_read_user
  | "ctx" // the program's context: read directly at fixed offsets
  | "map" // inside one of our map values: `&@x`
  | "local"; // a scratch variable: `&$x`

export type Type =
  | VoidType
  | IntType
  | BoolType
  | EnumType
  | StringType
  | BufferType
  | PointerType
  | ArrayType
  | StructType
  | TupleType
  | RecordType
  | InetType
  | MacType
  | StackType
  | SymbolType
  | UsernameType
  | TimestampType
  | CgroupPathType
  | AggregateType;

export interface VoidType {
  readonly kind: "void";
}
export interface IntType {
  readonly kind: "int";
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  /** Of a non-negative literal: the sign adapts to whatever it meets. Only inference looks at it. */
  readonly flexible?: true;
}
/** One byte, 0 or 1. */
export interface BoolType {
  readonly kind: "bool";
}
/** An integer that prints as its enumerator's name with %s and in maps. */
export interface EnumType {
  readonly kind: "enum";
  readonly name: string;
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
  readonly values: ReadonlyMap<string, bigint>;
}
/** `size` bytes including the NUL. `array`: what somebody declared as `char[size]`, whose last byte may be text too. */
export interface StringType {
  readonly kind: "string";
  readonly size: number;
  readonly array?: true;
}
/** u32 length then `capacity` bytes. */
export interface BufferType {
  readonly kind: "buffer";
  readonly capacity: number;
}
export interface PointerType {
  readonly kind: "pointer";
  readonly to: Type;
  readonly space: PointerSpace;
}
export interface ArrayType {
  readonly kind: "array";
  readonly element: Type;
  readonly length: number;
  /** Stands for a type that no script computes with, floating point above all: it prints as null. */
  readonly opaque?: true;
}
/** A C struct or union: of the kernel, of the script, or a probe's `args`. */
export interface StructType {
  readonly kind: "struct";
  readonly union: boolean;
  /** As printed, without the word struct: `task_struct`; invented for anonymous ones. */
  readonly name: string;
  /** Identity: "btf:123", "script:foo", "args:tracepoint:sched:sched_switch". */
  readonly key: string;
  readonly size: number;
  readonly align: number;
  /** Worked out when first asked: kernel structs are deep. Members of anonymous members are not lifted here. */
  readonly members: readonly StructMember[];
  /** BTF id in the target, for CO-RE. */
  readonly btfId?: number;
}
export interface StructMember {
  /** "" for an anonymous struct or union. */
  readonly name: string;
  readonly type: Type;
  /** Bytes from the struct's start; of the storage unit for a bit-field. */
  readonly offset: number;
  /** Bit-field: lowest bit within the storage unit at `offset` (unit = type's size), and width in bits. */
  readonly bitfield?: { readonly shift: number; readonly width: number };
  /** Tracepoint `__data_loc`: the u32 at `offset` holds (length << 16 | offset from the record's start). */
  readonly dataLoc?: "absolute" | "relative";
  /** Index in the BTF type's members, for CO-RE access strings. */
  readonly index: number;
  /** An argument of a user function that is not simply at `offset` of the context. */
  readonly place?: ArgumentPlace;
}

/** Where a probed user function finds an argument. Offsets of registers are those in `struct pt_regs`. */
export type ArgumentPlace =
  /** Eight bytes in each, the first ones first. */
  | { readonly kind: "registers"; readonly offsets: readonly number[] }
  /** Bytes above the stack pointer. */
  | { readonly kind: "stack"; readonly offset: number }
  /** Where the address lies that is passed instead. */
  | { readonly kind: "reference"; readonly at: ArgumentPlace }
  /** `why` goes on a sentence about it. */
  | { readonly kind: "nowhere"; readonly why: string };
export interface TupleType {
  readonly kind: "tuple";
  readonly elements: readonly Type[];
}
export interface RecordType {
  readonly kind: "record";
  readonly fields: readonly { readonly name: string; readonly type: Type }[];
}
/** u32 family, 16 bytes of address: 20 bytes. */
export interface InetType {
  readonly kind: "inet";
}
/** 6 bytes. */
export interface MacType {
  readonly kind: "mac";
}
/** kernel: s32 stack id, u32 frames. user: the same, u32 tgid, u32 zero. Frames are counted if the script asks for
 *  the length of stacks it kept; else the upper half extends the id's sign. */
export interface StackType {
  readonly kind: "stack";
  readonly space: "kernel" | "user";
  readonly mode: "bpftrace" | "perf" | "raw" | "build_id";
  readonly depth: number;
}
/** kernel: u64 address. user: u64 address, u32 tgid, u32 zero. */
export interface SymbolType {
  readonly kind: "symbol";
  readonly space: "kernel" | "user";
}
/** u64 uid */
export interface UsernameType {
  readonly kind: "username";
}
/** u64 nanoseconds. */
export interface TimestampType {
  readonly kind: "timestamp";
  readonly format: string;
  readonly clock: "boot" | "monotonic" | "tai" | "sw_tai";
}
/** u64 cgroup id */
export interface CgroupPathType {
  readonly kind: "cgroup_path";
  readonly controller: string;
}
/** What a map holds that is filled by an aggregation; a scalar read of it has the type `aggregateResult`. */
export interface AggregateType {
  readonly kind: "aggregate";
  readonly aggregate: Aggregate;
}
export type Aggregate =
  | { readonly function: "count" }
  | { readonly function: "sum" | "min" | "max" | "avg" | "stats"; readonly signed: boolean }
  | { readonly function: "hist"; readonly bits: number }
  | { readonly function: "lhist"; readonly min: bigint; readonly max: bigint; readonly step: bigint }
  | {
      readonly function: "tseries";
      readonly intervalNs: bigint;
      readonly intervals: number;
      readonly reduce: "none" | "avg" | "max" | "min" | "sum";
      readonly signed: boolean;
    };

export const voidType: VoidType = { kind: "void" };
export const boolType: BoolType = { kind: "bool" };
export function intType(bits: 8 | 16 | 32 | 64, signed: boolean): IntType {
  return { kind: "int", bits, signed };
}
export const int64: IntType = intType(64, true);
export const uint64: IntType = intType(64, false);
export const int32: IntType = intType(32, true);
export const uint32: IntType = intType(32, false);
