/** Which types are equal, which values may meet, and what type holds both. */
import { assertNever } from "../base/assert-never.js";
import {
  type Aggregate,
  int64,
  type IntType,
  intType,
  type PointerSpace,
  type Type,
  uint64,
} from "./type.js";

/** A text equal for equal types; struct types count by identity. `flexible` is part of it. */
export function typeKey(type: Type): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "i" : "u"}${type.bits}${type.flexible === true ? "?" : ""}`;
    case "enum":
      return `enum ${type.name}/${type.bits}${type.signed}`;
    case "string":
      return `string ${type.size}`;
    case "buffer":
      return `buffer ${type.capacity}`;
    case "pointer":
      return `${type.space} ${typeKey(type.to)}*`;
    case "array":
      return `${typeKey(type.element)}[${type.length}]`;
    case "struct":
      return `struct ${type.key}`;
    case "tuple":
      return `(${type.elements.map(typeKey).join(",")})`;
    case "record":
      return `{${type.fields.map((field) => `${field.name}=${typeKey(field.type)}`).join(",")}}`;
    case "stack":
      return `stack ${type.space} ${type.mode} ${type.depth}`;
    case "symbol":
      return `symbol ${type.space}`;
    case "timestamp":
      return `timestamp ${type.clock} ${type.format}`;
    case "cgroup_path":
      return `cgroup_path ${type.controller}`;
    case "aggregate":
      return `aggregate ${aggregateKey(type.aggregate)}`;
    case "void":
    case "bool":
    case "inet":
    case "mac":
    case "username":
      return type.kind;
  }
  return assertNever(type, "type");
}

function aggregateKey(aggregate: Aggregate): string {
  return JSON.stringify(aggregate, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
}

/** Equal to the last detail but `flexible`. */
export function equalTypes(a: Type, b: Type): boolean {
  return a === b || typeKey(settle(a)) === typeKey(settle(b));
}

/** The type without `flexible`, for what leaves inference. The very same one where there is none. */
export function settle(type: Type): Type {
  if (type.kind === "int") return type.flexible === true ? intType(type.bits, type.signed) : type;
  // Each part is settled once: twice a level would be 2^depth times in all.
  if (type.kind === "tuple") {
    const elements = type.elements.map(settle);
    return elements.every((each, index) => each === type.elements[index])
      ? type
      : { kind: "tuple", elements };
  }
  if (type.kind === "record") {
    const fields = type.fields.map(({ name, type: own }) => ({ name, type: settle(own) }));
    const same = fields.every((field, index) => field.type === type.fields[index]?.type);
    return same ? type : { kind: "record", fields };
  }
  return type;
}

/**
 * The type of a variable that holds first `current`, then also `next`; undefined if none can. Integers grow
 * to a type with both ranges (int64 if there is none), strings to the longer, tuples and records by element.
 */
export function promote(current: Type, next: Type): Type | undefined {
  if (current === next) return current;
  const a = integerOf(current);
  const b = integerOf(next);
  // An enumerator has 64 bits wherever it is named, a member as many as its struct gives it.
  if (
    current.kind === "enum" &&
    next.kind === "enum" &&
    typeKey({ ...next, bits: current.bits }) === typeKey(current)
  ) {
    return current.bits >= next.bits ? current : next;
  }
  if (a !== undefined && b !== undefined) return promoteIntegers(a, b);
  if (current.kind === "string" && next.kind === "string") return current.size >= next.size ? current : next;
  if (current.kind === "buffer" && next.kind === "buffer") {
    return current.capacity >= next.capacity ? current : next;
  }
  if (current.kind === "pointer" && next.kind === "pointer") {
    const space = commonSpace(current.space, next.space);
    const pointer = (to: Type): Type =>
      to === current.to && space === current.space ? current : { kind: "pointer", to, space };
    if (next.to.kind === "void" || samePointee(current.to, next.to)) return pointer(current.to);
    if (current.to.kind === "void") return pointer(next.to);
    const to = current.to.kind === "int" && next.to.kind === "int" ? promote(current.to, next.to) : undefined;
    return to === undefined ? undefined : pointer(to);
  }
  if (current.kind === "tuple" && next.kind === "tuple") {
    if (current.elements.length !== next.elements.length) return undefined;
    const elements = promoteAll(current.elements, next.elements);
    return elements === undefined ? undefined : { kind: "tuple", elements };
  }
  if (current.kind === "record" && next.kind === "record") {
    if (current.fields.length !== next.fields.length) return undefined;
    const fields: { name: string; type: Type }[] = [];
    for (const field of current.fields) {
      const other = next.fields.find(({ name }) => name === field.name);
      const type = other === undefined ? undefined : promote(field.type, other.type);
      if (type === undefined) return undefined;
      fields.push({ name: field.name, type });
    }
    return { kind: "record", fields };
  }
  if (current.kind === "aggregate" && next.kind === "aggregate") {
    if (equalTypes(current, next)) return current;
    const x = current.aggregate;
    const y = next.aggregate;
    // Signedness alone may differ: a literal operand says little. The signed one holds both.
    if (x.function !== y.function || !("signed" in x) || !("signed" in y)) return undefined;
    const signed = aggregateKey({ ...x, signed: true }) === aggregateKey({ ...y, signed: true });
    return signed ? { kind: "aggregate", aggregate: { ...x, signed: true } } : undefined;
  }
  return equalTypes(current, next) ? current : undefined;
}

/**
 * Address spaces of one variable may differ between probes; the first one stands. What points into memory of ours now
 * and elsewhere then is a plain address, which helpers read at: as the other one is.
 */
function commonSpace(current: PointerSpace, next: PointerSpace): PointerSpace {
  const isOurs = (space: PointerSpace): boolean => space === "local" || space === "map";
  if (current === next || current === "ctx" || next === "ctx") return current;
  if (isOurs(current)) return isOurs(next) ? "kernel" : next;
  return current;
}

/** Equal but for the address space the pointee was worked out in. */
function samePointee(a: Type, b: Type): boolean {
  if (a.kind === "struct" && b.kind === "struct") {
    return a.name === b.name && a.size === b.size && a.union === b.union;
  }
  if (a.kind === "pointer" && b.kind === "pointer") return samePointee(a.to, b.to);
  return equalTypes(a, b);
}

function promoteAll(a: readonly Type[], b: readonly Type[]): Type[] | undefined {
  const all: Type[] = [];
  for (const [index, left] of a.entries()) {
    const right = b[index];
    const type = right === undefined ? undefined : promote(left, right);
    if (type === undefined) return undefined;
    all.push(type);
  }
  return all;
}

function promoteIntegers(a: IntType, b: IntType): IntType {
  const { bits } = a.bits >= b.bits ? a : b;
  if (a.flexible === true && b.flexible === true) return { kind: "int", bits, signed: true, flexible: true };
  if (a.signed === b.signed) return intType(bits, a.signed);
  if (a.flexible === true) return intType(bits, b.signed);
  if (b.flexible === true) return intType(bits, a.signed);
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  if (signed.bits > unsigned.bits) return intType(signed.bits, true);
  return bits === 8 ? intType(16, true) : bits === 16 ? intType(32, true) : int64;
}

/** Integers and enums as integers; undefined for all else. */
export function integerOf(type: Type): IntType | undefined {
  if (type.kind === "int") return type;
  if (type.kind === "enum") return intType(type.bits, type.signed);
  return undefined;
}

/** The scalar an aggregation yields when read; undefined for those that can only be printed. */
export function aggregateResult(aggregate: Aggregate): IntType | undefined {
  switch (aggregate.function) {
    case "count":
      return uint64;
    case "sum":
    case "min":
    case "max":
    case "avg":
      return aggregate.signed ? int64 : uint64;
    case "stats":
    case "hist":
    case "lhist":
    case "tseries":
      return undefined;
  }
  return assertNever(aggregate, "aggregate");
}

/** Least and greatest value of an integer type. */
function rangeOf(type: IntType): readonly [bigint, bigint] {
  const bits = BigInt(type.bits);
  return type.signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

/** Does every value of `from` exist in `to`? A flexible literal fits by its size in either sign. */
export function integerFits(from: IntType, to: IntType): boolean {
  const [low, high] = rangeOf(from.flexible === true ? { ...from, signed: true } : from);
  const [least, greatest] = rangeOf(to);
  return (from.flexible === true || low >= least) && high <= greatest;
}

/** A value cut to an integer type's width, as the processor would. */
export function wrapInteger(
  value: bigint,
  type: { readonly bits: number; readonly signed: boolean },
): bigint {
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

/** The type of a literal: the smallest signed one that holds it; uint64 above int64's range. */
export function literalType(value: bigint): IntType {
  for (const bits of [8, 16, 32, 64] as const) {
    const [low, high] = rangeOf(intType(bits, true));
    if (value < low || value > high) continue;
    return value < 0n ? intType(bits, true) : { kind: "int", bits, signed: true, flexible: true };
  }
  return uint64;
}
