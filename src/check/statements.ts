/** Statements: scopes, assignments, control flow. */
import type { Assignment, Block, For, If, MapRef, Statement, VariableDeclaration } from "../ast/ast.js";
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import type { BuiltinEntry } from "../lang/builtin.js";
import { findBuiltin } from "../lang/index.js";
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
import { printType } from "../types/print.js";
import { int64, type Type } from "../types/type.js";
import { BuiltinCall } from "./call-site.js";
import type { ProgramContext } from "./context.js";
import { constant, convert } from "./conversion.js";
import type { Environment } from "./environment.js";
import { Expressions, shown, type Variable } from "./expressions.js";
import type { LocalId, TypedExpression, TypedLocal, TypedStatement } from "./typed-program.js";

/** Copies an unroll may ask for: more would not fit a program. */
const GREATEST_UNROLL = 100n;

export class Statements extends Expressions {
  private readonly locals: Variable[] = [];

  constructor(
    program: ProgramContext,
    env: Environment,
    probe: ExpandedProbe,
    final: boolean,
    /** Number of the probe in the program: variables belong to it. */
    private readonly probeNumber: number,
  ) {
    super(program, env, probe, final);
  }

  /** Body of a probe. */
  body(block: Block): TypedStatement[] {
    return this.inScope(() => {
      const body = this.blockStatements(block);
      if (block.result !== undefined) body.push(...this.discarded(block.result));
      return body;
    });
  }

  typedLocals(): TypedLocal[] {
    return this.locals.map((variable) => ({
      name: shown(variable.name),
      type: settle(variable.state.type ?? int64),
      addressed: this.addressed.has(variable.id),
    }));
  }

  protected override inScope<T>(run: () => T): T {
    this.scopes.push(new Map());
    const result = run();
    this.scopes.pop();
    return result;
  }

  protected override blockStatements(block: Block): TypedStatement[] {
    return block.statements.flatMap((statement) => this.statement(statement));
  }

  private nested(block: Block): TypedStatement[] {
    return this.body(block);
  }

  private declare(name: string, node: NodeId): Variable {
    const variable: Variable = {
      id: this.locals.length as LocalId,
      name,
      state: this.env.variable(this.probeNumber, node),
    };
    this.locals.push(variable);
    this.variables.set(variable.id, variable.state);
    this.scopes.at(-1)?.set(name, variable);
    return variable;
  }

  // ----------------------------------------------------------------------------------------- the big switch

  private statement(node: Statement): TypedStatement[] {
    const { span } = node;
    switch (node.kind) {
      case "expression_statement":
        return this.discarded(node.expression);
      case "assignment":
        return this.assignment(node);
      case "let":
        return this.declaration(node);
      case "if":
        return this.conditional(node);
      case "while": {
        const condition = this.condition(node.condition);
        const body = this.loop(() => this.nested(node.body));
        return condition === undefined ? [] : [{ kind: "while", condition, body, span }];
      }
      case "unroll": {
        const count = this.value(node.count);
        const body = this.loop(() => this.nested(node.body));
        if (count === undefined) return [];
        if (count.kind !== "constant") {
          this.error("TB3013", node.count.span, "unroll: the count must be a constant");
          return [];
        }
        if (count.value < 1n || count.value > GREATEST_UNROLL) {
          this.error(
            "TB3013",
            node.count.span,
            count.value < 1n ? "unroll minimum value is 1" : `unroll maximum value is ${GREATEST_UNROLL}`,
          );
          return [];
        }
        return [{ kind: "unroll", count, body, span }];
      }
      case "for":
        return this.forLoop(node);
      case "jump":
        return this.jump(node);
      case "block_statement": {
        const body = this.nested(node.block);
        return [{ kind: "block", body, span }];
      }
    }
  }

  private loop<T>(run: () => T): T {
    this.loops++;
    const result = run();
    this.loops--;
    return result;
  }

  /** An expression as a statement. */
  private discarded(
    node: Extract<Statement, { kind: "expression_statement" }>["expression"],
  ): TypedStatement[] {
    const { span } = node;
    if (node.kind === "block_expression" && node.block.result === undefined) {
      return [{ kind: "block", body: this.nested(node.block), span }];
    }
    if (node.kind === "if_expression") {
      const { condition, comptime, then, otherwise } = node;
      return this.conditional({ kind: "if", id: node.id, span, comptime, condition, then, otherwise });
    }
    const value = node.kind === "call" ? this.call(node, true) : this.expression(node);
    if (value === undefined) return [];
    // What was decided when compiling leaves nothing to run.
    if (value.kind === "constant" && value.type.kind === "void") return [];
    if (value.kind === "ternary" && value.type.kind === "void") {
      const branch = (part: TypedExpression): TypedStatement[] => [
        { kind: "expression", value: part, span: part.span },
      ];
      const { condition, then, otherwise } = value;
      return [{ kind: "if", condition, then: branch(then), otherwise: branch(otherwise), span }];
    }
    const silent =
      value.kind === "step" || value.kind === "update" || value.kind === "call" || value.type.kind === "void";
    if (!silent && this.final)
      this.warn("TB3022", span, "Return value discarded.", "write `_ = …` to say that it is meant");
    return [{ kind: "expression", value, span }];
  }

