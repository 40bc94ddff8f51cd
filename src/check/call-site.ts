/** One call of a builtin, as the registry's type rules see it. */
import type { Expression, TypeName } from "../ast/ast.js";
import { isTypeName } from "../ast/walk.js";
import type { Span } from "../base/span.js";
import type { UserBinary } from "../binary/user-binary.js";
import type { DiagnosticCode } from "../diag/codes.js";
import type { BuiltinEntry, CallSite, MapOperand, OptionKind } from "../lang/builtin.js";
import type { ExpandedProbe } from "../lang/provider.js";
import { aggregateResult, integerOf, settle } from "../types/compat.js";
import { printType, baseTypeName } from "../types/print.js";
import { type StructType, type Type, int64, uint64 } from "../types/type.js";
import { spaceOf } from "./address-spaces.js";
import type { Checker } from "./checker.js";
import { constant, convert, decodeText, stringConstant, truth } from "./conversion.js";
import { findAttachPoint } from "./expand-probes.js";
import { mapKey, mapPlace, noteKeyed } from "./map-access.js";
import { keptArguments } from "./kept-arguments.js";
import { field } from "./members.js";
import { memberOffset } from "./offset-of.js";
import { operandType } from "./type-names.js";
import type { TypedCall, TypedExpression, TypedStatement } from "./typed-program.js";
import { assignVariable } from "./variables.js";

export class BuiltinCall implements CallSite {
  private readonly values: (TypedExpression | undefined | "failed")[] = [];

  constructor(
    private readonly owner: Checker,
    private readonly entry: BuiltinEntry,
    readonly args: readonly (Expression | TypeName)[],
    readonly span: Span,
    readonly discarded: boolean,
    /** As the script spells it: an alias shows in messages. */
    readonly written: string,
  ) {}

  get name(): string {
    return this.entry.name;
  }
  get probe() {
    return this.owner.probe;
  }
  get target() {
    return this.owner.program.target;
  }
  get config() {
    return this.owner.program.config;
  }
  get expandedFrom(): readonly Span[] {
    return [...this.owner.expansions].reverse();
  }
  get inLoop(): boolean {
    return this.owner.inLoop;
  }

  /** What holds for every builtin: count of arguments, where it is allowed, whether it is dangerous. */
  check(): boolean {
    const { entry, written, span } = this;
    const [least, most] = entry.arity;
    const count = this.args.length;
    if (count < least || count > most) {
      const wanted =
        least === most
          ? `requires ${counted(least)}`
          : count < least
            ? `requires at least ${counted(least)}`
            : `takes up to ${counted(most)}`;
      this.error("TB3003", `${written}() ${wanted} (${count} provided)`, span, entry.signatures[0]);
      return false;
    }
    if (entry.where !== undefined && !entry.where.allows(this.probe)) {
      this.error(
        "TB4005",
        entry.where.says?.(this.probe) ??
          `The ${written.replace(/^__builtin_/, "")} ${entry.kind === "variable" ? "builtin" : "function"} can not be used with '${this.probe.provider}' probes`,
        span,
        `it is there in ${entry.where.words}`,
      );
      return false;
    }
    if (entry.refused !== undefined) {
      this.error("TB5001", `${written} is not supported: ${entry.refused.why}`, span, entry.refused.hint);
      return false;
    }
    if (entry.unsafe !== undefined && !this.owner.program.options.unsafe) {
      this.error("TB3019", entry.unsafe, span, "run with --unsafe to allow it");
      return false;
    }
    return true;
  }

  keptValue(index: number): TypedExpression | undefined {
    const value = this.value(index);
    return value === undefined ? undefined : keptArguments(this.owner, value);
  }
  value(index: number): TypedExpression | undefined {
    const known = this.values[index];
    if (known !== undefined) return known === "failed" ? undefined : known;
    const arg = this.args[index];
    if (arg === undefined) return undefined;
    const value = isTypeName(arg)
      ? this.error(
          "TB3004",
          "When used as a call argument, `typeof` builtin only valid for macro calls that are expecting a type parameter",
          arg.span,
        )
      : this.owner.value(arg, undefined, this.entry.takesStats);
    this.values[index] = value ?? "failed";
    return value;
  }

  textIf(index: number): string | undefined {
    const arg = this.args[index];
    if (arg === undefined || isTypeName(arg)) return undefined;
    if (arg.kind === "string") return arg.value;
    if (arg.kind === "positional") return this.owner.program.options.params[arg.index - 1] ?? "";
    if (
      arg.kind === "binary" &&
      arg.operator === "+" &&
      arg.left.kind === "positional" &&
      arg.right.kind === "integer"
    ) {
      // `str($1 + 2)`: the text from its third character on.
      const text = this.owner.program.options.params[arg.left.index - 1] ?? "";
      if (this.owner.final && arg.right.value >= text.length)
        this.owner.warn("TB3023", arg.span, "literal string will always be empty");
      return text.slice(Number(arg.right.value));
    }
    if (arg.kind === "identifier") {
      const value = this.owner.program.definitions.define(arg.name);
      return typeof value === "string" ? value : undefined;
    }
    return undefined;
  }

