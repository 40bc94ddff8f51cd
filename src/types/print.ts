/** Types as diagnostics and listings show them. */
import { assertNever } from "../base/assert-never.js";
import type { Type } from "./type.js";

/** `int64`, `string[16]`, `struct task_struct *`, `(int64,string[4])`. */
export function printType(type: Type): string {
  switch (type.kind) {
    case "void":
    case "bool":
    case "inet":
    case "username":
    case "timestamp":
    case "cgroup_path":
    case "mac":
    case "symbol":
      return baseTypeName(type);
    case "int":
      return `${type.signed ? "int" : "uint"}${type.bits}`;
    case "enum":
      return type.name === "" ? "enum" : `enum ${type.name}`;
    case "string":
      return `string[${type.size}]`;
    case "buffer":
      return `buffer[${type.capacity}]`;
    case "pointer":
      return `${printType(type.to)} *`;
    case "array":
      return `${printType(type.element)}[${type.length}]`;
    case "struct":
      return `${type.union ? "union" : "struct"} ${type.name}`;
    case "tuple":
      return `(${type.elements.map(printType).join(",")})`;
    case "record":
      return `record { ${type.fields.map((field) => `.${field.name} = ${printType(field.type)}`).join(", ")} }`;
    case "stack":
      return `${baseTypeName(type)}_${type.mode}_${type.depth}`;
    case "aggregate":
      return "signed" in type.aggregate && !type.aggregate.signed
        ? `u${baseTypeName(type)}`
        : baseTypeName(type);
  }
  return assertNever(type, "type");
}

/** The kind of a type, as typeinfo() names it. */
export function baseTypeName(type: Type): string {
  switch (type.kind) {
    case "enum":
      return "int";
    case "struct":
      return "c_type";
    case "mac":
      return "mac_address";
    case "stack":
      return type.space === "kernel" ? "kstack" : "ustack";
    case "symbol":
      return type.space === "kernel" ? "ksym_t" : "usym_t";
    case "aggregate":
      return `${type.aggregate.function}_t`;
    case "username":
    case "cgroup_path":
      return `${type.kind}_t`;
    case "int":
    case "void":
    case "bool":
    case "inet":
    case "string":
    case "buffer":
    case "pointer":
    case "array":
    case "tuple":
    case "record":
    case "timestamp":
      return type.kind;
  }
  return assertNever(type, "type");
}
