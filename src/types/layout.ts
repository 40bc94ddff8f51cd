/** How many bytes a value takes and where its parts lie: natural alignment, as C would do it. */
import { assertNever } from "../base/assert-never.js";
import { histBuckets, lhistBuckets } from "./buckets.js";
import type { Aggregate, Type } from "./type.js";

export interface MemberLayout {
  readonly offsets: readonly number[];
  /** A multiple of `align`; tail padding included. */
  readonly size: number;
  readonly align: number;
}

/** Bytes of a value of this type in memory. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case "void":
      return 0;
    case "int":
    case "enum":
      return type.bits / 8;
    case "bool":
      return 1;
    case "string":
    case "struct":
      return type.size;
    case "buffer":
      return 4 + type.capacity;
    case "array":
      return sizeOf(type.element) * type.length;
    case "tuple":
      return memberOffsets(type.elements).size;
    case "record":
      return memberOffsets(type.fields.map((f) => f.type)).size;
    case "inet":
      return 20;
    case "mac":
      return 6;
    case "stack":
    case "symbol":
      return type.space === "kernel" ? 8 : 16;
    case "pointer":
    case "username":
    case "strerror":
    case "timestamp":
    case "cgroup_path":
      return 8;
    case "aggregate":
      return aggregateSize(type.aggregate);
  }
  return assertNever(type);
}

/** 1, 2, 4 or 8 (a struct of the kernel may say more). */
export function alignOf(type: Type): number {
  switch (type.kind) {
    case "void":
    case "bool":
    case "string":
    case "mac":
      return 1;
    case "int":
    case "enum":
      return type.bits / 8;
    case "buffer":
    case "inet":
      return 4;
    case "struct":
      return type.align;
    case "array":
      return alignOf(type.element);
    case "tuple":
      return memberOffsets(type.elements).align;
    case "record":
      return memberOffsets(type.fields.map((f) => f.type)).align;
    case "stack":
    case "symbol":
    case "pointer":
    case "username":
    case "strerror":
    case "timestamp":
    case "cgroup_path":
    case "aggregate":
      return 8;
  }
  return assertNever(type);
}

/** Places of a tuple's or record's elements, in order. */
export function memberOffsets(elements: readonly Type[]): MemberLayout {
  const offsets: number[] = [];
  let end = 0;
  let align = 1;
  for (const element of elements) {
    const own = alignOf(element);
    align = Math.max(align, own);
    end = roundUp(end, own);
    offsets.push(end);
    end += sizeOf(element);
  }
  return { offsets, size: roundUp(end, align), align };
}

/** The smallest multiple of `unit` that is not below `value`. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Bytes of an aggregation's value, as `ManifestMapValue` describes them. */
function aggregateSize(aggregate: Aggregate): number {
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
      // {u64 value, u64 count or set, u64 interval} an interval.
      return 24 * aggregate.intervals;
  }
  return assertNever(aggregate);
}
