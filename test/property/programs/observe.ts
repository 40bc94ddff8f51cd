/** What a machine's maps hold after a run, as the evaluator's values. */
import type { TypedMap, TypedProgram } from "../../../src/check/typed-program.js";
import { mapSymbol } from "../../../src/lower/map-plan.js";
import { sizeOf, tupleLayout } from "../../../src/types/layout.js";
import type { Aggregate, Type } from "../../../src/types/type.js";
import type { Machine } from "../../../src/vm/index.js";
import { keyText, type MapContents, type Value } from "./evaluate.js";

export function observe(machine: Machine, program: TypedProgram): readonly MapContents[] {
  return program.maps.map((map) => contentsOf(machine, map));
}

function contentsOf(machine: Machine, map: TypedMap): MapContents {
  const found: MapContents = new Map();
  for (const { key, values } of machine.map(mapSymbol(map.name)).entries()) {
    const value =
      map.value.kind === "aggregate" ? combined(map.value.aggregate, values) : single(map, values[0]);
    if (value !== undefined) found.set(map.key === undefined ? "" : keyText(decode(key, 0, map.key)), value);
  }
  return found;
}

/** A keyless value never assigned is none: the word behind it says so. */
function single(map: TypedMap, bytes: Uint8Array | undefined): Value | undefined {
  if (bytes === undefined) return undefined;
  if (map.key === undefined && word(bytes, bytes.length - 8) === 0n) return undefined;
  return decode(bytes, 0, map.value);
}

function word(bytes: Uint8Array, at: number): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(at, true);
}

function decode(bytes: Uint8Array, at: number, type: Type): Value {
  if (type.kind === "tuple") {
    const { offsets } = tupleLayout(type.elements);
    return type.elements.map((element, i) => decode(bytes, at + (offsets[i] ?? 0), element));
  }
  if (type.kind === "string") {
    const text = new TextDecoder().decode(bytes.subarray(at, at + type.size));
    const end = text.indexOf("\0");
    if (end < 0) throw new Error("a string without its end");
    if (text.slice(end).replaceAll("\0", "") !== "")
      throw new Error("a string with something behind its end");
    return text.slice(0, end);
  }
  let value = 0n;
  for (let i = sizeOf(type) - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return type.kind === "int" && type.signed ? BigInt.asIntN(type.bits, value) : value;
}

function combined(aggregate: Aggregate, rows: readonly Uint8Array[]): Value | undefined {
  const words = rows.map((row) => Array.from({ length: row.length / 8 }, (_, i) => word(row, i * 8)));
  const total = (at: number): bigint =>
    BigInt.asIntN(
      64,
      words.reduce((sum, row) => sum + (row[at] ?? 0n), 0n),
    );
  switch (aggregate.function) {
    case "count":
    case "sum":
      return total(0);
    case "min":
    case "max": {
      const set = words.filter((row) => row[1] !== 0n).map((row) => row[0] ?? 0n);
      const better = (a: bigint, b: bigint): boolean => (aggregate.function === "min" ? a < b : a > b);
      return set.length === 0 ? undefined : set.reduce((best, value) => (better(value, best) ? value : best));
    }
    case "avg":
    case "stats":
      return total(1) === 0n ? undefined : [total(0), total(1)];
    case "hist":
    case "lhist": {
      const buckets = (words[0] ?? []).map((_, i) => total(i));
      return buckets.every((bucket) => bucket === 0n) ? undefined : buckets;
    }
    case "tseries":
      throw new Error("tseries is not evaluated");
  }
}
