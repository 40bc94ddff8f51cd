/**
 * The script as a tree, as the user wrote it: sugar is kept, nothing is resolved. Every node is readonly and
 * has an id; what later phases learn about a node stands in their own tables, keyed by that id.
 */
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";

interface NodeBase {
  readonly id: NodeId;
  readonly span: Span;
  /** On an expression: `comptime e`, its value must be known at compile time. `if` has its own flag. */
  readonly comptime?: boolean;
}

/** A whole file. Comments are kept apart, by position, for the formatter. */
export interface Script extends NodeBase {
  readonly kind: "script";
  readonly shebang?: string;
  /** `#include`, `#define` lines and C struct/union/enum definitions in order. */
  readonly preamble: readonly CText[];
  readonly config?: ConfigBlock;
  readonly imports: readonly Import[];
  /** Maps, macros, functions and probes in source order. */
  readonly items: readonly Item[];
  readonly comments: readonly Comment[];
}

export interface Comment {
  readonly span: Span;
  /** With its delimiters. */
  readonly text: string;
}

// ---------------------------------------------------------------------------------------------------- preamble

/**
 * A piece of C as text: a preprocessor line, or the definition of a struct, union, enum or typedef. Its parts
 * have no nodes, for they only mean something once the preprocessor is through (`src/c/`).
 */
export interface CText extends NodeBase {
  readonly kind: "c_text";
  readonly form: "directive" | "definition";
  /** With its comments; a definition without the `;` at its end. */
  readonly text: string;
}

/** `config = { a = 1; b = lost; }` */
export interface ConfigBlock extends NodeBase {
  readonly kind: "config";
  readonly entries: readonly ConfigEntry[];
}
export interface ConfigEntry extends NodeBase {
  readonly kind: "config_entry";
  readonly name: string;
  readonly value: bigint | boolean | string;
  /** How it was spelt: an identifier is not a quoted string. */
  readonly spelling: "integer" | "bool" | "string" | "identifier";
}
/** `import "path";` */
export interface Import extends NodeBase {
  readonly kind: "import";
  readonly path: string;
}

// ------------------------------------------------------------------------------------------------------- items

export type Item = Probe | MapDeclaration | MacroDefinition | FunctionDefinition;

/** `let @a = percpuhash(100);` */
export interface MapDeclaration extends NodeBase {
  readonly kind: "map_declaration";
  /** With the `@`. */
  readonly name: string;
  readonly mapType: string;
  readonly maxEntries: Expression | undefined;
}
/** `macro name($a, @b, c) { … }` */
export interface MacroDefinition extends NodeBase {
  readonly kind: "macro";
  readonly name: string;
  readonly params: readonly (Variable | MapRef | Identifier)[];
  readonly body: Block;
}
/** `fn name($a : int64) : int64 { … }` */
export interface FunctionDefinition extends NodeBase {
  readonly kind: "function";
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: TypeName; readonly span: Span }[];
  readonly result: TypeName | undefined;
  readonly body: Block;
}
/** `a, b /predicate/ { … }` or, with angle brackets, `a < … >`. */
export interface Probe extends NodeBase {
  readonly kind: "probe";
  readonly attachPoints: readonly AttachPoint[];
  readonly predicate?: Expression;
  readonly block: Block;
}
/** One attach point; split at its colons, but not interpreted: `lang/probes` knows what the parts mean. */
export interface AttachPoint extends NodeBase {
  readonly kind: "attach_point";
  /** `name=` in front of the provider: accepted, and nothing asks for it yet. */
  readonly name?: string;
  /** As written behind the name, with positional parameters replaced. */
  readonly text: string;
  /** The provider as written: `BEGIN`, `t`, `tracepoint`, `kfunc`. */
  readonly provider: string;
  /** What follows, split at colons outside quotes, quotes removed. `sys_enter+4` stays one part. */
  readonly parts: readonly { readonly text: string; readonly span: Span; readonly quoted: boolean }[];
}

// -------------------------------------------------------------------------------------------------- statements

/** `{ a; b; value }`: `result` is the last expression without `;` of a block expression or macro body. */
export interface Block extends NodeBase {
  readonly kind: "block";
  readonly statements: readonly Statement[];
  readonly result?: Expression;
}

export type Statement =
  | ExpressionStatement
  | Assignment
  | VariableDeclaration
  | If
  | While
  | For
  | Unroll
  | Jump
  | BlockStatement;

