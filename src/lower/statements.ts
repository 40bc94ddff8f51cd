/** Statements, one function a kind. */
import { assertNever } from "../base/assert-never.js";
import type { TypedExpression, TypedStatement } from "../check/typed-program.js";
import { lowerings } from "../lang/lowering/index.js";
import { aggregate } from "./aggregates.js";
import { missing } from "./expressions.js";
import type { FunctionLowering } from "./function.js";
import { breakLoop, continueLoop, forMap, forRange, unroll, whileLoop } from "./loops.js";
import { setMap } from "./map-access.js";
import { setLocal } from "./places.js";
import { isScalar } from "./scalars.js";

export function lowerStatements(f: FunctionLowering, list: readonly TypedStatement[]): void {
  for (const s of list) {
    f.b.at(s.span);
    f.scoped(() => statement(f, s));
  }
}

function statement(f: FunctionLowering, s: TypedStatement): void {
  switch (s.kind) {
    case "expression":
      return effect(f, s.value);
    case "set_local":
      return setLocal(f, { kind: "local", local: s.local }, s.value);
    case "set_map":
      return setMap(f, f.map(s.map), s.key, s.value);
    case "aggregate":
      return aggregate(f, s);
    case "if":
      return branch(f, s);
    case "while":
      return whileLoop(f, s);
    case "unroll":
      return unroll(f, s);
    case "for_range":
      return forRange(f, s);
    case "for_map":
      return forMap(f, s);
    case "break":
      return breakLoop(f);
    case "continue":
      return continueLoop(f);
    case "return":
      return f.leave(s.value === undefined ? undefined : f.scalar(s.value));
    case "block":
      return lowerStatements(f, s.body);
  }
  return assertNever(s);
}

function branch(f: FunctionLowering, s: TypedStatement & { readonly kind: "if" }): void {
  const condition = f.scoped(() => f.scalar(s.condition));
  const otherwise = s.otherwise.length === 0 ? undefined : (): void => lowerStatements(f, s.otherwise);
  f.when(condition, () => lowerStatements(f, s.then), otherwise);
}

/** An expression for what it does; its value is dropped. */
function effect(f: FunctionLowering, e: TypedExpression): void {
  if (e.kind === "call") return call(f, e);
  if (e.kind === "block") {
    lowerStatements(f, e.body);
    return effect(f, e.result);
  }
  if (e.kind === "ternary")
    return f.when(
      f.scalar(e.condition),
      () => effect(f, e.then),
      () => effect(f, e.otherwise),
    );
  if (e.type.kind === "void") return;
  if (isScalar(e.type)) f.scalar(e);
  else f.locate(e);
}

function call(f: FunctionLowering, e: TypedExpression & { readonly kind: "call" }): void {
  const entry = lowerings.get(e.call.name);
  if (entry === undefined) missing(e);
  else if (entry.effect !== undefined) entry.effect(f, e.call, e);
  else if (entry.scalar !== undefined) entry.scalar(f, e.call, e);
  else f.locate(e);
}