  text(index: number): string | undefined {
    const text = this.textIf(index) ?? this.foldedText(index);
    // Text ends at its NUL wherever it stands.
    return text?.split("\0")[0] ?? this.notLiteral(index, "string");
  }

  /** Text that only shows when the argument is worked out: a macro's result, `"a" + "b"`. */
  private foldedText(index: number): string | undefined {
    const arg = this.args[index];
    if (arg === undefined || isTypeName(arg) || arg.kind === "variable" || arg.kind === "map")
      return undefined;
    const value = this.value(index);
    return value?.kind === "string" ? decodeText(value.bytes) : undefined;
  }

  integerIf(index: number): bigint | undefined {
    const arg = this.args[index];
    if (arg === undefined || isTypeName(arg)) return undefined;
    // Anything else may report errors of its own; bare words (modes) must not.
    if (arg.kind === "identifier" && this.owner.program.definitions.define(arg.name) === undefined) {
      if (this.owner.program.definitions.enumerator(arg.name) === undefined) return undefined;
    }
    if (arg.kind === "string" || arg.kind === "map" || arg.kind === "variable") return undefined;
    const value = this.value(index);
    return value?.kind === "constant" ? value.value : undefined;
  }

  integer(index: number): bigint | undefined {
    const value = this.integerIf(index);
    if (value !== undefined) return value;
    if (this.values[index] === "failed") return undefined;
    return this.notLiteral(index, "int");
  }

  private notLiteral(index: number, wanted: "string" | "int"): undefined {
    const arg = this.args[index];
    // What a bare word means is said elsewhere, if anything.
    const value = arg === undefined || arg.kind === "identifier" ? undefined : this.value(index);
    const given = value === undefined ? "none" : baseTypeName(value.type);
    const found = arg?.kind === "identifier" ? `, not '${arg.name}'` : ` (${given} provided)`;
    return this.error(
      "TB3013",
      `${this.written}() expects ${wanted === "int" ? "an" : "a"} ${wanted} literal${found}`,
      this.spanOf(index),
    );
  }

  word(index: number): string | undefined {
    const arg = this.args[index];
    if (arg?.kind === "identifier") return arg.name;
    return arg?.kind === "type_name" && arg.tag === undefined ? arg.name : undefined;
  }

  isMap(index: number): boolean {
    return this.args[index]?.kind === "map";
  }

  map(index: number): MapOperand | undefined {
    const arg = this.args[index];
    if (arg?.kind !== "map") {
      return this.error("TB3004", `${this.written}() expects a map argument`, this.spanOf(index));
    }
    let key: TypedExpression | undefined;
    if (arg.keys !== undefined) {
      const place = mapPlace(this.owner, arg);
      if (place?.key === undefined) return undefined;
      key = place.key;
    }
    const state = this.owner.env.map(arg.name, arg.span);
    if (
      this.owner.final &&
      state.value === undefined &&
      state.declaration === undefined &&
      state.poisoned !== true
    ) {
      return this.error("TB2004", `Undefined map: ${arg.name}`, arg.span);
    }
    return {
      map: state.id,
      name: arg.name,
      keyType: state.keyed === true ? state.key : undefined,
      valueType: state.value,
      key,
      bracketed: arg.keys !== undefined,
      span: arg.span,
    };
  }

  mapKey(operand: MapOperand, key: TypedExpression): TypedExpression | undefined {
    const state = this.owner.env.map(operand.name, operand.span);
    if (state.keyed === false) {
      return this.error(
        "TB3007",
        `call to ${this.entry.keyedWords ?? `${this.written}()`} expects a map with explicit keys (non-scalar map)`,
        operand.span,
      );
    }
    return noteKeyed(this.owner, state, true, operand.span) ? mapKey(this.owner, state, key) : undefined;
  }

  integerValue(index: number, signed = false): TypedExpression | undefined {
    const value = this.value(index);
    if (value === undefined) return undefined;
    const { type } = value;
    if (type.kind === "pointer" || type.kind === "bool" || integerOf(type) !== undefined) {
      return convert(value, signed ? int64 : uint64);
    }
    return this.error(
      "TB3004",
      `${this.written}() only supports int arguments (${baseTypeName(type)} provided)`,
      this.spanOf(index),
    );
  }

