/**
 * The intermediate representation: functions in SSA form. A function is a list of blocks; a block takes
 * parameters (there are no phis), holds instructions, and ends in one terminator. Values are 64-bit; narrower
 * arithmetic is explicit in an operation's width. Only codegen knows registers; only frame knows the 512 bytes.
 *
 * Bytes in memory are addressed by pointer values; what may be done with a pointer depends on its address space:
 *   ctx        the program's context: fixed-offset loads only
 *   slot       a stack slot or scratch of this function: loads, stores, helper arguments
 *   map_value  inside a map value (also .rodata and .bss): loads, stores, atomics; nullable until compared with 0
 *   ringbuf    inside a reserved ring buffer record: stores; nullable until compared; submitted or discarded once
 *   btf        trusted or probe-mem kernel pointer of a BTF-typed context: loads only, fault reads as zero
 *   map, func  a map or a callback: only as argument of helpers
 * Pointers into kernel or user memory, read from the traced machine, are plain integers: only helpers read them.
 */
import type { Branded } from "../base/ids.js";
import type { Span } from "../base/span.js";

export type ValueId = Branded<number, "ValueId">;
export type BlockId = Branded<number, "BlockId">;
export type SlotId = Branded<number, "SlotId">;

export type AddressSpace = "ctx" | "slot" | "map_value" | "ringbuf" | "btf" | "map" | "func";
export type IrType =
  | { readonly kind: "int" }
  | { readonly kind: "ptr"; readonly space: AddressSpace; readonly nullable: boolean };

/** A program as lowered: every function, map and constant byte that goes into the object. */
export interface IrModule {
  readonly functions: readonly IrFunction[];
  readonly maps: readonly IrMap[];
  /** Contents of `.rodata`: format strings, string literals, zeroes for initial map values. */
  readonly rodata: Uint8Array;
}

/** A map of the object. `symbol` is a C identifier and unique. */
export interface IrMap {
  readonly symbol: string;
  /** BPF map type number, see `bpf/constants.ts`. */
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  /** Ring buffer: bytes. */
  readonly maxEntries: number;
  readonly flags: number;
  /** For BTF: how the key and value look (undefined: plain bytes). */
  readonly keyType?: IrDataType;
  readonly valueType?: IrDataType;
}
export type IrDataType =
  | { readonly kind: "int"; readonly name: string; readonly size: number; readonly signed: boolean }
  | { readonly kind: "array"; readonly element: IrDataType; readonly length: number }
  | {
      readonly kind: "struct";
      readonly name: string;
      readonly size: number;
      readonly members: readonly {
        readonly name: string;
        readonly offset: number;
        readonly type: IrDataType;
      }[];
    };

/** `program`: entered by the kernel with ctx. `sub`: called. `callback`: handed to bpf_loop and its like. */
export type FunctionRole = "program" | "sub" | "callback";

export interface IrFunction {
  readonly name: string;
  readonly role: FunctionRole;
  /** ELF section of a program, as libbpf names it: `raw_tp`, `tp_btf`, `tracepoint`, `uprobe`, `perf_event`. */
  readonly section: string;
  /** The entry is blocks[0]; its parameters are the function's (r1…r5), at most 5. */
  readonly blocks: readonly IrBlock[];
  /** Indexed by ValueId. */
  readonly valueTypes: readonly IrType[];
  /** Indexed by SlotId. */
  readonly slots: readonly IrSlot[];
}

export interface IrSlot {
  readonly size: number;
  /** 1, 2, 4 or 8. */
  readonly align: number;
  readonly name: string;
  /** Where it lives: the 512-byte stack, or per-CPU scratch memory (lowering decides by on_stack_limit). */
}

export interface IrBlock {
  readonly id: BlockId;
  readonly params: readonly ValueId[];
  readonly instructions: readonly IrInstruction[];
  readonly terminator: IrTerminator;
}

export type ArithmeticOp =
  | "add"
  | "sub"
  | "mul"
  | "udiv" // x / 0 = 0, as BPF defines it
  | "umod" // x % 0 = x
  | "sdiv" // truncating; codegen uses cpu v4's instruction or builds it from udiv
  | "smod"
  | "and"
  | "or"
  | "xor"
  | "shl" // shift counts are taken modulo the width, as BPF does
  | "lshr"
  | "ashr";
export type CompareOp = "eq" | "ne" | "ult" | "ule" | "ugt" | "uge" | "slt" | "sle" | "sgt" | "sge";
/** 32: operates on the low half and zero-extends the result, as BPF's ALU32 does. */
export type Width = 32 | 64;
export type MemorySize = 1 | 2 | 4 | 8;

