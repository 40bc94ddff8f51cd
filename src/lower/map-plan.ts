/** Which kind of BPF map holds each map of the script. */
import { DEFAULT_MAP_KEYS } from "../lang/config.js";
import { TSERIES_SLOT } from "../lang/aggregations.js";
import { MAP_FLAG, MAP_TYPE } from "../bpf/constants.js";
import type { TypedMap } from "../check/typed-program.js";
import type { IrDataType, IrMap } from "../ir/ir.js";
import type { MapPlan } from "../lang/lowering/context.js";
import { histBuckets, lhistBuckets } from "../types/buckets.js";
import { roundUp, sizeOf } from "../types/layout.js";
import type { Type } from "../types/type.js";
import { isScalar, isSigned, scalarBits } from "./scalars.js";

/**
 * Hashes are preallocated, which makes an insertion cheap and possible in any context and any number, as long as the
 * memory is bearable; above this many bytes over all CPUs, elements are allocated one by one, and a burst of new keys
 * can find the kernel's stock of them used up.
 */
const PREALLOCATION_LIMIT = 4 << 20;
/** The same for a map made larger than the default: who asks for many keys means to fill them. */
const ASKED_FOR_LIMIT = 64 << 20;

/** A keyless value is followed by a u64 that says whether it was ever assigned: if not, nothing is printed. */
export const SET_FLAG = 8;

/** Bytes of what a map holds; aggregations are no values elsewhere, so only here they have a size. */
function storedSize(type: Type): number {
  if (type.kind !== "aggregate") return sizeOf(type);
  const { aggregate } = type;
  switch (aggregate.function) {
    case "count":
    case "sum":
      return 8;
    case "min":
    case "max":
    case "avg":
    case "stats":
      return 16;
    case "hist":
      return 8 * histBuckets(aggregate.bits);
    case "lhist":
      return 8 * lhistBuckets(aggregate.min, aggregate.max, aggregate.step);
    case "tseries":
      return TSERIES_SLOT * aggregate.intervals;
  }
}

/** Symbols are C identifiers: `@` becomes AT_, `@name` AT_name. */
export function mapSymbol(name: string): string {
  return `AT_${name.slice(1)}`;
}

export function planMap(map: TypedMap): MapPlan {
  const { key, value } = map;
  const storage = storageOf(map);
  // Of all aggregations only a sum may have been added to and yet hold nothing but zeroes.
  const isSum = value.kind === "aggregate" && value.aggregate.function === "sum";
  const flagged = storage === "global" || (storage === "own" && isSum);
  return {
    symbol: mapSymbol(map.name),
    storage,
    key,
    value,
    // Per-CPU rows are multiples of 8 in the kernel, and whole words are what the loader reads.
    valueSize: roundUp(Math.max(storedSize(value), 1), 8) + (flagged ? SET_FLAG : 0),
    flagged,
  };
}

/**
 * Aggregations are kept once a CPU, so that adding to them needs no atomic operation and no cache line
 * travels; plain values are one for all CPUs, because a script that reads one back expects the last one.
 */
function storageOf(map: TypedMap): MapPlan["storage"] {
  switch (map.declared) {
    case "hash":
    case "lruhash":
      return "hash";
    case "percpuhash":
    case "percpulruhash":
      return "percpu_hash";
    case "percpuarray":
      return "own";
  }
  const aggregate = map.value.kind === "aggregate";
  if (map.key === undefined) return aggregate ? "own" : "global";
  return aggregate ? "percpu_hash" : "hash";
}

export function irMap(map: TypedMap, plan: MapPlan, cpus: number): IrMap {
  const keyed = plan.storage === "hash" || plan.storage === "percpu_hash";
  const keySize = keyed && plan.key !== undefined ? sizeOf(plan.key) : 4;
  const maxEntries = keyed ? map.maxEntries : 1;
  const rows = plan.storage === "percpu_hash" ? cpus : 1;
  const lru = map.declared === "lruhash" || map.declared === "percpulruhash";
  const limit = maxEntries > DEFAULT_MAP_KEYS ? ASKED_FOR_LIMIT : PREALLOCATION_LIMIT;
  const large = keyed && !lru && maxEntries * (keySize + plan.valueSize * rows) > limit;
  return {
    symbol: plan.symbol,
    type: mapType(map, plan),
    keySize,
    valueSize: plan.valueSize,
    maxEntries,
    flags: large ? MAP_FLAG.no_prealloc : 0,
    ...(keyed ? dataType("keyType", plan.key, keySize) : {}),
    ...dataType("valueType", plan.value, plan.valueSize),
  };
}

function mapType(map: TypedMap, plan: MapPlan): number {
  if (map.declared === "lruhash") return MAP_TYPE.lru_hash;
  if (map.declared === "percpulruhash") return MAP_TYPE.lru_percpu_hash;
  switch (plan.storage) {
    case "global":
      return MAP_TYPE.array;
    case "own":
      return MAP_TYPE.percpu_array;
    case "hash":
      return MAP_TYPE.hash;
    case "percpu_hash":
      return MAP_TYPE.percpu_hash;
  }
}

/** BTF for bpftool: numbers as numbers if they fill the size, everything else as bytes. */
function dataType<K extends "keyType" | "valueType">(
  name: K,
  type: Type | undefined,
  size: number,
): { [P in K]?: IrDataType } {
  if (type === undefined || !isScalar(type) || sizeOf(type) !== size) return {};
  const signed = isSigned(type);
  const int: IrDataType = { kind: "int", name: `${signed ? "" : "u"}int${scalarBits(type)}_t`, size, signed };
  return { [name]: int } as { [P in K]?: IrDataType };
}
