/** Expressions: from AST to typed tree, with every conversion written out. */
import type {
  ArrayAccess,
  Binary,
  BinaryOperator,
  Block,
  Call,
  Cast,
  Expression,
  FieldAccess,
  Identifier,
  MapRef,
  OffsetOf,
  Ternary,
  TypeName,
  Unary,
} from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { DiagnosticCode } from "../diag/codes.js";
import { didYouMean } from "../diag/suggest.js";
import type { BuiltinEntry } from "../lang/builtin.js";
import { builtinNames, findBuiltin } from "../lang/index.js";
import {
  arithmeticType,
  comparisonType,
  dividesSigned,
  foldArithmetic,
  foldComparison,
  isComparison,
} from "../lang/operators.js";
import type { ExpandedProbe } from "../lang/provider.js";
import {
  aggregateResult,
  equalTypes,
  integerFits,
  integerOf,
  literalType,
  promote,
  settle,
} from "../types/compat.js";
import { sizeOf } from "../types/layout.js";
import { memberNames, memberPath } from "../types/members.js";
import { printType } from "../types/print.js";
import {
  boolType,
  int64,
  type IntType,
  intType,
  type PointerSpace,
  type Type,
  uint64,
} from "../types/type.js";
import { BuiltinCall } from "./call-site.js";
import type { ProgramContext } from "./context.js";
import { constant, convert, stringConstant, truth } from "./conversion.js";
import type { Environment, MapState, VariableState } from "./environment.js";
import { TypeNames } from "./type-names.js";
import type { LocalId, Place, TypedArithmetic, TypedExpression, TypedStatement } from "./typed-program.js";

/** A variable in scope. */
export interface Variable {
  readonly id: LocalId;
  readonly name: string;
  readonly state: VariableState;
}

export abstract class Expressions {
  protected readonly scopes: Map<string, Variable>[] = [new Map()];
  /** Constants that were literals: only they fold and adapt. */
  private readonly literals = new WeakSet<TypedExpression>();
  private readonly typeNames: TypeNames;
  protected loops = 0;
  readonly addressed = new Set<LocalId>();
  /** States of all variables declared so far. */
  protected readonly variables = new Map<LocalId, VariableState>();

  constructor(
    readonly program: ProgramContext,
    readonly env: Environment,
    readonly probe: ExpandedProbe,
    /** False while types are still being inferred: what is unknown then is not yet an error. */
    readonly final: boolean,
  ) {
    this.typeNames = new TypeNames(this);
  }

  protected abstract blockStatements(block: Block): TypedStatement[];
  /** `$name = value` from inside an expression; undefined after a report. */
  abstract assignVariable(
    name: string,
    value: TypedExpression,
    span: Span,
  ): readonly TypedStatement[] | undefined;
  protected abstract inScope<T>(run: () => T): T;

  get inLoop(): boolean {
    return this.loops > 0;
  }

  error(code: DiagnosticCode, span: Span, message: string, hint?: string): undefined {
    this.program.log.error(code, span, message, hint);
    return undefined;
  }
  warn(code: DiagnosticCode, span: Span, message: string, hint?: string): void {
    this.program.log.warning(code, span, message, hint);
  }

  typeName(node: TypeName, space?: PointerSpace, operand?: TypedExpression): Type | undefined {
    return this.typeNames.resolve(node, space ?? this.probe.space, operand);
  }

