/** How the loader is to read a value: types and map values in the manifest's words. */
import { assertNever } from "../base/assert-never.js";
import type { ManifestMapValue, ManifestMember, ManifestType } from "../object/manifest.js";
import { histBuckets, lhistBuckets } from "../types/buckets.js";
import { tupleLayout, sizeOf } from "../types/layout.js";
import type { Aggregate, EnumType, StackType, StructType, Type } from "../types/type.js";

/** Names of runtime maps the types speak of. */
export interface TypeNames {
  stackMapName(type: StackType): string;
}

type Bytes = 1 | 2 | 4 | 8;

export function manifestType(type: Type, names: TypeNames): ManifestType {
  switch (type.kind) {
    case "void":
      return { kind: "none", size: sizeOf(type) };
    case "int":
      return { kind: "int", size: (type.bits / 8) as Bytes, signed: type.signed };
    case "enum":
      return enumType(type);
    case "string":
      return { kind: "string", size: type.size, ...(type.array === true ? { array: true } : {}) };
    case "buffer":
      return { kind: "buffer", size: 4 + type.capacity };
    case "array": {
      if (type.opaque === true) return { kind: "none" };
      const element = manifestType(type.element, names);
      return { kind: "array", element, length: type.length, stride: sizeOf(type.element) };
    }
    case "struct":
      return structType(type, names);
    case "tuple":
      return { kind: "tuple", ...members(type.elements, [], names) };
    case "record": {
      const types = type.fields.map((f) => f.type);
      return {
        kind: "record",
        ...members(
          types,
          type.fields.map((f) => f.name),
          names,
        ),
      };
    }
    case "stack": {
      const kind = type.space === "kernel" ? "kstack" : "ustack";
      return { kind, map: names.stackMapName(type), depth: type.depth, mode: type.mode };
    }
    case "symbol":
      return { kind: type.space === "kernel" ? "ksym" : "usym" };
    case "timestamp":
      return { kind: "timestamp", format: type.format, clock: type.clock };
    case "cgroup_path":
      return { kind: "cgroup_path", controller: type.controller };
    case "bool":
    case "pointer":
    case "inet":
    case "mac":
    case "username":
      return { kind: type.kind };
    case "aggregate":
      return aggregateResult(type.aggregate);
  }
  return assertNever(type);
}

/** An aggregation read as one number. */
function aggregateResult(aggregate: Aggregate): ManifestType {
  const signed = "signed" in aggregate && aggregate.signed;
  return { kind: "int", size: 8, signed };
}

function enumType(type: EnumType): ManifestType {
  const values = [...type.values].map(([name, value]): [string, string] => [name, value.toString()]);
  return { kind: "enum", size: (type.bits / 8) as Bytes, signed: type.signed, name: type.name, values };
}

function structType(type: StructType, names: TypeNames): ManifestType {
  const list = structMembers(type, 0, names);
  return { kind: "struct", name: type.name, union: type.union, size: type.size, members: list };
}

/** Members of what has no name are shown where they are reached: among those of the struct it stands in. */
function structMembers(type: StructType, from: number, names: TypeNames): ManifestMember[] {
  return type.members.flatMap((m): ManifestMember[] => {
    const offset = from + m.offset;
    if (m.name === "" && m.type.kind === "struct") return structMembers(m.type, offset, names);
    const bit = m.bitfield === undefined ? {} : { bit: m.bitfield };
    return [{ name: m.name, offset, type: manifestType(m.type, names), ...bit }];
  });
}

function members(
  types: readonly Type[],
  labels: readonly string[],
  names: TypeNames,
): { size: number; members: ManifestMember[] } {
  const layout = tupleLayout(types);
  const list = types.map((type, i) => ({
    name: labels[i] ?? "",
    offset: layout.offsets[i] ?? 0,
    type: manifestType(type, names),
  }));
  return { size: layout.size, members: list };
}

export function manifestMapValue(type: Type, names: TypeNames): ManifestMapValue {
  if (type.kind !== "aggregate") return { kind: "value", type: manifestType(type, names) };
  const a = type.aggregate;
  switch (a.function) {
    case "count":
      return { kind: "count" };
    case "sum":
    case "min":
    case "max":
    case "avg":
    case "stats":
      return { kind: a.function, signed: a.signed };
    case "hist":
      return { kind: "hist", bits: a.bits, buckets: histBuckets(a.bits) };
    case "lhist": {
      const buckets = lhistBuckets(a.min, a.max, a.step);
      return { kind: "lhist", min: `${a.min}`, max: `${a.max}`, step: `${a.step}`, buckets };
    }
    case "tseries": {
      const { intervals, reduce, signed } = a;
      return { kind: "tseries", intervalNs: `${a.intervalNs}`, intervals, aggregate: reduce, signed };
    }
  }
  return assertNever(a);
}
