/** The IR's types as values, and the few questions everybody asks of them. */
import type { AddressSpace, IrType } from "./ir.js";

export const irInt: IrType = { kind: "int" };

/** A pointer that is never null. */
export function irPtr(space: AddressSpace): IrType {
  return { kind: "ptr", space, nullable: false };
}

/** A pointer that may only be compared with zero until it was found not to be zero. */
export function irNullable(space: AddressSpace): IrType {
  return { kind: "ptr", space, nullable: true };
}

export function sameType(a: IrType, b: IrType): boolean {
  if (a.kind === "int" || b.kind === "int") return a.kind === b.kind;
  return a.space === b.space && a.nullable === b.nullable;
}
