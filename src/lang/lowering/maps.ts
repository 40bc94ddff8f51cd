/** Functions on maps that the program itself carries out. */
import type { ValueId } from "../../ir/ir.js";
import { irNullable } from "../../ir/types.js";
import { stackLength } from "./stacks.js";
import { type BuiltinLowering, type LoweringContext, type MapPlan, mapOperand, operand } from "./context.js";
import type { TypedCall } from "../../check/typed-program.js";

function planOf(f: LoweringContext, call: TypedCall): MapPlan {
  return f.map(mapOperand(call));
}

/** A map without key cannot lose its value: it becomes zero again. */
function remove(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const plan = planOf(f, call);
  if (plan.storage === "global") {
    b.zero(b.mapValueAddr(plan.symbol), 0, plan.valueSize);
    return b.constInt(1);
  }
  const key = f.key(plan, call.args[0]);
  if (plan.storage === "own") {
    const row = b.helper("map_lookup_elem", [b.mapRef(plan.symbol), f.address(key)], irNullable("map_value"));
    f.when(row, () => b.zero(row, 0, plan.valueSize));
    return b.constInt(1);
  }
  const status = b.helper("map_delete_elem", [b.mapRef(plan.symbol), f.address(key)]);
  return b.compare("eq", status, b.constInt(0));
}

function hasKey(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const plan = planOf(f, call);
  const key = f.key(plan, call.args[0]);
  const found = b.helper("map_lookup_elem", [b.mapRef(plan.symbol), f.address(key)], irNullable("map_value"));
  return f.choose(
    found,
    () => b.constInt(1),
    () => b.constInt(0),
  );
}

export const mapLowerings: Record<string, BuiltinLowering> = {
  delete: { scalar: remove },
  has_key: { scalar: hasKey, straight: true },
  len: {
    scalar: (f, call) => {
      return call.map === undefined ? stackLength(f, operand(call, 0)) : f.countElements(call.map);
    },
  },
};