  private conditional(node: If): TypedStatement[] {
    const { span } = node;
    const condition = this.condition(node.condition);
    const constantCondition = condition?.kind === "constant";
    if (node.comptime && !constantCondition) {
      if (condition !== undefined)
        this.error("TB3013", node.condition.span, "Unable to evaluate at compile time");
      return [];
    }
    // A branch that a constant closes is not even looked at: fail() may stand there.
    if (condition?.kind === "constant") {
      const branch = condition.value !== 0n ? node.then : node.otherwise;
      return branch === undefined ? [] : [{ kind: "block", body: this.nested(branch), span }];
    }
    const then = this.nested(node.then);
    const otherwise = node.otherwise === undefined ? [] : this.nested(node.otherwise);
    return condition === undefined ? [] : [{ kind: "if", condition, then, otherwise, span }];
  }

  private jump(node: Extract<Statement, { kind: "jump" }>): TypedStatement[] {
    const { span } = node;
    if (node.jump !== "return") {
      if (this.loops === 0) {
        this.error("TB3015", span, `${node.jump} must be inside a loop`);
        return [];
      }
      return [{ kind: node.jump, span }];
    }
    if (node.value === undefined) return [{ kind: "return", value: undefined, span }];
    const value = this.value(node.value);
    if (value === undefined) return [];
    if (integerOf(value.type) === undefined && value.type.kind !== "bool") {
      this.error(
        "TB3015",
        span,
        `Probe return values can only be integers. Found ${printType(settle(value.type))}`,
      );
      return [];
    }
    return [{ kind: "return", value: convert(value, int64), span }];
  }

  // ------------------------------------------------------------------------------------------------- loops

  private forLoop(node: For): TypedStatement[] {
    const { span } = node;
    if (this.lookUp(node.variable.name) !== undefined) {
      this.error(
        "TB2008",
        node.variable.span,
        `Loop declaration shadows existing variable: ${shown(node.variable.name)}`,
      );
      return [];
    }
    if (node.over.kind === "range") {
      const from = this.value(node.over.from);
      const to = this.value(node.over.to);
      for (const end of [from, to]) {
        if (end !== undefined && integerOf(end.type) === undefined) {
          this.error("TB3017", end.span, "Loop range requires an integer for both ends");
          return [];
        }
      }
      const type = from === undefined || to === undefined ? undefined : promote(from.type, to.type);
      return this.inScope(() => {
        const local = this.declare(node.variable.name, node.variable.id);
        if (type !== undefined) this.env.growVariable(local.state, type);
        else if (this.final) local.state.poisoned = true;
        const body = this.loop(() => this.nested(node.body));
        const own = local.state.type;
        if (from === undefined || to === undefined || own === undefined) return [];
        return [
          { kind: "for_range", local: local.id, from: convert(from, own), to: convert(to, own), body, span },
        ];
      });
    }
    if (node.over.kind !== "map" || node.over.keys !== undefined) {
      this.error(
        "TB3017",
        node.over.span,
        "a for loop goes over a map or a range",
        "for example: for ($kv : @map) { … }",
      );
      return [];
    }
    const over: MapRef = node.over;
    const state = this.env.map(over.name, over.span);
    if (state.keyed === false) {
      this.error(
        "TB3017",
        over.span,
        `${over.name} has no explicit keys (scalar map), and cannot be used for iteration`,
      );
      return [];
    }
    if (!this.program.target.features.forEachMapElem) {
      this.error(
        "TB5003",
        span,
        "Missing required kernel feature: for_each_map_elem",
        "Linux 5.13 or newer is needed",
      );
      return [];
    }
    const { key, value } = state;
    if (this.final && (key === undefined || value === undefined)) {
      if (state.poisoned !== true) this.error("TB2004", over.span, `Undefined map: ${over.name}`);
      return [];
    }
    const scalar = value?.kind === "aggregate" ? aggregateResult(value.aggregate) : value;
    if (value !== undefined && scalar === undefined) {
      this.error("TB3017", over.span, `a map of type ${printType(value)} cannot be iterated`);
      return [];
    }
    return this.inScope(() => {
      const local = this.declare(node.variable.name, node.variable.id);
      if (key !== undefined && scalar !== undefined) {
        const type: Type = { kind: "tuple", elements: [settle(key), settle(scalar)] };
        // It follows the map's types as they grow; it has none of its own.
        if (local.state.type === undefined || !equalTypes(local.state.type, type)) this.env.changed = true;
        local.state.type = type;
        local.state.fixed = true;
      }
      const body = this.loop(() => this.nested(node.body));
      return [{ kind: "for_map", local: local.id, map: state.id, body, span }];
    });
  }