export interface ExpressionStatement extends NodeBase {
  readonly kind: "expression_statement";
  readonly expression: Expression;
  /** Written `_ = e;`: the value is dropped on purpose. */
  readonly discard?: true;
}
/** `$a = e`, `@a[k] += e`, `let $a : t = e`. Assigning to fields or elements parses; check refuses it. */
export interface Assignment extends NodeBase {
  readonly kind: "assignment";
  readonly target: Expression;
  /** Undefined for plain `=`; else the operator of `op=`. */
  readonly operator: BinaryOperator | undefined;
  readonly value: Expression;
}
/** `let $a;`, `let $a : type;`, `let $a = e;` */
export interface VariableDeclaration extends NodeBase {
  readonly kind: "let";
  readonly name: string;
  readonly type: TypeName | undefined;
  readonly value: Expression | undefined;
  /** A function's parameter: its value comes from elsewhere. */
  readonly isGiven?: true;
}
/** `else if` is an `otherwise` block holding one `if`. `comptime if` is compiled only where it holds. */
export interface If extends NodeBase {
  readonly kind: "if";
  readonly comptime: boolean;
  readonly condition: Expression;
  readonly then: Block;
  readonly otherwise?: Block;
}
export interface While extends NodeBase {
  readonly kind: "while";
  readonly condition: Expression;
  readonly body: Block;
}
/** `for $kv : @map { … }` and `for $i : 0..10 { … }`. */
export interface For extends NodeBase {
  readonly kind: "for";
  readonly variable: Variable;
  readonly over: Expression | Range;
  readonly body: Block;
}
export interface Range extends NodeBase {
  readonly kind: "range";
  readonly from: Expression;
  /** Exclusive. */
  readonly to: Expression;
}
export interface Unroll extends NodeBase {
  readonly kind: "unroll";
  readonly count: Expression;
  readonly body: Block;
}
export interface Jump extends NodeBase {
  readonly kind: "jump";
  readonly jump: "return" | "break" | "continue";
  readonly value?: Expression;
}
export interface BlockStatement extends NodeBase {
  readonly kind: "block_statement";
  readonly block: Block;
}

// ------------------------------------------------------------------------------------------------- expressions

export type Expression =
  | IntegerLiteral
  | BoolLiteral
  | StringLiteral
  | Identifier
  | PositionalParameter
  | PositionalCount
  | Variable
  | MapRef
  | Call
  | FieldAccess
  | TupleAccess
  | ArrayAccess
  | Unary
  | Binary
  | Ternary
  | Cast
  | SizeOf
  | OffsetOf
  | TypeOf
  | Tuple
  | RecordLiteral
  | BlockExpression
  | IfExpression
  | AddressOf;

/** Decimal, hex, octal, binary, `1_000`, `1e6`, `5ms`, `10u64`, `'c'`: the value, and how it was written. */
export interface IntegerLiteral extends NodeBase {
  readonly kind: "integer";
  /** Not yet wrapped to any width; never negative (minus is an operator). Durations are in nanoseconds. */
  readonly value: bigint;
  readonly text: string;
  /** `u`, `ul`, `ull`, `l`, `ll` as C means them, or absent. */
  readonly suffix?: "u" | "l" | "ul" | "ll" | "ull";
  /** True for `5ms` and kin: the type is then a duration's (uint64). */
  readonly duration: boolean;
}
export interface BoolLiteral extends NodeBase {
  readonly kind: "bool";
  readonly value: boolean;
}
export interface StringLiteral extends NodeBase {
  readonly kind: "string";
  /** Escapes resolved. A character above 255 stands for itself (UTF-8); \xNN gives the byte NN as a char. */
  readonly value: string;
  /** As written, without the quotes, for the formatter. */
  readonly raw: string;
}
/** A builtin, a constant from an enum or a #define, or a macro parameter. */
export interface Identifier extends NodeBase {
  readonly kind: "identifier";
  readonly name: string;
}
/** `$1`; index from 1. */
export interface PositionalParameter extends NodeBase {
  readonly kind: "positional";
  readonly index: number;
}
/** `$#` */
export interface PositionalCount extends NodeBase {
  readonly kind: "positional_count";
}
/** `$name`, name with the `$`. */
export interface Variable extends NodeBase {
  readonly kind: "variable";
  readonly name: string;
}
/** `@`, `@name`, `@name[k1, k2]`; name with the `@`. `@a[1, 2]` has the same key as `@a[(1, 2)]`. */
export interface MapRef extends NodeBase {
  readonly kind: "map";
  readonly name: string;
  /** Undefined: no brackets. */
  readonly keys: readonly Expression[] | undefined;
}
/** `count()`, `printf("…", 1)`, a macro or function call. A trailing type argument (`sizeof`) is not a Call. */
export interface Call extends NodeBase {
  readonly kind: "call";
  readonly name: string;
  readonly nameSpan: Span;
  readonly args: readonly (Expression | TypeName)[];
}
/** `a.b` and `a->b`. `args.x` and `args->x` mean the same. */
export interface FieldAccess extends NodeBase {
  readonly kind: "field";
  readonly object: Expression;
  readonly name: string;
  readonly nameSpan: Span;
  readonly arrow: boolean;
}
/** `t.0` */
export interface TupleAccess extends NodeBase {
  readonly kind: "tuple_access";
  readonly object: Expression;
  readonly index: number;
}
export interface ArrayAccess extends NodeBase {
  readonly kind: "index";
  readonly object: Expression;
  readonly index: Expression;
}
export type UnaryOperator = "!" | "~" | "-" | "+" | "*" | "++x" | "--x" | "x++" | "x--";
export interface Unary extends NodeBase {
  readonly kind: "unary";
  readonly operator: UnaryOperator;
  readonly operand: Expression;
}
export type BinaryOperator =
  | "*"
  | "/"
  | "%"
  | "+"
  | "-"
  | "<<"
  | ">>"
  | "<"
  | ">"
  | "<="
  | ">="
  | "=="
  | "!="
  | "&"
  | "^"
  | "|"
  | "&&"
  | "||";
