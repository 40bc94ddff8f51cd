/** Reading maps: an absent element is zero or empty; aggregations are read as one number over all CPUs. */
import type { TypedExpression } from "../check/typed-program.js";
import type { ValueId } from "../ir/ir.js";
import type { Memory } from "../lang/lowering/context.js";
import { sizeOf } from "../types/layout.js";
import { readAggregate, statsInto } from "./aggregate-read.js";
import { lookupFailed } from "./failures.js";
import type { FunctionLowering } from "./function.js";
import { globalValue, lookup, valueAt } from "./map-access.js";
import { copyFrom, loadScalar, zero } from "./memory.js";
import { pointerType } from "./scalars.js";

type MapExpression = TypedExpression & { readonly kind: "map" };

export function readMapScalar(f: FunctionLowering, e: MapExpression): ValueId {
  const plan = f.map(e.map);
  if (plan.value.kind === "aggregate") return readAggregate(f, plan, f.key(plan, e.key));
  if (plan.storage === "global") return loadScalar(f, globalValue(f, plan), e.type);
  const found = lookup(f, plan, f.key(plan, e.key));
  return f.choose(
    found,
    () => loadScalar(f, valueAt(found), e.type),
    () => {
      lookupFailed(f);
      return f.b.constInt(0);
    },
    pointerType(e.type),
  );
}

export function mapValueInto(f: FunctionLowering, e: MapExpression, to: Memory): void {
  const plan = f.map(e.map);
  if (plan.value.kind === "aggregate") return statsInto(f, plan, f.key(plan, e.key), to);
  if (plan.storage === "global") return copyFrom(f, to, globalValue(f, plan), e.type);
  const found = lookup(f, plan, f.key(plan, e.key));
  f.when(
    found,
    () => copyFrom(f, to, valueAt(found), e.type),
    () => {
      lookupFailed(f);
      zero(f, to, sizeOf(e.type));
    },
  );
}

/** Where a value stays put: a map without key. Elements of hashes may vanish, so those are copied. */
export function locateMap(f: FunctionLowering, e: MapExpression): Memory | undefined {
  const plan = f.map(e.map);
  return plan.storage === "global" ? globalValue(f, plan) : undefined;
}