  lookUp(name: string): Variable | undefined {
    for (let at = this.scopes.length - 1; at >= 0; at--) {
      const found = this.scopes[at]?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  // ------------------------------------------------------------------------------------------- the big switch

  /** Undefined: an error was reported, or (while inferring) a type is not known yet. */
  expression(node: Expression): TypedExpression | undefined {
    switch (node.kind) {
      case "integer":
        return this.literal(node.value, node.span, node.text);
      case "bool":
        return this.markLiteral(constant(node.value ? 1n : 0n, boolType, node.span));
      case "string":
        return stringConstant(node.value, node.span);
      case "identifier":
        return this.identifier(node);
      case "positional":
        return this.positional(node.index, node.span);
      case "positional_count":
        return this.literal(BigInt(this.program.options.params.length), node.span);
      case "variable":
        return this.variable(node.name, node.span);
      case "map":
        return this.mapRead(node);
      case "call":
        return this.call(node, false);
      case "field":
        return this.fieldAccess(node);
      case "tuple_access":
        return this.tupleAccess(this.expression(node.object), node.index, node.span);
      case "index":
        return this.arrayAccess(node);
      case "unary":
        return this.unary(node);
      case "binary":
        return this.binary(node);
      case "ternary":
        return this.ternary(node);
      case "cast":
        return this.cast(node);
      case "sizeof": {
        const type = this.operandType(node.operand);
        return type === undefined ? undefined : constant(BigInt(sizeOf(type)), uint64, node.span);
      }
      case "offsetof":
        return this.offsetOf(node);
      case "typeinfo":
        return this.error("TB5001", node.span, "typeinfo() is not supported yet");
      case "tuple": {
        const elements = this.all(node.elements);
        if (elements === undefined) return undefined;
        const type: Type = { kind: "tuple", elements: elements.map((element) => element.type) };
        return { kind: "tuple", elements, type, span: node.span };
      }
      case "record": {
        const values = this.all(node.fields.map((field) => field.value));
        if (values === undefined) return undefined;
        const fields = node.fields.map((field, index) => ({
          name: field.name,
          type: values[index]?.type ?? int64,
        }));
        return { kind: "tuple", elements: values, type: { kind: "record", fields }, span: node.span };
      }
      case "block_expression":
        return this.blockValue(node.block, node.span);
      case "if_expression": {
        const condition = this.condition(node.condition);
        if (condition?.kind === "constant" && (node.comptime || this.literals.has(condition))) {
          return this.blockValue(condition.value !== 0n ? node.then : node.otherwise, node.span);
        }
        if (node.comptime)
          return this.error("TB3013", node.condition.span, "Unable to evaluate at compile time");
        const then = this.blockValue(node.then, node.span);
        const otherwise = this.blockValue(node.otherwise, node.span);
        return this.choice(condition, then, otherwise, node.span);
      }
      case "address_of":
        return this.addressOf(node.operand, node.span);
    }
  }

  all(nodes: readonly Expression[]): TypedExpression[] | undefined {
    const values = nodes.map((node) => this.value(node));
    const known = values.filter((value) => value !== undefined);
    return known.length === values.length ? known : undefined;
  }

  /** An expression that must be a storable value: no void, no histogram. */
  value(node: Expression): TypedExpression | undefined {
    const value = this.expression(node);
    if (value === undefined) return undefined;
    if (value.type.kind === "void") {
      return this.error("TB3025", node.span, "this has no value");
    }
    if (value.type.kind === "aggregate") {
      return this.error(
        "TB3008",
        node.span,
        `a map of type ${printType(value.type)} can only be printed, cleared or zeroed as a whole`,
      );
    }
    return value;
  }

  isLiteral(value: TypedExpression): boolean {
    return value.kind === "string" || this.literals.has(value);
  }

  private markLiteral(value: TypedExpression): TypedExpression {
    this.literals.add(value);
    return value;
  }

  literal(value: bigint, span: Span, text = `${value}`): TypedExpression | undefined {
    if (value >= 1n << 64n || value < -(1n << 63n)) {
      return this.error("TB3013", span, `integer ${text} does not fit in 64 bits`);
    }
    return this.markLiteral(constant(value, literalType(value), span));
  }

  // ------------------------------------------------------------------------------------------------- names

  private identifier(node: Identifier): TypedExpression | undefined {
    const { name, span } = node;
    const define = this.program.definitions.define(name);
    if (typeof define === "string") return stringConstant(define, span);
    if (define !== undefined) return this.literal(define, span);
    const entry = findBuiltin(name);
    if (entry !== undefined) {
      return this.builtin(entry, [], span, false, name);
    }
    const enumerator = this.program.definitions.enumerator(name);
    if (enumerator !== undefined) return constant(enumerator.value, enumerator.type, span);
    const hint = didYouMean(name, [...builtinNames(), ...this.program.definitions.constantNames()]);
    return this.error("TB2001", span, `Unknown identifier: '${name}'`, hint);
  }

  /** `$1` as a number if it looks like one, else as text; 0 when missing. */
  private positional(index: number, span: Span): TypedExpression | undefined {
    const text = this.program.options.params[index - 1];
    if (text === undefined) return this.literal(0n, span);
    const number = positionalNumber(text);
    return number === undefined ? stringConstant(text, span) : this.literal(number, span);
  }

  private variable(name: string, span: Span): TypedExpression | undefined {
    const found = this.lookUp(name);
    if (found === undefined) {
      const names = this.scopes.flatMap((scope) => [...scope.keys()]);
      return this.error(
        "TB2003",
        span,
        `Undefined or undeclared variable: ${shown(name)}`,
        didYouMean(name, names),
      );
    }
    const { type } = found.state;
    if (type === undefined) {
      return this.final && found.state.poisoned !== true
        ? this.error(
            "TB2003",
            span,
            `Could not resolve the type of variable ${shown(name)}`,
            "assign it a value",
          )
        : undefined;
    }
    return { kind: "local", local: found.id, type, span };
  }

  // -------------------------------------------------------------------------------------------------- maps

  /** The map and its converted key; notes how it is used. */
  mapPlace(
    node: MapRef,
  ): { readonly state: MapState; readonly key: TypedExpression | undefined } | undefined {
    const state = this.env.map(node.name, node.span);
    const keyed = node.keys !== undefined;
    if (!this.noteKeyed(state, keyed, node.span)) return undefined;
    if (node.keys === undefined) return { state, key: undefined };
    const key = this.keyOf(node.keys, node.span);
    if (key === undefined) return undefined;
    const converted = this.mapKey(state, key);
    return converted === undefined ? undefined : { state, key: converted };
  }

  noteKeyed(state: MapState, keyed: boolean, span: Span): boolean {
    if (state.keyed === undefined) {
      state.keyed = keyed;
      this.env.changed = true;
    }
    if (state.keyed === keyed) return true;
    this.error(
      "TB3007",
      span,
      keyed
        ? `${state.name} used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)`
        : `${state.name} used as a map without an explicit key (scalar map), previously used with an explicit key (non-scalar map)`,
    );
    return false;
  }

  private keyOf(keys: readonly Expression[], span: Span): TypedExpression | undefined {
    const values = this.all(keys);
    const [first] = values ?? [];
    if (values === undefined || first === undefined) return undefined;
    if (values.length === 1) return first;
    return {
      kind: "tuple",
      elements: values,
      type: { kind: "tuple", elements: values.map((value) => value.type) },
      span,
    };
  }

  mapKey(state: MapState, key: TypedExpression): TypedExpression | undefined {
    const known = state.key;
    if (key.type.kind === "pointer" && key.type.space === "ctx") {
      return this.error("TB3006", key.span, "context cannot be part of a map key");
    }
    if (!this.env.growKey(state, key.type)) {
      return this.error(
        "TB3006",
        key.span,
        `Argument mismatch for ${state.name}: trying to access with arguments: '${printType(settle(key.type))}' when map expects arguments: '${known === undefined ? "?" : printType(settle(known))}'`,
      );
    }
    return state.key === undefined ? undefined : convert(key, state.key);
  }

  private mapRead(node: MapRef): TypedExpression | undefined {
    const place = this.mapPlace(node);
    if (place === undefined) return undefined;
    const { value } = place.state;
    if (value === undefined) {
      if (!this.final || place.state.poisoned === true) return undefined;
      const names = [...this.env.maps.values()]
        .filter((map) => map.value !== undefined)
        .map((map) => map.name);
      return this.error("TB2004", node.span, `Undefined map: ${node.name}`, didYouMean(node.name, names));
    }
    const type = value.kind === "aggregate" ? (aggregateResult(value.aggregate) ?? value) : value;
    return { kind: "map", map: place.state.id, key: place.key, type, span: node.span };
  }

  // ------------------------------------------------------------------------------------------------- calls

  call(node: Call, discarded: boolean): TypedExpression | undefined {
    const entry = findBuiltin(node.name);
    if (entry === undefined) {
      const hint = didYouMean(node.name, builtinNames());
      return this.error("TB2002", node.nameSpan, `Unknown function: '${node.name}'`, hint);
    }
    return this.builtin(entry, node.args, node.span, discarded, node.name);
  }

  private builtin(
    entry: BuiltinEntry,
    args: readonly (Expression | TypeName)[],
    span: Span,
    discarded: boolean,
    written: string,
  ): TypedExpression | undefined {
    if (entry.kind === "aggregation") {
      return this.error(
        "TB3008",
        span,
        `${written}() should be assigned to a map`,
        `for example: @ = ${written}(…)`,
      );
    }
    const site = new BuiltinCall(this, entry, args, span, discarded, written);
    return site.check() ? entry.rule?.(site) : undefined;
  }

  // ---------------------------------------------------------------------------------- members and elements

  private fieldAccess(node: FieldAccess): TypedExpression | undefined {
    const object = this.expression(node.object);
    return object === undefined ? undefined : this.field(object, node.name, node.nameSpan, node.span);
  }

  field(object: TypedExpression, name: string, nameSpan: Span, span: Span): TypedExpression | undefined {
    const { type } = object;
    if (type.kind === "record") {
      const index = type.fields.findIndex((field) => field.name === name);
      const found = type.fields[index];
      if (found !== undefined) return { kind: "element", tuple: object, index, type: found.type, span };
      return this.noField(
        name,
        "record",
        type.fields.map((field) => field.name),
        nameSpan,
      );
    }
    if (type.kind === "pointer" && type.to.kind === "record") {
      const pointee: TypedExpression = {
        kind: "dereference",
        pointer: object,
        type: type.to,
        span: object.span,
      };
      return this.field(pointee, name, nameSpan, span);
    }
    const struct =
      type.kind === "struct"
        ? type
        : type.kind === "pointer" && type.to.kind === "struct"
          ? type.to
          : undefined;
    if (struct === undefined) {
      return this.error(
        "TB3012",
        nameSpan,
        `Can not access field '${name}' on expression of type '${printType(settle(type))}'`,
        integerOf(type) === undefined ? undefined : `cast it to a pointer first: ((struct NAME *)x).${name}`,
      );
    }
    const path = memberPath(struct, name);
    if (path === undefined) {
      const common = name.startsWith("common_") && struct.key.startsWith("args:");
      if (common)
        return this.error("TB2005", nameSpan, "BPF does not support accessing common tracepoint fields");
      return this.noField(name, printType(struct), memberNames(struct), nameSpan);
    }
    let at: TypedExpression =
      type.kind === "pointer"
        ? { kind: "dereference", pointer: object, type: struct, span: object.span }
        : object;
    for (const member of path) at = { kind: "field", object: at, member, type: member.type, span };
    return at;
  }

  private noField(name: string, of: string, names: readonly string[], span: Span): undefined {
    return this.error("TB2005", span, `${of} does not have a field named '${name}'`, didYouMean(name, names));
  }

  private tupleAccess(
    object: TypedExpression | undefined,
    index: number,
    span: Span,
  ): TypedExpression | undefined {
    if (object === undefined) return undefined;
    if (object.type.kind !== "tuple") {
      return this.error(
        "TB3011",
        span,
        `Can not access index '${index}' on expression of type '${printType(settle(object.type))}'`,
      );
    }
    const type = object.type.elements[index];
    if (type === undefined) {
      return this.error(
        "TB3011",
        span,
        `Invalid tuple index: ${index}. Found ${object.type.elements.length} elements in tuple.`,
      );
    }
    return { kind: "element", tuple: object, index, type, span };
  }

  private arrayAccess(node: ArrayAccess): TypedExpression | undefined {
    const object = this.expression(node.object);
    const index = this.value(node.index);
    if (object === undefined || index === undefined) return undefined;
    const { type } = object;
    if (type.kind === "tuple") {
      if (index.kind !== "constant")
        return this.error("TB3011", node.index.span, "a tuple's index must be a constant");
      return this.tupleAccess(object, Number(index.value), node.span);
    }
    const indexType = integerOf(index.type);
    if (indexType === undefined || (index.kind === "constant" && index.value < 0n)) {
      return this.error(
        "TB3011",
        node.index.span,
        `The array index operator [] only accepts non-negative integer indices. Got: ${printType(settle(index.type))}`,
      );
    }
    const at = convert(index, int64);
    if (type.kind === "array") {
      if (index.kind === "constant" && type.length > 0 && index.value >= BigInt(type.length)) {
        return this.error(
          "TB3011",
          node.index.span,
          `the index ${index.value} is out of bounds for array of size ${type.length}`,
        );
      }
      return { kind: "index", array: object, index: at, type: type.element, span: node.span };
    }
    if (type.kind === "string") {
      const chars: Type = {
        kind: "array",
        element: { kind: "int", bits: 8, signed: true },
        length: type.size,
      };
      return {
        kind: "index",
        array: convert(object, chars),
        index: at,
        type: chars.element,
        span: node.span,
      };
    }
    if (type.kind === "pointer") {
      if (type.to.kind === "void") {
        return this.error(
          "TB3011",
          node.span,
          "The array index operator [] cannot be used on a pointer to an unsized type (void *).",
        );
      }
      const pointer: TypedExpression = {
        kind: "pointer_add",
        pointer: object,
        index: at,
        type,
        span: node.span,
      };
      return { kind: "dereference", pointer, type: type.to, span: node.span };
    }
    return this.error(
      "TB3011",
      node.span,
      `The array index operator [] can only be used on arrays and pointers, found ${printType(settle(type))}.`,
    );
  }

  private addressOf(operand: Expression, span: Span): TypedExpression | undefined {
    const place = this.place(operand);
    if (place === undefined) return undefined;
    const { type } = place;
    if (type === undefined) return undefined;
    if (place.target.kind === "local") this.addressed.add(place.target.local);
    const space = place.target.kind === "local" ? "local" : "map";
    return { kind: "address_of", target: place.target, type: { kind: "pointer", to: type, space }, span };
  }

  // --------------------------------------------------------------------------------------------- operators

  /** What `++`, `&` and `+=` work on, with its type as known so far. */
  place(
    node: Expression,
  ):
    | { readonly target: Place; readonly type: Type | undefined; readonly grow: (type: Type) => boolean }
    | undefined {
    if (node.kind === "variable") {
      const found = this.lookUp(node.name);
      if (found === undefined) {
        return this.error("TB2003", node.span, `Undefined or undeclared variable: ${shown(node.name)}`);
      }
      const { state } = found;
      return {
        target: { kind: "local", local: found.id },
        type: state.type,
        grow: (type) => this.env.growVariable(state, type),
      };
    }
    if (node.kind === "map") {
      const place = this.mapPlace(node);
      if (place === undefined) return undefined;
      const { state } = place;
      if (state.value?.kind === "aggregate") {
        return this.error(
          "TB3008",
          node.span,
          `Type mismatch for ${state.name}: trying to assign value of type 'int64' when map already has a type '${printType(state.value)}'`,
        );
      }
      return {
        target: { kind: "map", map: state.id, key: place.key },
        type: state.value,
        grow: (type) => this.env.growValue(state, type),
      };
    }
    return this.error("TB3009", node.span, "only variables and maps can be changed");
  }

  private unary(node: Unary): TypedExpression | undefined {
    const { operator, span } = node;
    if (operator === "++x" || operator === "--x" || operator === "x++" || operator === "x--")
      return this.step(node);
    const value = this.value(node.operand);
    if (value === undefined) return undefined;
    const { type } = value;
    const refuse = (): undefined =>
      this.error(
        "TB3002",
        span,
        `The ${operator} operator can not be used on expressions of type '${printType(settle(type))}'`,
      );
    if (operator === "*") {
      if (type.kind !== "pointer") {
        // An address without a type is read as 64 bits, as `*kaddr("x")` is meant.
        if (integerOf(type) === undefined) return refuse();
        const pointer = convert(value, { kind: "pointer", to: uint64, space: this.probe.space });
        return { kind: "dereference", pointer, type: uint64, span };
      }
      if (type.to.kind === "void")
        return this.error("TB3002", span, "a void * cannot be dereferenced: cast it first");
      return { kind: "dereference", pointer: value, type: type.to, span };
    }
    if (operator === "!") {
      const condition = truth(value);
      if (condition === undefined) return refuse();
      if (condition.kind === "constant" && this.isLiteral(value)) {
        return this.markLiteral(constant(1n - condition.value, boolType, span));
      }
      return { kind: "not", value: condition, type: boolType, span };
    }
    const integer = integerOf(type);
    if (integer === undefined) return refuse();
    if (operator === "+") return value;
    if (value.kind === "constant" && this.literals.has(value)) {
      const folded = operator === "-" ? -value.value : ~value.value;
      return this.literal(folded, span);
    }
    const wide = operator === "-" ? int64 : integer.signed ? int64 : uint64;
    return { kind: operator === "-" ? "negate" : "invert", value: convert(value, wide), type: wide, span };
  }

  private step(node: Unary): TypedExpression | undefined {
    const { operator, span } = node;
    const place = this.place(node.operand);
    if (place === undefined) return undefined;
    const down = operator === "--x" || operator === "x--";
    const result = operator.startsWith("x") ? "before" : "after";
    let type = place.type;
    if (type?.kind === "pointer") {
      const step = BigInt(Math.max(1, sizeOf(type.to)));
      return { kind: "step", target: place.target, step: down ? -step : step, result, type, span };
    }
    if (type === undefined && place.target.kind === "local" && !this.final) return undefined;
    const integer = type === undefined ? int64 : integerOf(type);
    if (integer === undefined) {
      return this.error(
        "TB3002",
        span,
        `The ${down ? "--" : "++"} operator can not be used on expressions of type '${printType(settle(type ?? int64))}'`,
      );
    }
    const wide = integer.signed || down ? int64 : uint64;
    // A place declared with a narrower type keeps it.
    if (!place.grow(wide)) type = wide;
    const now = this.place(node.operand)?.type ?? wide;
    return { kind: "step", target: place.target, step: down ? -1n : 1n, result, type: now, span };
  }

  private binary(node: Binary): TypedExpression | undefined {
    const { operator } = node;
    if (operator === "&&" || operator === "||") return this.logical(node, operator);
    const left = this.value(node.left);
    const right = this.value(node.right);
    if (left === undefined || right === undefined) return undefined;
    return this.combine(operator, left, right, node.span);
  }

  private logical(node: Binary, operator: "&&" | "||"): TypedExpression | undefined {
    const left = this.condition(node.left);
    if (left?.kind === "constant" && this.isLiteral(left) && (left.value !== 0n) === (operator === "||"))
      return left;
    const right = this.condition(node.right);
    if (left === undefined || right === undefined) return undefined;
    if (left.kind === "constant" && this.isLiteral(left)) return right;
    return { kind: "logical", operator, left, right, type: boolType, span: node.span };
  }

  /** A bool, from whatever has a truth. */
  condition(node: Expression): TypedExpression | undefined {
    const value = this.value(node);
    if (value === undefined) return undefined;
    const condition = truth(value);
    if (condition === undefined) {
      return this.error("TB3014", node.span, `Invalid condition: ${printType(settle(value.type))}`);
    }
    if (condition.kind === "constant" && this.isLiteral(value)) this.literals.add(condition);
    return condition;
  }

  /** `left operator right` for all but `&&` and `||`. */
  combine(
    operator: Exclude<BinaryOperator, "&&" | "||">,
    left: TypedExpression,
    right: TypedExpression,
    span: Span,
  ): TypedExpression | undefined {
    if (
      left.kind === "constant" &&
      right.kind === "constant" &&
      this.literals.has(left) &&
      this.literals.has(right)
    ) {
      if (isComparison(operator)) {
        return this.markLiteral(
          constant(foldComparison(operator, left.value, right.value) ? 1n : 0n, boolType, span),
        );
      }
      const folded = foldArithmetic(operator, left.value, right.value);
      if (folded !== undefined) return this.literal(folded, span);
      if (right.value === 0n && (operator === "/" || operator === "%")) {
        return this.error("TB3002", span, "unable to fold: division by zero");
      }
    }
    if (left.type.kind === "pointer" || right.type.kind === "pointer") {
      return this.combinePointers(operator, left, right, span);
    }
    return isComparison(operator)
      ? this.compare(operator, left, right, span)
      : this.arithmetic(operator, left, right, span);
  }

  private refuseOperator(
    operator: string,
    left: TypedExpression,
    right: TypedExpression,
    span: Span,
  ): undefined {
    return this.error(
      "TB3002",
      span,
      `The ${operator} operator can not be used on expressions of types ${printType(settle(left.type))}, ${printType(settle(right.type))}`,
    );
  }

  private compare(
    operator: "==" | "!=" | "<" | "<=" | ">" | ">=",
    left: TypedExpression,
    right: TypedExpression,
    span: Span,
  ): TypedExpression | undefined {
    const make = (a: TypedExpression, b: TypedExpression): TypedExpression => ({
      kind: "compare",
      operator,
      left: a,
      right: b,
      type: boolType,
      span,
    });
    const a = arithmeticOperand(left.type);
    const b = arithmeticOperand(right.type);
    if (a !== undefined && b !== undefined) {
      if (left.type.kind === "bool" && right.type.kind === "bool") return make(left, right);
      this.warnSigns(operator, left, right, a, b, span);
      const type = comparisonType(a, b);
      return make(convert(left, type), convert(right, type));
    }
    const mismatch = (): undefined =>
      this.error(
        "TB3002",
        span,
        `Type mismatch for '${operator}': comparing ${printType(settle(left.type))} with ${printType(settle(right.type))}`,
      );
    if (left.type.kind === "string" && right.type.kind === "string") {
      if (operator !== "==" && operator !== "!=") return this.refuseOperator(operator, left, right, span);
      if (left.kind === "string" && right.kind === "string") {
        const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);
        const equal = foldComparison(operator, text(left.bytes), text(right.bytes));
        return this.markLiteral(constant(equal ? 1n : 0n, boolType, span));
      }
      return make(left, right);
    }
    const common = left.type.kind === right.type.kind ? promote(left.type, right.type) : undefined;
    if (common === undefined) return mismatch();
    if (operator !== "==" && operator !== "!=" && common.kind !== "symbol") {
      return this.refuseOperator(operator, left, right, span);
    }
    return make(convert(left, common), convert(right, common));
  }

  private warnSigns(
    operator: string,
    left: TypedExpression,
    right: TypedExpression,
    a: IntType,
    b: IntType,
    span: Span,
  ): void {
    if (a.flexible === true || b.flexible === true || a.signed === b.signed) return;
    // A constant that both signs can hold is no trap.
    for (const side of [left, right]) if (side.kind === "constant" && side.value >= 0n) return;
    if (!["<", "<=", ">", ">="].includes(operator)) return;
    this.warn(
      "TB3023",
      span,
      `comparison of integers of different signs: '${printType(a)}' and '${printType(b)}' can lead to undefined behavior`,
    );
  }

  private arithmetic(
    operator: TypedArithmetic,
    left: TypedExpression,
    right: TypedExpression,
    span: Span,
  ): TypedExpression | undefined {
    const a = arithmeticOperand(left.type);
    const b = arithmeticOperand(right.type);
    if (a === undefined || b === undefined) {
      if (operator === "+" && left.kind === "string" && right.kind === "string") {
        const bytes = new Uint8Array([...left.bytes, ...right.bytes]);
        return { kind: "string", bytes, type: { kind: "string", size: bytes.length + 1 }, span };
      }
      return this.refuseOperator(operator, left, right, span);
    }
    if (dividesSigned(operator, a, b) && !this.program.target.features.cpuV4) {
      this.warn(
        "TB3023",
        span,
        `signed operands for '${operator}' can lead to undefined behavior (cast to unsigned to silence warning)`,
      );
    }
    const type = arithmeticType(operator, a, b);
    const shift = operator === "<<" || operator === ">>";
    const count = shift ? convert(right, b.signed ? int64 : uint64) : convert(right, type);
    return { kind: "arithmetic", operator, left: convert(left, type), right: count, type, span };
  }

  private combinePointers(
    operator: Exclude<BinaryOperator, "&&" | "||">,
    left: TypedExpression,
    right: TypedExpression,
    span: Span,
  ): TypedExpression | undefined {
    if (isComparison(operator)) {
      const scalar = (side: TypedExpression): boolean =>
        side.type.kind === "pointer" || integerOf(side.type) !== undefined || side.type.kind === "bool";
      if (!scalar(left) || !scalar(right)) {
        return this.error(
          "TB3002",
          span,
          `Type mismatch for '${operator}': comparing ${printType(settle(left.type))} with ${printType(settle(right.type))}`,
        );
      }
      return {
        kind: "compare",
        operator,
        left: convert(left, uint64),
        right: convert(right, uint64),
        type: boolType,
        span,
      };
    }
    const [pointer, index] = left.type.kind === "pointer" ? [left, right] : [right, left];
    const { type } = pointer;
    if (type.kind !== "pointer" || arithmeticOperand(index.type) === undefined) {
      return this.refuseOperator(operator, left, right, span);
    }
    if (operator === "-" && left.type.kind !== "pointer")
      return this.refuseOperator(operator, left, right, span);
    if (operator === "+" || operator === "-") {
      const wide = convert(index, int64);
      const by: TypedExpression =
        operator === "+"
          ? wide
          : wide.kind === "constant"
            ? { ...wide, value: -wide.value }
            : { kind: "negate", value: wide, type: int64, span };
      return { kind: "pointer_add", pointer, index: by, type, span };
    }
    // Masks on addresses are common: `ptr & ~0xfff` is a number.
    return this.arithmetic(operator, convert(left, uint64), convert(right, uint64), span);
  }

  private ternary(node: Ternary): TypedExpression | undefined {
    const condition = this.condition(node.condition);
    const then = this.expression(node.then ?? node.condition);
    const otherwise = this.expression(node.otherwise);
    if (condition?.kind === "constant" && this.isLiteral(condition))
      return condition.value !== 0n ? then : otherwise;
    return this.choice(condition, then, otherwise, node.span);
  }

  private choice(
    condition: TypedExpression | undefined,
    then: TypedExpression | undefined,
    otherwise: TypedExpression | undefined,
    span: Span,
  ): TypedExpression | undefined {
    if (condition === undefined || then === undefined || otherwise === undefined) return undefined;
    const type = promote(then.type, otherwise.type);
    if (type === undefined || type.kind === "aggregate") {
      return this.error(
        "TB3002",
        span,
        `Ternary operator must return the same type: have '${printType(settle(then.type))}' and '${printType(settle(otherwise.type))}'`,
      );
    }
    if (type.kind === "void") return { kind: "ternary", condition, then, otherwise, type, span };
    return {
      kind: "ternary",
      condition,
      then: convert(then, type),
      otherwise: convert(otherwise, type),
      type,
      span,
    };
  }

  private blockValue(block: Block, span: Span): TypedExpression | undefined {
    return this.inScope(() => {
      const body = this.blockStatements(block);
      if (block.result === undefined) {
        return this.error(
          "TB3025",
          span,
          "this block has no value: its last expression ends with a semicolon",
        );
      }
      const result = this.expression(block.result);
      if (result === undefined) return undefined;
      if (body.length === 0) return result;
      return { kind: "block", body, result, type: result.type, span };
    });
  }

  // ------------------------------------------------------------------------------------------------- types

  private cast(node: Cast): TypedExpression | undefined {
    const value = this.value(node.operand);
    if (value === undefined) return undefined;
    const space = this.spaceOf(value);
    const type = this.typeName(node.type, space, value);
    if (type === undefined) return undefined;
    return this.castTo(this.widened(value, type), type, node.span);
  }

  /** A literal that is cast to an array fills it. */
  private widened(value: TypedExpression, type: Type): TypedExpression {
    if (type.kind !== "array" || value.kind !== "constant" || !this.literals.has(value)) return value;
    const bits = [8, 16, 32, 64].find((each) => each === sizeOf(type) * 8);
    return bits === 8 || bits === 16 || bits === 32 || bits === 64
      ? convert(value, intType(bits, true))
      : value;
  }

  private castTo(value: TypedExpression, type: Type, span: Span): TypedExpression | undefined {
    const from = value.type;
    const refuse = (): undefined =>
      this.error(
        "TB3010",
        span,
        `Cannot cast from "${printType(settle(from))}" to "${printType(settle(type))}"`,
      );
    const at = { ...value, span };
    const scalar = arithmeticOperand(from) !== undefined || from.kind === "pointer" || from.kind === "symbol";
    switch (type.kind) {
      case "int":
      case "enum":
      case "bool":
      case "pointer":
        if (scalar) return from.kind === "symbol" ? convert(convert(at, uint64), type) : convert(at, type);
        if ((from.kind === "array" || from.kind === "string") && sizeOf(from) === sizeOf(type))
          return convert(at, type);
        if (from.kind === "array" && type.kind === "pointer") return convert(at, type);
        return refuse();
      case "array": {
        const integerArray = arithmeticOperand(type.element) !== undefined;
        const fits = sizeOf(from) === sizeOf(type) || from.kind === "string";
        if (!integerArray || (!scalar && from.kind !== "array" && from.kind !== "string") || !fits)
          return refuse();
        return convert(at, type);
      }
      case "string":
        return from.kind === "string" || (from.kind === "array" && sizeOf(from.element) === 1)
          ? convert(at, type)
          : refuse();
      case "struct":
        return this.error(
          "TB3010",
          span,
          `Cannot cast to "${printType(type)}"`,
          `cast to a pointer: (${printType(type)} *)`,
        );
      default:
        return equalTypes(from, type) ? at : promote(type, from) === undefined ? refuse() : convert(at, type);
    }
  }

  operandType(operand: TypeName | Expression): Type | undefined {
    if (isTypeName(operand)) return this.typeName(operand);
    const value = this.expression(operand);
    return value === undefined ? undefined : settle(value.type);
  }

  private offsetOf(node: OffsetOf): TypedExpression | undefined {
    let type = this.operandType(node.of);
    if (type?.kind === "pointer") type = type.to;
    let offset = 0;
    for (const name of node.path) {
      if (type === undefined) return undefined;
      if (type.kind !== "struct") {
        return this.error("TB3012", node.span, `'${printType(settle(type))}' is not a C type.`);
      }
      const path = memberPath(type, name);
      const last = path?.at(-1);
      if (path === undefined || last === undefined) {
        return this.error(
          "TB2005",
          node.span,
          `'${printType(type)}' has no field named '${name}'`,
          didYouMean(name, memberNames(type)),
        );
      }
      offset += path.reduce((sum, member) => sum + member.offset, 0);
      type = last.type;
    }
    return constant(BigInt(offset), uint64, node.span);
  }

  /** Where an address lies: by its type, by where it came from, else by the probe. */
  spaceOf(value: TypedExpression): PointerSpace {
    if (value.type.kind === "pointer") return value.type.space;
    return this.originOf(value) ?? this.probe.space;
  }

  /** The address space an integer or piece of memory came from. */
  private originOf(value: TypedExpression): PointerSpace | undefined {
    if (value.type.kind === "pointer") return value.type.space;
    switch (value.kind) {
      case "convert":
      case "negate":
      case "invert":
        return this.originOf(value.value);
      case "arithmetic":
        return this.originOf(value.left) ?? this.originOf(value.right);
      case "local":
        return this.variables.get(value.local)?.space;
      case "field":
        return this.memoryOf(value.object);
      case "index":
        return this.memoryOf(value.array);
      case "dereference":
        return this.memoryOf(value);
      case "call":
        // An address found when compiling is the kernel's.
        return value.call.numbers !== undefined && value.call.text !== undefined ? "kernel" : undefined;
      default:
        return undefined;
    }
  }

  /** The memory something lies in; undefined for what is ours: it tells nothing of the addresses kept there. */
  private memoryOf(value: TypedExpression): PointerSpace | undefined {
    switch (value.kind) {
      case "field":
        return this.memoryOf(value.object);
      case "index":
        return this.memoryOf(value.array);
      case "dereference": {
        const space = value.pointer.type.kind === "pointer" ? value.pointer.type.space : undefined;
        return space === "kernel" || space === "user" ? space : undefined;
      }
      default:
        return undefined;
    }
  }

  /** May a literal stand where this type is wanted? Reports one out of range. */
  literalFits(value: TypedExpression, type: Type): boolean {
    const from = integerOf(value.type);
    const to = integerOf(type);
    if (value.kind !== "constant" || from === undefined || to === undefined || !this.literals.has(value))
      return true;
    return (
      integerFits(from.flexible === true ? literalRange(value.value) : from, to) || inRange(value.value, to)
    );
  }
}

function literalRange(value: bigint): IntType {
  return literalType(value);
}

function inRange(value: bigint, type: IntType): boolean {
  const bits = BigInt(type.bits);
  return type.signed
    ? value >= -(1n << (bits - 1n)) && value < 1n << (bits - 1n)
    : value >= 0n && value < 1n << bits;
}

/** What arithmetic and comparison take as an integer: integers, enums and bools. */
function arithmeticOperand(type: Type): IntType | undefined {
  if (type.kind === "bool") return { kind: "int", bits: 8, signed: false };
  return integerOf(type);
}

/** A number as the command line writes it: decimal, hex, octal, with a sign; undefined: text. */
export function positionalNumber(text: string): bigint | undefined {
  const match = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "0";
  const value = /^0\d+$/.test(digits) && /^[0-7]+$/.test(digits) ? BigInt(`0o${digits}`) : BigInt(digits);
  return match[1] === "-" ? -value : value;
}

/** A variable's name without the mark that macro expansion gave it. */
export function shown(name: string): string {
  return name.replace(/#\d+$/, "");
}

const TYPE_KINDS: ReadonlySet<string> = new Set([
  "type_name",
  "type_pointer",
  "type_array",
  "type_tuple",
  "typeof",
]);

export function isTypeName(node: Expression | TypeName): node is TypeName {
  return TYPE_KINDS.has(node.kind);
}
