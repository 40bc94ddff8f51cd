/** Short forms for entries that are alike. */
import { intType, type Type, uint64 } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

type Extra = Partial<Pick<BuiltinEntry, "aliases" | "where" | "since" | "unsafe">>;

/** A variable without operands whose type never changes. */
export function plain(
  name: string,
  type: Type,
  shown: string,
  doc: string,
  example: string,
  extra: Extra = {},
): BuiltinEntry {
  return {
    name,
    kind: "variable",
    signatures: [`${shown} ${name}`],
    arity: [0, 0],
    doc,
    example,
    ...extra,
    rule: (site) => site.call(type),
  };
}

/** A number of 32 bits that bpftrace has in 64: the type decides what a difference, or a variable it is kept in, is. */
export function widened(name: string, doc: string, example: string, extra: Extra = {}): BuiltinEntry {
  return {
    ...plain(name, uint64, "uint64", doc, example, extra),
    rule: (site) => site.convert(site.call(intType(32, false)), uint64),
  };
}

/** A function of one 64-bit address or number with a fixed result. */
export function ofNumber(
  name: string,
  type: Type,
  signature: string,
  doc: string,
  example: string,
  extra: Extra = {},
): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [signature],
    arity: [1, 1],
    doc,
    example,
    ...extra,
    rule: (site: CallSite) => {
      const value = site.integerValue(0, false);
      return value === undefined ? undefined : site.call(type, { args: [site.convert(value, uint64)] });
    },
  };
}
