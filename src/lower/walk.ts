/** Everything below a list of typed statements, outermost first: blocks inside expressions included. */
import type { TypedExpression, TypedStatement } from "../check/typed-program.js";

export type TypedNode =
  | { readonly statement: TypedStatement; readonly expression?: never }
  | { readonly expression: TypedExpression; readonly statement?: never };

export function* nodesOf(list: readonly TypedStatement[]): Generator<TypedNode> {
  for (const statement of list) {
    yield { statement };
    for (const e of expressionsOf(statement)) yield* nodesOfExpression(e);
    for (const body of bodiesOf(statement)) yield* nodesOf(body);
  }
}

export function* nodesOfExpression(expression: TypedExpression): Generator<TypedNode> {
  yield { expression };
  if (expression.kind === "block") yield* nodesOf(expression.body);
  for (const child of childrenOf(expression)) yield* nodesOfExpression(child);
}

function bodiesOf(s: TypedStatement): readonly (readonly TypedStatement[])[] {
  switch (s.kind) {
    case "if":
      return [s.then, s.otherwise];
    case "while":
    case "unroll":
    case "for_range":
    case "for_map":
    case "block":
      return [s.body];
    default:
      return [];
  }
}

/** Those a statement has itself. */
function expressionsOf(s: TypedStatement): readonly TypedExpression[] {
  switch (s.kind) {
    case "expression":
    case "set_local":
      return [s.value];
    case "set_map":
      return present([s.key, s.value]);
    case "aggregate":
      return present([s.key, ...s.args]);
    case "if":
    case "while":
      return [s.condition];
    case "unroll":
      return [s.count];
    case "for_range":
      return [s.from, s.to];
    case "return":
      return present([s.value]);
    case "for_map":
    case "break":
    case "continue":
    case "block":
      return [];
  }
}

function childrenOf(e: TypedExpression): readonly TypedExpression[] {
  switch (e.kind) {
    case "constant":
    case "string":
    case "local":
      return [];
    case "map":
      return present([e.key]);
    case "convert":
    case "negate":
    case "invert":
    case "not":
      return [e.value];
    case "arithmetic":
    case "compare":
    case "logical":
      return [e.left, e.right];
    case "ternary":
      return [e.condition, e.then, e.otherwise];
    case "step":
    case "address_of":
      return e.target.kind === "map" ? present([e.target.key]) : [];
    case "update":
      return e.target.kind === "map" ? present([e.target.key, e.value]) : [e.value];
    case "dereference":
      return [e.pointer];
    case "field":
      return [e.object];
    case "index":
      return [e.array, e.index];
    case "pointer_add":
      return [e.pointer, e.index];
    case "tuple":
      return e.elements;
    case "element":
      return [e.tuple];
    case "call":
      return e.call.args;
    case "block":
      return [e.result];
  }
}

function present(list: readonly (TypedExpression | undefined)[]): readonly TypedExpression[] {
  return list.filter((e) => e !== undefined);
}
