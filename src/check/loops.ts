/** Loops. */
import type { Block, For, MapRef, Unroll, While } from "../ast/ast.js";
import { aggregateResult, equalTypes, integerOf, promote, settle } from "../types/compat.js";
import { printType } from "../types/print.js";
import type { Type } from "../types/type.js";
import { type Checker, shown } from "./checker.js";
import { conditionOf } from "./conditions.js";
import { convert } from "./conversion.js";
import { markTail } from "./tail.js";
import type { TypedStatement } from "./typed-program.js";

/** Copies an unroll may ask for: more would not fit a program. */
const GREATEST_UNROLL = 100n;

export function whileLoop(c: Checker, node: While): TypedStatement[] {
  const condition = conditionOf(c, node.condition);
  const body = roundOf(c, node.body);
  return condition === undefined ? [] : [{ kind: "while", condition, body, span: node.span }];
}

export function unroll(c: Checker, node: Unroll): TypedStatement[] {
  const count = c.value(node.count);
  const body = roundOf(c, node.body);
  if (count === undefined) return [];
  const at = node.count.span;
  if (count.kind !== "constant") {
    c.error("TB3013", at, "unroll: the count must be a constant");
    return [];
  }
  if (count.value < 1n) {
    c.error("TB3013", at, "unroll minimum value is 1");
    return [];
  }
  if (count.value > GREATEST_UNROLL) {
    c.error("TB3013", at, `unroll maximum value is ${GREATEST_UNROLL}`);
    return [];
  }
  return [{ kind: "unroll", count, body, span: node.span }];
}

export function forLoop(c: Checker, node: For): TypedStatement[] {
  const { span } = node;
  if (c.lookUp(node.variable.name) !== undefined) {
    c.error(
      "TB2008",
      node.variable.span,
      `Loop declaration shadows existing variable: ${shown(node.variable.name)}`,
    );
    return [];
  }
  if (node.over.kind === "range") {
    const from = c.value(node.over.from);
    const to = c.value(node.over.to);
    for (const [end, name] of [
      [from, "start"],
      [to, "end"],
    ] as const) {
      if (end !== undefined && integerOf(end.type) === undefined) {
        c.error("TB3017", end.span, `Loop range requires an integer for the ${name} value`);
        return [];
      }
    }
    const type = from === undefined || to === undefined ? undefined : promote(from.type, to.type);
    return c.inScope(() => {
      const local = c.declare(node.variable.name, node.variable.id);
      if (type !== undefined) c.env.growVariable(local.state, type);
      else if (c.final) local.state.poisoned = true;
      const body = roundOf(c, node.body);
      const own = local.state.type;
      if (from === undefined || to === undefined || own === undefined) return [];
      return [
        { kind: "for_range", local: local.id, from: convert(from, own), to: convert(to, own), body, span },
      ];
    });
  }
  if (node.over.kind !== "map" || node.over.keys !== undefined) {
    c.error(
      "TB3017",
      node.over.span,
      "a for loop goes over a map or a range",
      "for example: for ($kv : @map) { … }",
    );
    return [];
  }
  const over: MapRef = node.over;
  const state = c.env.map(over.name, over.span);
  if (state.keyed === false) {
    c.error(
      "TB3017",
      over.span,
      `${over.name} has no explicit keys (scalar map), and cannot be used for iteration`,
    );
    return [];
  }
  if (!c.program.target.features.forEachMapElem) {
    c.error(
      "TB5003",
      span,
      "Missing required kernel feature: for_each_map_elem",
      "Linux 5.13 or newer is needed",
    );
    return [];
  }
  const { key, value } = state;
  if (c.final && (key === undefined || value === undefined)) {
    if (state.poisoned !== true) c.error("TB2004", over.span, `Undefined map: ${over.name}`);
    return [];
  }
  const scalar = value?.kind === "aggregate" ? aggregateResult(value.aggregate) : value;
  if (value !== undefined && scalar === undefined) {
    c.error("TB3017", over.span, `Loop expression does not support type: ${printType(value)}`);
    return [];
  }
  return c.inScope(() => {
    const local = c.declare(node.variable.name, node.variable.id);
    if (key !== undefined && scalar !== undefined) {
      const type: Type = { kind: "tuple", elements: [settle(key), settle(scalar)] };
      // It follows the map's types as they grow; it has none of its own.
      if (local.state.type === undefined || !equalTypes(local.state.type, type)) c.env.changed = true;
      local.state.type = type;
      local.state.fixed = true;
    }
    const body = roundOf(c, node.body);
    return [{ kind: "for_map", local: local.id, map: state.id, body, span }];
  });
}

function roundOf(c: Checker, body: Block): TypedStatement[] {
  markTail(c.tail, body);
  return c.loop(() => c.nested(body));
}
