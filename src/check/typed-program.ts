/**
 * The script after checking: macros, positional parameters, wildcards and sugar are gone; every expression has
 * its type; conversions are written out. Lowering needs nothing else, and the tests' evaluator runs it directly.
 */
import type { CFunctions } from "./c-objects.js";
import type { Branded } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { UsdtOperand } from "../lang/probes/usdt-arguments.js";
import type { ManifestAttach, ManifestConfig } from "../object/manifest.js";
import type { StructMember, StructType, Type } from "../types/type.js";

export type LocalId = Branded<number, "LocalId">;
export type MapId = Branded<number, "MapId">;

export interface TypedProgram {
  readonly probes: readonly TypedProbe[];
  readonly maps: readonly TypedMap[];
  readonly config: TypedConfig;
  /** True if a function used needs --unsafe (system, signal, override, cat is not). */
  readonly unsafe: boolean;
  /** -k: failing reads and lookups are told. */
  readonly helperErrors: boolean;
  /** Of imported C, to be linked. */
  readonly functions: CFunctions;
}

export interface TypedConfig {
  /** The part the loader reads. */
  readonly runtime: ManifestConfig;
  /** Values larger than this many bytes live in per-CPU scratch, not on the stack. */
  readonly onStackLimit: number;
  readonly maxStrlen: number;
  readonly maxMapKeys: number;
  /** Pages of the ring buffer, a power of two. */
  readonly perfRbPages: number;
  readonly userSymbolCache: "PER_PID" | "PER_PROGRAM" | "NONE";
  /** Most attach points, and most programs. */
  readonly maxProbes: number;
  readonly maxPrograms: number;
  /** What the kernel is told: "GPL". */
  readonly license: string;
  /** Every config variable by its name, as the script may read it. */
  readonly variables: ReadonlyMap<string, boolean | number | string>;
}

/** How the program's first argument looks. */
export type ContextKind =
  | "none" // begin, end, interval, signal: raw_tp run by the loader; nothing to read
  | "tracepoint" // the trace record: fields at their format's offsets
  | "raw_tracepoint" // u64 args[]; untyped
  | "tp_btf" // u64 args[]; pointers are BTF-typed
  | "pt_regs" // kprobe, uprobe, usdt
  | "fentry" // u64 args[]
  | "fexit" // u64 args[], then the return value
  | "perf_event" // struct bpf_perf_event_data: pt_regs first
  | "iter"; // struct bpf_iter__x: pointers at 8-byte slots

/** Calls by their numbers; `argument`: which one of the raw tracepoint has the number, if one does in all of them. */
export interface PassingSyscalls {
  readonly numbers: readonly number[];
  readonly argument: number | undefined;
}

export interface TypedProbe {
  /** Unique, at most 15 characters: `tp_sys_enter_1`. */
  readonly name: string;
  readonly section: string;
  readonly context: ContextKind;
  /** Attached to raw_syscalls, for these calls only. */
  readonly syscalls?: PassingSyscalls;
  /** All run the same code; more than one only when the body does not depend on which it is. */
  readonly attach: readonly ManifestAttach[];
  readonly locals: readonly TypedLocal[];
  readonly predicate: TypedExpression | undefined;
  readonly body: readonly TypedStatement[];
  /** A kprobe session: what the same program does where the functions return. */
  readonly onReturn?: TypedProbe;
  readonly span: Span;
}

/** Indexed by LocalId. A block's `let` of a name already used outside it is another local. */
export interface TypedLocal {
  readonly name: string;
  readonly type: Type;
  /** Its address is taken, so it needs a place in memory. */
  readonly addressed: boolean;
}

/** Indexed by MapId. */
export interface TypedMap {
  /** `@`, `@name` */
  readonly name: string;
  /** Undefined: keyless. Several keys are one tuple. */
  readonly key: Type | undefined;
  readonly value: Type;
  readonly maxEntries: number;
  /** From `let @a = lruhash(100)`; undefined: tsbt chooses. */
  readonly declared: "hash" | "lruhash" | "percpuhash" | "percpulruhash" | "percpuarray" | undefined;
  readonly span: Span;
}

// -------------------------------------------------------------------------------------------------- statements

interface StatementBase {
  readonly span: Span;
}
export type TypedStatement = StatementBase &
  (
    | { readonly kind: "expression"; readonly value: TypedExpression }
    /** `let $a;` zeroes; every local is zero until assigned. The value has the local's type. */
    | { readonly kind: "set_local"; readonly local: LocalId; readonly value: TypedExpression }
    | {
        readonly kind: "set_map";
        readonly map: MapId;
        readonly key: TypedExpression | undefined;
        readonly value: TypedExpression;
      }
    /** `@a[k] = count()` and its like. `args` are the aggregation's operands (int64 or uint64); hist has one
     *  more possible: none. Weighted forms put the weight second. */
    | {
        readonly kind: "aggregate";
        readonly map: MapId;
        readonly key: TypedExpression | undefined;
        readonly args: readonly TypedExpression[];
      }
    | {
        readonly kind: "if";
        readonly condition: TypedExpression;
        readonly then: readonly TypedStatement[];
        readonly otherwise: readonly TypedStatement[];
      }
    | {
        readonly kind: "while";
        readonly condition: TypedExpression;
        readonly body: readonly TypedStatement[];
      }
    /** `count` copies when it is small and constant; lowering decides how. */
    | { readonly kind: "unroll"; readonly count: TypedExpression; readonly body: readonly TypedStatement[] }
    /** from ≤ local < to; both of the local's type, evaluated once. */
    | {
        readonly kind: "for_range";
        readonly local: LocalId;
        readonly from: TypedExpression;
        readonly to: TypedExpression;
        readonly body: readonly TypedStatement[];
      }
    /** The local is a tuple (key, value); the value of an aggregation is its scalar result. */
    | {
        readonly kind: "for_map";
        readonly local: LocalId;
        readonly map: MapId;
        readonly body: readonly TypedStatement[];
      }
    | { readonly kind: "break" }
    | { readonly kind: "continue" }
    | { readonly kind: "return"; readonly value: TypedExpression | undefined }
    | { readonly kind: "block"; readonly body: readonly TypedStatement[] }
  );