interface InstructionBase {
  readonly span?: Span | undefined;
}
/** Every instruction has at most one result. `result` undefined: only for its effect. */
export type IrInstruction = InstructionBase &
  (
    | { readonly op: "const"; readonly result: ValueId; readonly value: bigint } // signed or unsigned 64 bits
    | {
        readonly op: "arith";
        readonly result: ValueId;
        readonly kind: ArithmeticOp;
        readonly width: Width;
        readonly left: ValueId;
        readonly right: ValueId;
      }
    /** 0 or 1 */
    | {
        readonly op: "compare";
        readonly result: ValueId;
        readonly kind: CompareOp;
        readonly width: Width;
        readonly left: ValueId;
        readonly right: ValueId;
      }
    /** Takes the low `bits` of the value and sign- or zero-extends them to 64. */
    | {
        readonly op: "extend";
        readonly result: ValueId;
        readonly bits: 1 | 8 | 16 | 32;
        readonly signed: boolean;
        readonly value: ValueId;
      }
    /** Reverses the bytes of the low `bits`; the rest is zero. */
    | { readonly op: "bswap"; readonly result: ValueId; readonly bits: 16 | 32 | 64; readonly value: ValueId }
    | {
        readonly op: "load";
        readonly result: ValueId;
        readonly size: MemorySize;
        readonly signed: boolean;
        readonly address: ValueId;
        readonly offset: number;
        /** A pointer kept in a slot, or a typed context's pointer: the result's type is valueTypes[result]. */
        readonly core?: CoreAccess;
      }
    | {
        readonly op: "store";
        readonly size: MemorySize;
        readonly address: ValueId;
        readonly offset: number;
        readonly value: ValueId;
      }
    /** Sets `size` bytes at address+offset to zero; aligned to the slot's alignment. */
    | { readonly op: "zero"; readonly address: ValueId; readonly offset: number; readonly size: number }
    /** Copies between memory that may be loaded directly; no overlap. align: what both sides guarantee. */
    | {
        readonly op: "copy";
        readonly to: ValueId;
        readonly toOffset: number;
        readonly from: ValueId;
        readonly fromOffset: number;
        readonly size: number;
        readonly align: MemorySize;
      }
    | { readonly op: "slot_addr"; readonly result: ValueId; readonly slot: SlotId; readonly offset: number }
    | { readonly op: "map_ref"; readonly result: ValueId; readonly map: string }
    /** Address inside the one value of an ARRAY map (BPF_PSEUDO_MAP_VALUE): `.rodata` or a global. Never null. */
    | {
        readonly op: "map_value_addr";
        readonly result: ValueId;
        readonly map: string;
        readonly offset: number;
      }
    | { readonly op: "func_ref"; readonly result: ValueId; readonly function: string }
    /** Pointer plus integer the verifier can bound; or integer address plus CO-RE field offset. */
    | { readonly op: "ptr_add"; readonly result: ValueId; readonly base: ValueId; readonly index: ValueId }
    | {
        readonly op: "field_addr";
        readonly result: ValueId;
        readonly base: ValueId;
        readonly offset: number;
        readonly core?: CoreAccess;
      }
    | {
        readonly op: "atomic";
        readonly result?: ValueId; // the old value, when fetched
        readonly kind: "add" | "or" | "and" | "xor" | "xchg";
        readonly size: 4 | 8;
        readonly address: ValueId;
        readonly offset: number;
        readonly value: ValueId;
      }
    /** A BPF helper by its kernel name without `bpf_`: "map_lookup_elem". At most 5 arguments. */
    | {
        readonly op: "helper";
        readonly result?: ValueId;
        readonly helper: string;
        readonly args: readonly ValueId[];
      }
    | {
        readonly op: "kfunc";
        readonly result?: ValueId;
        readonly name: string;
        readonly args: readonly ValueId[];
      }
    | {
        readonly op: "call";
        readonly result?: ValueId;
        readonly function: string;
        readonly args: readonly ValueId[];
      }
  );

/** One CO-RE relocation (libbpf's bpf_core_relo): field access string from a root BTF type. */
export interface CoreAccess {
  /** Id of the root type in the target's BTF, or on top of it in that of `module`. */
  readonly root: number;
  readonly module?: string;
  /** `0:2:1`: as Documentation/bpf/llvm_reloc.rst tells it. */
  readonly access: string;
  /** The number is not the member's offset but how far its bits are shifted left, then right, in 64; or the root's size. */
  readonly kind?: "lshift" | "rshift" | "size";
}

export interface Jump {
  readonly block: BlockId;
  readonly args: readonly ValueId[];
}

export type IrTerminator = InstructionBase &
  (
    | { readonly op: "jump"; readonly to: Jump }
    | {
        readonly op: "branch";
        readonly kind: CompareOp;
        readonly width: Width;
        readonly left: ValueId;
        readonly right: ValueId;
        readonly then: Jump;
        readonly otherwise: Jump;
      }
    | {
        readonly op: "switch";
        readonly value: ValueId;
        readonly cases: readonly { readonly value: bigint; readonly to: Jump }[];
        readonly otherwise: Jump;
      }
    | { readonly op: "return"; readonly value: ValueId }
    | { readonly op: "unreachable" }
  );
