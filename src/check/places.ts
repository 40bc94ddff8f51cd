/** What can be changed or pointed at: variables and map elements. */
import type { Expression } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { aggregateResult } from "../types/compat.js";
import { printType } from "../types/print.js";
import { type Type, uint64 } from "../types/type.js";
import { type Checker, shown } from "./checker.js";
import type { MapState } from "./environment.js";
import { mapPlace } from "./map-access.js";
import { warnUnset } from "./names.js";
import type { Place, TypedExpression } from "./typed-program.js";

/** What `++`, `&` and `+=` work on, with its type as known so far. */
export function placeOf(
  c: Checker,
  node: Expression,
):
  | { readonly target: Place; readonly type: Type | undefined; readonly grow: (type: Type) => boolean }
  | undefined {
  if (node.kind === "variable") {
    const found = c.lookUp(node.name);
    if (found === undefined) {
      return c.error("TB2003", node.span, `Undefined or undeclared variable: ${shown(node.name)}`);
    }
    const { state } = found;
    warnUnset(c, found, node.span);
    return {
      target: { kind: "local", local: found.id },
      type: state.type,
      grow: (type) => c.env.growVariable(state, type),
    };
  }
  if (node.kind === "map") {
    const place = mapPlace(c, node);
    if (place === undefined) return undefined;
    const { state } = place;
    if (state.value?.kind === "aggregate") {
      return c.error(
        "TB3008",
        node.span,
        `Type mismatch for ${state.name}: trying to assign value of type 'int64' when map already has a type '${printType(state.value)}'`,
      );
    }
    return {
      target: { kind: "map", map: state.id, key: place.key },
      type: state.value,
      grow: (type) => c.env.growValue(state, type),
    };
  }
  return c.error("TB3009", node.span, "only variables and maps can be changed");
}

export function addressOf(c: Checker, operand: Expression, span: Span): TypedExpression | undefined {
  // Whoever gets its address may give it a value.
  const variable = operand.kind === "variable" ? c.lookUp(operand.name) : undefined;
  if (variable !== undefined) variable.empty = undefined;
  if (operand.kind === "map" && operand.keys === undefined) {
    const state = c.env.map(operand.name, operand.span);
    // Whether it has keys, and so what is meant, is known with its value.
    if (state.value === undefined && !c.final) return undefined;
    if (state.keyed === true || state.value?.kind === "aggregate") return addressOfMap(state, span);
  }
  const place = placeOf(c, operand);
  if (place === undefined) return undefined;
  const { type } = place;
  if (type === undefined) return undefined;
  if (place.target.kind === "local") c.addressed.add(place.target.local);
  // An element may be missing: it is read like memory that is not ours.
  const keyed = place.target.kind === "map" && place.target.key !== undefined;
  const space = place.target.kind === "local" ? "local" : keyed ? "kernel" : "map";
  return { kind: "address_of", target: place.target, type: { kind: "pointer", to: type, space }, span };
}

/** Of a map whose values have no place of their own: where the kernel keeps its struct bpf_map. */
function addressOfMap({ id, value = uint64 }: MapState, span: Span): TypedExpression {
  const to = value.kind === "aggregate" ? (aggregateResult(value.aggregate) ?? uint64) : value;
  const target: Place = { kind: "map", map: id, key: undefined };
  return { kind: "address_of", target, type: { kind: "pointer", to, space: "kernel" }, span };
}
