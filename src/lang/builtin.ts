/** What an entry of the builtin registry is, and what its type rule may ask of the checker. */
import type { Expression, TypeName } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { UserBinary } from "../binary/user-binary.js";
import type {
  MapId,
  TypedCall,
  TypedConfig,
  TypedExpression,
  TypedStatement,
} from "../check/typed-program.js";
import type { DiagnosticCode } from "../diag/codes.js";
import type { Target } from "../target/target.js";
import type { Aggregate, StructType, Type } from "../types/type.js";
import type { ExpandedProbe } from "./provider.js";

/** Which probes an entry is allowed in; absent: all. */
export type Availability = (probe: ExpandedProbe) => boolean;

/** What a named option of the command line is read as; truth is 0 or 1. */
export type OptionKind = "bool" | "int64" | "uint64" | "string";

export interface BuiltinEntry {
  readonly name: string;
  /** Older or short names that mean the same. */
  readonly aliases?: readonly string[];
  /** `variable`: usable without brackets too. `aggregation`: stands alone right of a map's `=`. */
  readonly kind: "variable" | "function" | "aggregation";
  /** Signatures as documentation shows them, result first: `string str(pointer p [, uint64 length])`. */
  readonly signatures: readonly string[];
  /** Least and most arguments. */
  readonly arity: readonly [least: number, most: number];
  /** Where it is allowed, in words for docs and messages, and as a test. */
  readonly where?: {
    readonly words: string;
    readonly allows: Availability;
    /** What is said elsewhere, when bpftrace has words of its own. */
    readonly says?: (probe: ExpandedProbe) => string;
  };
  /** First kernel that can do it, where that is above the 5.8 all of tsbt needs. */
  readonly since?: string;
  /** Needs --unsafe; what is said without. */
  readonly unsafe?: string;
  /** What of its probe it looks at: decides which attach points can share one program. `name`: differs for
   *  each; `function`: differs where it is known when compiling; `args`: their fields' layout; `context`: the
   *  program's kind; `program type`: what the kernel lets programs of its type do. Absent: nothing. */
  readonly dependsOn?: "name" | "function" | "args" | "context" | "program type";
  /** As `dependsOn`, of a variable called with arguments. */
  readonly callDependsOn?: BuiltinEntry["dependsOn"];
  /** Takes a key of a stats() map as a record of its numbers. */
  readonly takesStats?: true;
  /** Its first operand names an option of the script's own, its third says what that is. */
  readonly namesOption?: true;
  /** Aggregations: operands to show a call with; `retval` unless told. */
  readonly operands?: string;
  /** What its call with a key is called in messages: `delete() with two arguments`. */
  readonly keyedWords?: string;
  /** One line. */
  readonly doc: string;
  /** A whole script that runs. */
  readonly example: string;
  /** bpftrace has it, tsbt does not: why, and what to do instead. */
  readonly refused?: { readonly why: string; readonly hint: string };
  /** How it is typed and what call it becomes; undefined after an error was reported or while a type is not
   *  known yet. Absent only in aggregations and in what is refused. */
  readonly rule?: (site: CallSite) => TypedExpression | undefined;
  /** Aggregations: what the map holds, and the operands. */
  readonly aggregate?: (site: CallSite) => AggregateUse | undefined;
}

export interface AggregateUse {
  readonly aggregate: Aggregate;
  readonly args: readonly TypedExpression[];
}

/** A map named as an operand: `print(@a)`, `delete(@a[1])`. */
export interface MapOperand {
  readonly map: MapId;
  readonly name: string;
  /** Undefined: keyless, or not known yet. */
  readonly keyType: Type | undefined;
  readonly valueType: Type | undefined;
  /** The key in brackets, converted to the map's key type. */
  readonly key: TypedExpression | undefined;
  readonly bracketed: boolean;
  readonly span: Span;
}

