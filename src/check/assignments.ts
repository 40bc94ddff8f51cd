/** Assignments. */
import type { Assignment, MapRef } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { BuiltinEntry } from "../lang/builtin.js";
import { findBuiltin } from "../lang/index.js";
import { aggregateResult, integerOf, literalType, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import type { Type } from "../types/type.js";
import { combine } from "./binary.js";
import { BuiltinCall } from "./call-site.js";
import type { Checker } from "./checker.js";
import { coerce, warnOfCast } from "./coerce.js";
import { convert } from "./conversion.js";
import { keptArguments } from "./kept-arguments.js";
import { literalFits } from "./literals.js";
import { mapPlace } from "./map-access.js";
import { placeOf } from "./places.js";
import type { TypedExpression, TypedStatement } from "./typed-program.js";
import { setVariable, variableValue } from "./variables.js";

export function assignment(c: Checker, node: Assignment): TypedStatement[] {
  const { target, span } = node;
  if (node.operator !== undefined) return compound(c, node);
  if (target.kind === "identifier" && target.name === "_") {
    const value = c.expression(node.value);
    return value === undefined ? [] : [{ kind: "expression", value, span }];
  }
  if (target.kind === "variable") {
    const value = variableValue(c, node.value);
    // Seen from the outermost block that assigns it first, as bpftrace scopes it.
    const variable = c.lookUp(target.name) ?? c.declare(target.name, node.id);
    if (value === undefined && c.final) variable.state.poisoned = true;
    return value === undefined ? [] : setVariable(c, variable, value, span);
  }
  if (target.kind === "map") {
    const { value } = node;
    if (value.kind === "block_expression" && value.block.result !== undefined) {
      const result = value.block.result;
      // `@ = { let $a = 1; avg($a) }`: the assignment moves to where the value is.
      if (result.kind === "call" && findBuiltin(result.name)?.kind === "aggregation") {
        const body = c.inScope(() => [
          ...c.statements(value.block),
          ...assignment(c, { ...node, value: result }),
        ]);
        return [{ kind: "block", body, span }];
      }
    }
    const entry =
      node.value.kind === "call" || node.value.kind === "identifier"
        ? findBuiltin(node.value.name)
        : undefined;
    if (entry?.kind === "aggregation") return aggregate(c, target, entry, node, span);
    return setMap(c, target, node, span);
  }
  const isPart = target.kind === "tuple_access" || target.kind === "field";
  if (isPart && (target.object.kind === "variable" || target.object.kind === "map")) {
    const words =
      "Tuples and records are immutable once created. Consider creating a new value and assigning it instead.";
    c.error("TB3009", target.span, words);
  } else c.error("TB3009", target.span, "only variables and maps can be assigned to");
  return [];
}

/** After an error in what a map is given, its unknown type is no news. */
function poison(c: Checker, target: MapRef): void {
  if (c.final) c.env.map(target.name, target.span).poisoned = true;
}

function setMap(c: Checker, target: MapRef, node: Assignment, span: Span): TypedStatement[] {
  const copied = node.value.kind === "map" ? c.env.map(node.value.name, node.value.span).value : undefined;
  if (
    node.value.kind === "map" &&
    copied?.kind === "aggregate" &&
    aggregateResult(copied.aggregate) === undefined
  )
    return refuseCopy(c, target, node.value, copied, span);
  const given = c.value(node.value, (type) => `Value '${type}' cannot be assigned to a map.`);
  const value = given === undefined ? undefined : keptArguments(c, given);
  const place = mapPlace(c, target);
  if (value === undefined || place === undefined) {
    poison(c, target);
    return [];
  }
  const { state, key } = place;
  const before = state.value;
  state.assumed = false;
  if (node.value.kind === "map" && before === undefined) {
    const from = c.env.map(node.value.name, node.value.span).value;
    if (from?.kind === "aggregate") return refuseCopy(c, target, node.value, from, span);
  }
  if (value.type.kind === "pointer" && value.type.space === "ctx") {
    c.error("TB3025", span, "context cannot be assigned to a map");
    return [];
  }
  if (!c.env.growValue(state, value.type)) {
    c.error(
      "TB3001",
      span,
      `Type mismatch for ${state.name}: trying to assign value of type '${printType(settle(value.type))}' when map already has a type '${before === undefined ? "?" : printType(settle(before))}'`,
    );
    return [];
  }
  if (state.value === undefined) return [];
  if (c.final && !literalFits(c, value, state.value)) {
    const [own, its] = [printType(settle(value.type)), printType(settle(state.value))];
    c.error(
      "TB3001",
      span,
      `Type mismatch for ${state.name}: trying to assign value of type '${own}' when map already has a value type '${its}'`,
    );
    return [];
  }
  return [{ kind: "set_map", map: state.id, key, value: coerce(c, value, state.value), span }];
}

/** What an aggregation keeps cannot be copied, and its value as a number must be asked for. */
function refuseCopy(
  c: Checker,
  target: MapRef,
  source: MapRef,
  type: Extract<Type, { kind: "aggregate" }>,
  span: Span,
): TypedStatement[] {
  poison(c, target);
  if (!c.final) return [];
  const name = type.aggregate.function;
  const call = `${name}(${findBuiltin(name)?.operands ?? "retval"})`;
  const number = aggregateResult(type.aggregate) !== undefined;
  c.error(
    "TB3008",
    span,
    `Map value '${printType(type)}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. \`${target.name} = ${call};\`.`,
    number
      ? `Add a cast to integer if you want the value of the aggregate, e.g. \`${target.name} = (int64)${source.name};\`.`
      : undefined,
  );
  return [];
}

function aggregate(
  c: Checker,
  target: MapRef,
  entry: BuiltinEntry,
  node: Assignment,
  span: Span,
): TypedStatement[] {
  const args = node.value.kind === "call" ? node.value.args : [];
  const site = new BuiltinCall(c, entry, args, node.value.span, false, entry.name);
  const place = mapPlace(c, target);
  const use = site.check() ? entry.aggregate?.(site) : undefined;
  if (use === undefined || place === undefined) {
    poison(c, target);
    return [];
  }
  const { state, key } = place;
  const before = state.value;
  const type: Type = { kind: "aggregate", aggregate: use.aggregate };
  if (!c.env.growValue(state, type)) {
    const had = before === undefined ? "?" : printType(settle(before));
    c.error(
      "TB3001",
      span,
      had === printType(type)
        ? `Different ${entry.name === "hist" ? "bits" : `${entry.name} bounds`} in a single map unsupported`
        : `Type mismatch for ${state.name}: trying to assign value of type '${printType(type)}' when map already has a type '${had}'`,
    );
    return [];
  }
  return [{ kind: "aggregate", map: state.id, key, args: use.args, span }];
}

/** `place op= value`: the place is worked out once. */
function compound(c: Checker, node: Assignment): TypedStatement[] {
  const { target, operator, span } = node;
  if (operator === undefined || operator === "&&" || operator === "||") return [];
  const place = placeOf(c, target);
  const value = c.value(node.value);
  if (place === undefined || value === undefined || c.env.isLearning(place.type)) return [];
  if (place.type === undefined && place.target.kind === "local") {
    if (c.final) c.error("TB2003", target.span, "Undefined or undeclared variable");
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
  const result = combine(c, operator, current, value, span);
  if (result === undefined) return [];
  if (!place.grow(result.type)) {
    c.error(
      "TB3001",
      span,
      `Type mismatch: trying to assign value of type '${printType(settle(result.type))}' to one of type '${printType(settle(current.type))}'`,
    );
    return [];
  }
  const variable = target.kind === "variable" ? c.lookUp(target.name) : undefined;
  if (variable !== undefined) variable.empty = undefined;
  const type = settle(placeOf(c, target)?.type ?? result.type);
  // What is declared narrower than the operator's 64 bits loses what does not fit.
  if (variable?.state.fixed === true) warnOfCast(c, result, type);
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