  // ------------------------------------------------------------------------------------------- assignments

  private declaration(node: VariableDeclaration): TypedStatement[] {
    const { name, span } = node;
    if (this.lookUp(name) !== undefined) {
      this.error(
        "TB2008",
        span,
        `Variable ${shown(name)} was already declared. Variable shadowing is not allowed.`,
      );
      return [];
    }
    // The value is looked at before the name exists.
    const value = node.value === undefined ? undefined : this.value(node.value);
    const variable = this.declare(name, node.id);
    if (node.type !== undefined) {
      const type = this.typeName(node.type, undefined, value);
      if (type === undefined) return [];
      // `let $a : string = "x"` takes its size from the value.
      const open = node.type.kind === "type_name" && type.kind === "string";
      if (!open) {
        if (variable.state.type === undefined) this.env.changed = true;
        variable.state.type = type;
        variable.state.fixed = true;
      } else if (value === undefined && node.value === undefined) this.env.growVariable(variable.state, type);
    }
    if (node.value === undefined) {
      const { type } = variable.state;
      if (type === undefined) return [];
      // Every local starts as zero; in a loop it must become zero again.
      return this.loops > 0 && integerOf(type) !== undefined
        ? [{ kind: "set_local", local: variable.id, value: constant(0n, settle(type), span), span }]
        : [];
    }
    if (value === undefined && this.final) variable.state.poisoned = true;
    return value === undefined ? [] : this.setVariable(variable, value, span);
  }

  override assignVariable(
    name: string,
    value: TypedExpression,
    span: Span,
  ): readonly TypedStatement[] | undefined {
    const variable = this.lookUp(name);
    if (variable === undefined) {
      return this.error(
        "TB2003",
        span,
        `Undefined or undeclared variable: ${shown(name)}`,
        `declare it first: let ${shown(name)};`,
      );
    }
    return this.setVariable(variable, value, span);
  }

  private setVariable(variable: Variable, value: TypedExpression, span: Span): TypedStatement[] {
    const before = variable.state.type;
    const type = settle(value.type);
    const origin = this.spaceOf(value);
    if (origin === "kernel" || origin === "user") variable.state.space = origin;
    const mismatch = (): TypedStatement[] => {
      this.error(
        "TB3001",
        span,
        `Type mismatch for ${shown(variable.name)}: trying to assign value of type '${printType(type)}' when variable already has a type '${before === undefined ? "?" : printType(settle(before))}'`,
      );
      return [];
    };
    if (!this.env.growVariable(variable.state, value.type)) return mismatch();
    const own = variable.state.type;
    if (own === undefined) return [];
    if (variable.state.fixed) {
      const pointers = own.kind === "pointer" && (value.type.kind === "pointer" || isZero(value));
      const integers = integerOf(own) !== undefined && integerOf(value.type) !== undefined;
      if (!pointers && !integers && promote(own, value.type) === undefined) return mismatch();
      if (!this.literalFits(value, own)) return mismatch();
      if (own.kind === "string" && value.type.kind === "string" && value.type.size > own.size)
        return mismatch();
      const from = integerOf(value.type);
      const to = integerOf(own);
      if (
        this.final &&
        from !== undefined &&
        to !== undefined &&
        value.kind !== "constant" &&
        !integerFits(from, to)
      ) {
        this.warn(
          "TB3023",
          span,
          `${printType(settle(value.type))} is converted to ${printType(settle(own))}, which cannot hold all its values`,
        );
      }
    }
    return [{ kind: "set_local", local: variable.id, value: convert(value, own), span }];
  }

