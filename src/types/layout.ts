/** How many bytes a value takes in a map, an event or on the stack, and where its parts lie. */
import { assertNever } from "../base/assert-never.js";
import type { Type } from "./type.js";

/** Bytes of a value of the type; 0 for void and aggregations, which are never values. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case "void":
    case "aggregate":
      return 0;
    case "int":
    case "enum":
      return type.bits / 8;
    case "bool":
      return 1;
    case "string":
      return type.size;
    case "buffer":
      return 4 + type.capacity;
    case "pointer":
    case "username":
    case "timestamp":
    case "cgroup_path":
      return 8;
    case "array":
      return sizeOf(type.element) * type.length;
    case "struct":
      return type.size;
    case "tuple":
      return tupleLayout(type.elements).size;
    case "record":
      return tupleLayout(type.fields.map((field) => field.type)).size;
    case "inet":
      return 20;
    case "mac":
      return 6;
    case "stack":
    case "symbol":
      return type.space === "kernel" ? 8 : 16;
  }
  return assertNever(type, "type");
}

/** Alignment in bytes inside tuples and records: as C would align the same members. */
export function alignOf(type: Type): number {
  switch (type.kind) {
    case "void":
    case "aggregate":
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
    case "pointer":
    case "username":
    case "timestamp":
    case "cgroup_path":
    case "stack":
    case "symbol":
      return 8;
    case "array":
      return alignOf(type.element);
    case "struct":
      return type.align;
    case "tuple":
      return widest(type.elements);
    case "record":
      return widest(type.fields.map((field) => field.type));
  }
  return assertNever(type, "type");
}

/** Without laying them out, which asks for alignments itself: tuples in tuples would cost 2^depth. */
function widest(elements: readonly Type[]): number {
  return Math.max(1, ...elements.map(alignOf));
}

export interface TupleLayout {
  /** Bytes from the tuple's start, one for each element. */
  readonly offsets: readonly number[];
  /** With the padding at the end. */
  readonly size: number;
  readonly align: number;
}

/** Lays elements out one after the other, each at its own alignment, as a C struct. */
export function tupleLayout(elements: readonly Type[]): TupleLayout {
  const offsets: number[] = [];
  const align = widest(elements);
  let end = 0;
  for (const element of elements) {
    const own = alignOf(element);
    end = roundUp(end, own);
    offsets.push(end);
    end += sizeOf(element);
  }
  return { offsets, size: roundUp(end, align), align };
}

/** The least multiple of `step` that is not below `value`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