// ------------------------------------------------------------------------------------------------- expressions

interface ExpressionBase {
  readonly type: Type;
  readonly span: Span;
}
export type TypedArithmetic = "+" | "-" | "*" | "/" | "%" | "&" | "|" | "^" | "<<" | ">>";
export type TypedComparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** The size of a struct, or with members the offset they lead to. */
export interface LayoutNumber {
  readonly struct: StructType;
  readonly members?: readonly StructMember[];
}

export type TypedExpression = ExpressionBase &
  /** Of int, bool, enum or pointer type (also usable for ksym: an address). Value within the type's range.
   *  `layout`: the value is that of the target, and another on other kernels. */
  (
    | { readonly kind: "constant"; readonly value: bigint; readonly layout?: LayoutNumber }
    /** UTF-8, no NUL inside; type.size > length. Padded with NULs. */
    | { readonly kind: "string"; readonly bytes: Uint8Array }
    | { readonly kind: "local"; readonly local: LocalId }
    /** Zero or empty when absent. Of an aggregation: its scalar result (`aggregate` is in the map's type). */
    | { readonly kind: "map"; readonly map: MapId; readonly key: TypedExpression | undefined }
    /** Conversion to `type`: between integers, bool, enum, pointer; string and buffer to another size; tuple to
     *  tuple element by element; int array and int of the same size. */
    | { readonly kind: "convert"; readonly value: TypedExpression }
    | { readonly kind: "negate" | "invert"; readonly value: TypedExpression } // int
    | { readonly kind: "not"; readonly value: TypedExpression } // bool of a bool
    /** Integers: both sides have `type` (for shifts the count may have any integer type). */
    | {
        readonly kind: "arithmetic";
        readonly operator: TypedArithmetic;
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    /** bool. Both sides have one type: integer, bool, enum, pointer, symbol; string, buffer, array, tuple,
     *  record, inet, mac for == and != only (strings may differ in size: compared as C strings). */
    | {
        readonly kind: "compare";
        readonly operator: TypedComparison;
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    /** bool of bools, short-circuit. */
    | {
        readonly kind: "logical";
        readonly operator: "&&" | "||";
        readonly left: TypedExpression;
        readonly right: TypedExpression;
      }
    | {
        readonly kind: "ternary";
        readonly condition: TypedExpression; // bool
        readonly then: TypedExpression;
        readonly otherwise: TypedExpression;
      }
    /** `$a++`, `++@a[k]`: integer or pointer; step is ±1 (±size for pointers); value before or after. */
    | {
        readonly kind: "step";
        readonly target: Place;
        readonly step: bigint;
        readonly result: "before" | "after";
      }
    /** `@a[k] += v` as a statement or `$a += v`: reads, computes, stores once; yields the new value. */
    | {
        readonly kind: "update";
        readonly target: Place;
        readonly operator: TypedArithmetic;
        readonly value: TypedExpression;
      }
    /** What a pointer points at. Only as object of field, index, convert, or where the value is copied. */
    | { readonly kind: "dereference"; readonly pointer: TypedExpression }
    /** A member of a struct; `object` is a dereference, field or index of struct type, or a struct value. */
    | { readonly kind: "field"; readonly object: TypedExpression; readonly member: StructMember }
    | { readonly kind: "index"; readonly array: TypedExpression; readonly index: TypedExpression }
    /** pointer ± index * size of what it points at; index is int64. */
    | { readonly kind: "pointer_add"; readonly pointer: TypedExpression; readonly index: TypedExpression }
    /** Tuples and records. */
    | { readonly kind: "tuple"; readonly elements: readonly TypedExpression[] }
    | { readonly kind: "element"; readonly tuple: TypedExpression; readonly index: number }
    | { readonly kind: "address_of"; readonly target: Place }
    | { readonly kind: "call"; readonly call: TypedCall }
    /** Statements, then a value. */
    | { readonly kind: "block"; readonly body: readonly TypedStatement[]; readonly result: TypedExpression }
  );

export type Place =
  | { readonly kind: "local"; readonly local: LocalId }
  | { readonly kind: "map"; readonly map: MapId; readonly key: TypedExpression | undefined };

/** A builtin, function or variable: `pid`, `str(x)`, `print(@a, 5)`. What it means stands in its registry entry. */
export interface TypedCall {
  /** The registry's name (never an alias). */
  readonly name: string;
  /** Values, converted to what the entry says. For printf: the operands after the format. */
  readonly args: readonly TypedExpression[];
  /** The map operand of print, clear, zero, delete, has_key, len…. */
  readonly map?: MapId;
  /** The literal text operand: format of printf, strftime, time; symbol of kaddr; delimiter of join. */
  readonly text?: string;
  /** Constant operands by the entry's own order: print's top and div, an argument's index (`arg0`). */
  readonly numbers?: readonly bigint[];
  /** A USDT argument: where it lies, one entry for each value of the attach cookie. */
  readonly usdt?: readonly UsdtOperand[];
  /** The type operand, if any. */
  readonly typeOperand?: Type;
  /** Of calls that print their place: the macro calls they came from, innermost first. */
  readonly expandedFrom?: readonly Span[];
}
