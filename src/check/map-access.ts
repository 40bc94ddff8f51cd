/** Maps by name and key: what inference learns from each access. */
import type { Expression, MapRef } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import { didYouMean } from "../diag/suggest.js";
import { aggregateResult, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import type { Checker } from "./checker.js";
import { coerce } from "./coerce.js";
import { literalFits } from "./literals.js";
import type { MapState } from "./environment.js";
import { keptArguments } from "./kept-arguments.js";
import type { TypedExpression } from "./typed-program.js";

/** The map and its converted key; notes how it is used. */
export function mapPlace(
  c: Checker,
  node: MapRef,
): { readonly state: MapState; readonly key: TypedExpression | undefined } | undefined {
  const state = c.env.map(node.name, node.span);
  const keyed = node.keys !== undefined;
  if (c.final) checkKind(c, state, node.span);
  if (!noteKeyed(c, state, keyed, node.span)) return undefined;
  if (node.keys === undefined) return { state, key: undefined };
  const key = keyOf(c, node.keys, node.span);
  if (key === undefined) return undefined;
  const converted = mapKey(c, state, key);
  return converted === undefined ? undefined : { state, key: converted };
}

/** What aggregates is kept once a CPU, all else once: a declaration cannot have it otherwise. */
function checkKind(c: Checker, state: MapState, span: Span): void {
  const declared = state.declaration?.mapType;
  if (declared === undefined || state.value === undefined || state.kindReported === true) return;
  const perCpu = state.value.kind === "aggregate";
  if (declared.startsWith("percpu") === perCpu) return;
  state.kindReported = true;
  c.error(
    "TB2012",
    span,
    `Incompatible map types. Type from declaration: ${declared}. Type from value/key type: ${perCpu ? "percpuhash" : "hash"}`,
    perCpu ? "declare it percpuhash or percpulruhash" : "declare it hash or lruhash",
  );
}

export function noteKeyed(c: Checker, state: MapState, keyed: boolean, span: Span): boolean {
  if (state.keyed === undefined) {
    state.keyed = keyed;
    c.env.changed = true;
  }
  if (state.keyed === keyed) return true;
  c.error(
    "TB3007",
    span,
    keyed
      ? `${state.name} used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)`
      : `${state.name} used as a map without an explicit key (scalar map), previously used with an explicit key (non-scalar map)`,
  );
  return false;
}

function keyOf(c: Checker, keys: readonly Expression[], span: Span): TypedExpression | undefined {
  const given = c.values(keys, (type) => `Value '${type}' cannot be used as a map key.`);
  const values = given?.flatMap((value) => keptArguments(c, value) ?? []);
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

export function mapKey(c: Checker, state: MapState, key: TypedExpression): TypedExpression | undefined {
  const known = state.key;
  if (key.type.kind === "pointer" && key.type.space === "ctx") {
    return c.error("TB3006", key.span, "context cannot be part of a map key");
  }
  if (key.type.kind === "tuple" && key.type.elements.length === 0) {
    return c.error("TB3006", key.span, "Invalid map key type: none", `a map without keys is ${state.name}`);
  }
  if (!c.env.growKey(state, key.type)) {
    return c.error(
      "TB3006",
      key.span,
      `Argument mismatch for ${state.name}: trying to access with arguments: '${printType(settle(key.type))}' when map expects arguments: '${known === undefined ? "?" : printType(settle(known))}'`,
    );
  }
  if (state.key === undefined) return undefined;
  if (c.final && !literalFits(c, key, state.key)) {
    const [own, its] = [printType(settle(key.type)), printType(settle(state.key))];
    return c.error(
      "TB3006",
      key.span,
      `Type mismatch for ${state.name}: trying to assign key of type '${own}' when map already has a key type '${its}'`,
    );
  }
  return coerce(c, key, state.key);
}

export function mapRead(c: Checker, node: MapRef): TypedExpression | undefined {
  const place = mapPlace(c, node);
  if (place === undefined) return undefined;
  const { value } = place.state;
  if (value === undefined) {
    place.state.read = true;
    return undefined;
  }
  if (c.env.isLearning(value)) return undefined;
  if (place.state.assumed === true && c.final && place.state.poisoned !== true) warnUnassigned(c, node);
  const type = value.kind === "aggregate" ? (aggregateResult(value.aggregate) ?? value) : value;
  return { kind: "map", map: place.state.id, key: place.key, type, span: node.span };
}

/** bpftrace says nothing, and such a map is most often one misspelt. */
function warnUnassigned(c: Checker, node: MapRef): void {
  const assigned = [...c.env.maps.values()].filter((map) => map.assumed !== true).map((map) => map.name);
  const hint = didYouMean(node.name, assigned);
  c.warn("TB2015", node.span, `${node.name} is read, and nothing is ever assigned to it: it is 0`, hint);
}