  field(object: TypedExpression, name: string): TypedExpression | undefined {
    return field(this.owner, object, name, this.span, this.span);
  }
  condition(index: number): TypedExpression | undefined {
    const value = this.value(index);
    if (value === undefined) return undefined;
    const condition = truth(value);
    return (
      condition ??
      this.error("TB3014", `Invalid condition: ${printType(settle(value.type))}`, this.spanOf(index))
    );
  }
  convert(value: TypedExpression, type: Type): TypedExpression {
    return convert(value, type);
  }
  assign(index: number, value: TypedExpression): readonly TypedStatement[] | undefined {
    const arg = this.args[index];
    if (arg?.kind !== "variable") {
      return this.error("TB3004", `${this.written}() expects a variable for its result`, this.spanOf(index));
    }
    return assignVariable(this.owner, arg.name, value, arg.span);
  }
  element(operand: MapOperand, key: TypedExpression): TypedExpression | undefined {
    const { valueType } = operand;
    if (valueType === undefined) return undefined;
    const type = valueType.kind === "aggregate" ? aggregateResult(valueType.aggregate) : valueType;
    if (type === undefined) {
      return this.error(
        "TB3008",
        `a map of type ${printType(valueType)} has no values to read`,
        operand.span,
      );
    }
    return { kind: "map", map: operand.map, key, type, span: this.span };
  }
  get onTerminal(): boolean {
    return this.owner.program.options.terminal === true;
  }

  findAttachPoint(text: string): ExpandedProbe | undefined {
    return findAttachPoint(text, this.span, this.owner.program);
  }
  option(
    name: string,
    kind: OptionKind,
    fallback: bigint | string,
    doc: string,
  ): bigint | string | undefined {
    const { namedOptions, log } = this.owner.program;
    const problem = namedOptions.declare(name, kind, fallback, doc);
    if (problem !== undefined) return this.error("TB3004", problem);
    return namedOptions.valueOf(name, kind, fallback, log);
  }
  literal(value: bigint): TypedExpression | undefined {
    return this.owner.literal(value, this.span);
  }
  constant(value: bigint, type: Type): TypedExpression {
    const made = constant(value, type, this.span);
    // An answer found when compiling closes branches as a written `true` does.
    return type.kind === "bool" ? this.owner.markLiteral(made) : made;
  }
  string(text: string): TypedExpression {
    return stringConstant(text, this.span);
  }
  call(type: Type, parts: Partial<Omit<TypedCall, "name">> = {}, name = this.name): TypedExpression {
    return { kind: "call", call: { name, args: [], ...parts }, type, span: this.span };
  }
  error(code: DiagnosticCode, message: string, span: Span = this.span, hint?: string): undefined {
    return this.owner.error(code, span, message, hint);
  }
  warn(code: DiagnosticCode, message: string, span: Span = this.span, hint?: string): void {
    this.owner.warn(code, span, message, hint);
  }
  spanOf(index: number): Span {
    return this.args[index]?.span ?? this.span;
  }
  unstable(feature: string, variable: string): boolean {
    const allowed = this.config.variables.get(variable);
    if (allowed === "error") {
      this.error(
        "TB3027",
        `${feature} feature is not enabled by default. To enable this unstable feature, set the config flag to enable. ${variable}=enable`,
      );
      return false;
    }
    // Said once, and without a place: it is about the script as a whole.
    const text = `Script is using an unstable feature: ${feature}. To prevent this warning you must explicitly enable it in the config e.g. ${variable}=enable`;
    if (allowed === "warn") this.owner.program.log.warning("TB3027", undefined, text);
    return true;
  }
  scalarMap(name: string): TypedExpression | undefined {
    const state = this.owner.env.map(name, this.span);
    if (state.value === undefined || !noteKeyed(this.owner, state, false, this.span)) return undefined;
    return { kind: "map", map: state.id, key: undefined, type: state.value, span: this.span };
  }
  userBinary(path: string): UserBinary | undefined {
    const { binaries, pid, unsafe } = this.owner.program.options;
    return binaries?.find(path, { pid, unsafe })[0];
  }
  kernelStruct(name: string): StructType | undefined {
    return this.owner.program.definitions.findStruct(name, false, "kernel");
  }
  spaceOf(value: TypedExpression): "user" | "kernel" {
    // Contexts, maps and variables are memory of the kernel to whoever reads through an address.
    return spaceOf(this.owner, value) === "user" ? "user" : "kernel";
  }
  typeArgument(index: number): Type | undefined {
    const arg = this.args[index];
    return arg === undefined ? undefined : operandType(this.owner, arg);
  }
  memberPath(index: number): readonly string[] | undefined {
    const names: string[] = [];
    let arg = this.args[index];
    while (arg?.kind === "field") {
      names.unshift(arg.name);
      arg = arg.object;
    }
    if (arg?.kind === "identifier" || arg?.kind === "type_name") return [arg.name, ...names];
    return this.error("TB3004", `${this.written}() expects the name of a member`, this.spanOf(index));
  }
  offsetOf(type: Type, path: readonly string[]): number | undefined {
    return memberOffset(this.owner, type, path, this.span);
  }
}

/** As bpftrace words it. */
function counted(count: number): string {
  return count === 0 ? "no arguments" : count === 1 ? "one argument" : `${count} arguments`;
}