  private assignment(node: Assignment): TypedStatement[] {
    const { target, span } = node;
    if (node.operator !== undefined) return this.compound(node);
    if (target.kind === "identifier" && target.name === "_") {
      const value = this.expression(node.value);
      return value === undefined ? [] : [{ kind: "expression", value, span }];
    }
    if (target.kind === "variable") {
      const value = this.value(node.value);
      // Seen from the outermost block that assigns it first, as bpftrace scopes it.
      const variable = this.lookUp(target.name) ?? this.declare(target.name, node.id);
      if (value === undefined && this.final) variable.state.poisoned = true;
      return value === undefined ? [] : this.setVariable(variable, value, span);
    }
    if (target.kind === "map") {
      const { value } = node;
      if (value.kind === "block_expression" && value.block.result !== undefined) {
        const result = value.block.result;
        // `@ = { let $a = 1; avg($a) }`: the assignment moves to where the value is.
        if (result.kind === "call" && findBuiltin(result.name)?.kind === "aggregation") {
          const body = this.inScope(() => [
            ...this.blockStatements(value.block),
            ...this.assignment({ ...node, value: result }),
          ]);
          return [{ kind: "block", body, span }];
        }
      }
      const entry =
        node.value.kind === "call" || node.value.kind === "identifier"
          ? findBuiltin(node.value.name)
          : undefined;
      if (entry?.kind === "aggregation") return this.aggregate(target, entry, node, span);
      return this.setMap(target, node, span);
    }
    this.error("TB3009", target.span, "only variables and maps can be assigned to");
    return [];
  }

  /** After an error in what a map is given, its unknown type is no news. */
  private poison(target: MapRef): void {
    if (this.final) this.env.map(target.name, target.span).poisoned = true;
  }

  private setMap(target: MapRef, node: Assignment, span: Span): TypedStatement[] {
    const value = this.value(node.value);
    const place = this.mapPlace(target);
    if (value === undefined || place === undefined) {
      this.poison(target);
      return [];
    }
    const { state, key } = place;
    const before = state.value;
    if (value.type.kind === "pointer" && value.type.space === "ctx") {
      this.error("TB3025", span, "context cannot be assigned to a map");
      return [];
    }
    if (!this.env.growValue(state, value.type)) {
      this.error(
        "TB3001",
        span,
        `Type mismatch for ${state.name}: trying to assign value of type '${printType(settle(value.type))}' when map already has a type '${before === undefined ? "?" : printType(settle(before))}'`,
      );
      return [];
    }
    return state.value === undefined
      ? []
      : [{ kind: "set_map", map: state.id, key, value: convert(value, state.value), span }];
  }

  private aggregate(target: MapRef, entry: BuiltinEntry, node: Assignment, span: Span): TypedStatement[] {
    const args = node.value.kind === "call" ? node.value.args : [];
    const site = new BuiltinCall(this, entry, args, node.value.span, false, entry.name);
    const place = this.mapPlace(target);
    const use = site.check() ? entry.aggregate?.(site) : undefined;
    if (use === undefined || place === undefined) {
      this.poison(target);
      return [];
    }
    const { state, key } = place;
    const before = state.value;
    const type: Type = { kind: "aggregate", aggregate: use.aggregate };
    if (!this.env.growValue(state, type)) {
      this.error(
        "TB3001",
        span,
        `Type mismatch for ${state.name}: trying to assign value of type '${printType(type)}' when map already has a type '${before === undefined ? "?" : printType(settle(before))}'`,
      );
      return [];
    }
    return [{ kind: "aggregate", map: state.id, key, args: use.args, span }];
  }

  /** `place op= value`: the place is worked out once. */
  private compound(node: Assignment): TypedStatement[] {
    const { target, operator, span } = node;
    if (operator === undefined || operator === "&&" || operator === "||") return [];
    const place = this.place(target);
    const value = this.value(node.value);
    if (place === undefined || value === undefined) return [];
    if (place.type === undefined && place.target.kind === "local") {
      if (this.final) this.error("TB2003", target.span, "Undefined or undeclared variable");
      return [];
    }
    // An unset map element is a zero that adapts to what is added.
    const current: TypedExpression = {
      ...(place.target.kind === "local"
        ? { kind: "local", local: place.target.local }
        : { kind: "map", map: place.target.map, key: place.target.key }),
      type: place.type ?? literalType(0n),
      span: target.span,
    };
    const result = this.combine(operator, current, value, span);
    if (result === undefined) return [];
    if (!place.grow(result.type)) {
      this.error(
        "TB3001",
        span,
        `Type mismatch: trying to assign value of type '${printType(settle(result.type))}' to one of type '${printType(settle(current.type))}'`,
      );
      return [];
    }
    const type = settle(this.place(target)?.type ?? result.type);
    if (result.kind !== "arithmetic" || integerOf(type) === undefined) {
      const stored = convert(result, type);
      return place.target.kind === "local"
        ? [{ kind: "set_local", local: place.target.local, value: stored, span }]
        : [{ kind: "set_map", map: place.target.map, key: place.target.key, value: stored, span }];
    }
    const shift = result.operator === "<<" || result.operator === ">>";
    const update: TypedExpression = {
      kind: "update",
      target: place.target,
      operator: result.operator,
      value: shift ? result.right : convert(value, type),
      type,
      span,
    };
    return [{ kind: "expression", value: update, span }];
  }
}

function isZero(value: TypedExpression): boolean {
  return value.kind === "constant" && value.value === 0n;
}