export interface Binary extends NodeBase {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** `c ? a : b`; `c ?: b` has no `then`. */
export interface Ternary extends NodeBase {
  readonly kind: "ternary";
  readonly condition: Expression;
  readonly then?: Expression;
  readonly otherwise: Expression;
}
/** `(uint32)e`, `(struct task_struct *)e`, `(typeof(x))e` */
export interface Cast extends NodeBase {
  readonly kind: "cast";
  readonly type: TypeName;
  readonly operand: Expression;
}
export interface SizeOf extends NodeBase {
  readonly kind: "sizeof";
  readonly operand: TypeName | Expression;
}
/** `offsetof(struct x, a.b)`, `offsetof(e, a)` */
export interface OffsetOf extends NodeBase {
  readonly kind: "offsetof";
  readonly of: TypeName | Expression;
  readonly path: readonly string[];
}
/** `typeinfo(e)`: a tuple (id, kind name, type name) known at compile time. */
export interface TypeOf extends NodeBase {
  readonly kind: "typeinfo";
  readonly operand: TypeName | Expression;
}
export interface Tuple extends NodeBase {
  readonly kind: "tuple";
  readonly elements: readonly Expression[];
}
/** `(a = 1, b = "x")` */
export interface RecordLiteral extends NodeBase {
  readonly kind: "record";
  readonly fields: readonly { readonly name: string; readonly value: Expression; readonly span: Span }[];
}
export interface BlockExpression extends NodeBase {
  readonly kind: "block_expression";
  readonly block: Block;
  /** What a macro's call became: the span is the call's, those inside are the macro's. */
  readonly expansion?: true;
}
/** `if c { a } else { b }` used for its value. */
export interface IfExpression extends NodeBase {
  readonly kind: "if_expression";
  readonly comptime: boolean;
  readonly condition: Expression;
  readonly then: Block;
  readonly otherwise: Block;
}
/** `&$a`, `&@m` */
export interface AddressOf extends NodeBase {
  readonly kind: "address_of";
  readonly operand: Expression;
}

// ------------------------------------------------------------------------------------------------------- types

/** A type as written: `uint64`, `struct x *`, `string[16]`, `int32[4]`, `(int64, string)`, `typeof(e)`. */
export type TypeName = NamedType | PointerTypeName | ArrayTypeName | TupleTypeName | TypeOfName;
export interface NamedType extends NodeBase {
  readonly kind: "type_name";
  /** `struct`, `union`, `enum` or none. */
  readonly tag: "struct" | "union" | "enum" | undefined;
  /** Several words are joined by one blank: `unsigned long`. */
  readonly name: string;
}
export interface PointerTypeName extends NodeBase {
  readonly kind: "type_pointer";
  readonly to: TypeName;
}
/** `string[64]`, `buffer[8]`, `int8[16]`; length undefined for `int8[]`. */
export interface ArrayTypeName extends NodeBase {
  readonly kind: "type_array";
  readonly element: TypeName;
  readonly length: Expression | undefined;
}
export interface TupleTypeName extends NodeBase {
  readonly kind: "type_tuple";
  readonly elements: readonly TypeName[];
}
/** `typeof(e)` */
export interface TypeOfName extends NodeBase {
  readonly kind: "typeof";
  readonly operand: Expression | TypeName;
}

export type Node =
  | Script
  | CText
  | ConfigBlock
  | ConfigEntry
  | Import
  | Item
  | AttachPoint
  | Block
  | Statement
  | Range
  | Expression
  | TypeName;