/** One call of a builtin, as its type rule sees it. */
export interface CallSite {
  readonly name: string;
  readonly span: Span;
  readonly args: readonly (Expression | TypeName)[];
  readonly probe: ExpandedProbe;
  readonly target: Target;
  readonly config: TypedConfig;
  /** The value is not used: the call is a statement. */
  readonly discarded: boolean;
  /** The macro calls this call came from, innermost first. */
  readonly expandedFrom: readonly Span[];
  /** True in loops: print of a map there is worth a warning. */
  readonly inLoop: boolean;

  /** The checked argument. An aggregation's scalar when `scalar` (the usual case). */
  value(index: number): TypedExpression | undefined;
  /** As `value`, but `args` of a typed function are a record, as a map keeps them. */
  keptValue(index: number): TypedExpression | undefined;
  /** Constant text: a literal, or a positional parameter. Reports if it is something else. */
  text(index: number): string | undefined;
  /** As `text`, but undefined without a report when it is something else. */
  textIf(index: number): string | undefined;
  /** Constant integer; reports if it is something else. */
  integer(index: number): bigint | undefined;
  /** As `integer`, but undefined without a report. */
  integerIf(index: number): bigint | undefined;
  /** The bare identifier standing there (`perf` in `kstack(perf, 3)`), no report. */
  word(index: number): string | undefined;
  /** The map standing there; `key`: false refuses brackets. Reports if it is no map. */
  map(index: number): MapOperand | undefined;
  isMap(index: number): boolean;
  spanOf(index: number): Span;
  /** Converts to the map's key type and reports a mismatch; tells inference what the key is. */
  mapKey(operand: MapOperand, key: TypedExpression): TypedExpression | undefined;
  /** An integer, bool, enum or pointer as 64 bits; reports any other type with the function's name. */
  integerValue(index: number, signed?: boolean): TypedExpression | undefined;
  /** A bool of whatever has a truth; reports what has none. */
  condition(index: number): TypedExpression | undefined;
  convert(value: TypedExpression, type: Type): TypedExpression;
  /** `object.name`; reports an unknown name. */
  field(object: TypedExpression, name: string): TypedExpression | undefined;
  /** Value of a named option of the command line, `--name=value`; what is wrong with it is reported. */
  option(name: string, kind: OptionKind, fallback: bigint | string, doc: string): bigint | string | undefined;
  /** An integer as if it were written in the script: its type adapts. */
  literal(value: bigint): TypedExpression | undefined;
  /** Assigns to the variable standing there, as a statement would. */
  assign(index: number, value: TypedExpression): readonly TypedStatement[] | undefined;
  /** An element's value as reading it gives. */
  element(operand: MapOperand, key: TypedExpression): TypedExpression | undefined;
  constant(value: bigint, type: Type): TypedExpression;
  string(text: string): TypedExpression;
  call(type: Type, parts?: Partial<Omit<TypedCall, "name">>, name?: string): TypedExpression;
  error(code: DiagnosticCode, message: string, span?: Span, hint?: string): undefined;
  warn(code: DiagnosticCode, message: string, span?: Span, hint?: string): void;
  /**
   * May a feature be used that bpftrace calls unstable? Warns or reports as the config variable says; false after
   * an error.
   */
  unstable(feature: string, variable: string): boolean;
  /** Value of a map without key by its name, whoever assigns it; undefined while that is not known. */
  scalarMap(name: string): TypedExpression | undefined;
  /** A user program by its path. */
  userBinary(path: string): UserBinary | undefined;
  /** A kernel struct by name, from BTF. */
  kernelStruct(name: string): StructType | undefined;
  /** `user` or `kernel`: where a bare address points in this probe. */
  spaceOf(value: TypedExpression): "user" | "kernel";
  /** The first event an attach point written as text names, if the target has it; no report. */
  /** What the script prints goes to a terminal, as text. */
  readonly onTerminal: boolean;
  findAttachPoint(text: string): ExpandedProbe | undefined;
  /** A type standing as an argument. */
  typeArgument(index: number): Type | undefined;
  /** `a.b` standing as an argument: names of members, not values. Reports if it is something else. */
  memberPath(index: number): readonly string[] | undefined;
  /** Bytes from a struct's start to a member; reports one it does not have. */
  offsetOf(type: Type, path: readonly string[]): number | undefined;
}
