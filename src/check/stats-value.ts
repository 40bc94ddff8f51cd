/** One key's stats() as a value: what print() and tuples take of it. */
import { int64, type Type, uint64 } from "../types/type.js";
import type { TypedExpression } from "./typed-program.js";

/** The record that a read of a stats() map gives, named as bpftrace prints it; undefined for anything else. */
export function statsValue(value: TypedExpression): TypedExpression | undefined {
  if (value.kind !== "map" || value.type.kind !== "aggregate") return undefined;
  const { aggregate } = value.type;
  return aggregate.function === "stats" ? { ...value, type: statsType(aggregate.signed) } : undefined;
}

function statsType(signed: boolean): Type {
  const number = signed ? int64 : uint64;
  const fields = [
    { name: "count", type: uint64 },
    { name: "average", type: number },
    { name: "total", type: number },
  ];
  return { kind: "record", fields };
}
