/** Which types are values in registers, how wide they are in memory, and which instructions compare them. */
import type { IrType, MemorySize } from "../ir/ir.js";
import { irInt, irPtr } from "../ir/types.js";
import type { Type } from "../types/type.js";

/** Kept as a 64-bit value; all other types live in memory. */
export function isScalar(type: Type): boolean {
  switch (type.kind) {
    case "int":
    case "bool":
    case "enum":
    case "pointer":
    case "username":
    case "timestamp":
    case "cgroup_path":
      return true;
    case "symbol":
    case "stack":
      return type.space === "kernel";
    default:
      return false;
  }
}

/** Bits a scalar takes in memory. */
export function scalarBits(type: Type): 8 | 16 | 32 | 64 {
  if (type.kind === "int" || type.kind === "enum") return type.bits;
  return type.kind === "bool" ? 8 : 64;
}

export function scalarSize(type: Type): MemorySize {
  return (scalarBits(type) / 8) as MemorySize;
}

export function isSigned(type: Type): boolean {
  return (type.kind === "int" || type.kind === "enum") && type.signed;
}

/** The greatest of 8, 4, 2, 1 that divides both the base's alignment and the offset. */
export function alignAt(base: MemorySize, offset: number): MemorySize {
  for (const align of [8, 4, 2] as const) if (base >= align && offset % align === 0) return align;
  return 1;
}

export function asAlign(align: number): MemorySize {
  return align >= 8 ? 8 : align >= 4 ? 4 : align >= 2 ? 2 : 1;
}

/** Pointers the program may follow itself are pointers in the IR too; all others are numbers. */
export function pointerType(type: Type): IrType {
  if (type.kind !== "pointer") return irInt;
  switch (type.space) {
    case "ctx":
      return irPtr("ctx");
    case "map":
      return irPtr("map_value");
    case "local":
      return irPtr("slot");
    case "kernel":
    case "user":
      return irInt;
  }
}
