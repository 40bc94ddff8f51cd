/** Numbers of the kernel's tables as text. */
import { type IntType, int64, type StringType } from "../../types/type.js";
import type { BuiltinEntry } from "../builtin.js";
import { type NameTable, nameOf, nameTable } from "../names/table.js";

/** As wide as bpftrace has them. */
const NAME: StringType = { kind: "string", size: 64 };

function named(name: NameTable, doc: string, number: string, example: bigint): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`string ${name}(int64 ${number})`],
    arity: [1, 1],
    doc,
    example: `begin { print(${name}(${example})); exit(); }`,
    rule: (site) => {
      const constant = site.integerIf(0);
      const table = nameTable(name, site.target.arch);
      if (constant !== undefined) return site.convert(site.string(nameOf(table, constant)), NAME);
      const value = site.integerValue(0, true);
      const wide: IntType = int64;
      return value === undefined ? undefined : site.call(NAME, { args: [site.convert(value, wide)] });
    },
  };
}

export const nameFunctions: readonly BuiltinEntry[] = [
  named("strerror", "An error number as text.", "errno", 2n),
  named("signal_name", "A signal's number as text.", "number", 9n),
  named("syscall_name", "Name of a system call by its number.", "number", 0n),
];
