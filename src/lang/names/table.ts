/** The tables of names by number, and the word for numbers without one. */
import type { ArchName } from "../../target/arch.js";
import { errorNames } from "./errors.js";
import { signalNames } from "./signals.js";
import { syscallNames } from "./syscalls.js";

export type NameTable = "strerror" | "signal_name" | "syscall_name";

export interface Names {
  /** By number; "" where there is none. */
  readonly names: readonly string[];
  readonly unknown: string;
  /** A negative number means what the positive one does. */
  readonly signless: boolean;
}

export function nameTable(table: NameTable, arch: ArchName): Names {
  switch (table) {
    case "strerror":
      return { names: errorNames, unknown: "Unknown error", signless: true };
    case "signal_name":
      return { names: signalNames, unknown: "N/A", signless: false };
    case "syscall_name":
      return { names: syscallNames(arch), unknown: "Unknown syscall", signless: false };
  }
}

export function nameOf({ names, unknown, signless }: Names, number: bigint): string {
  const index = signless && number < 0n ? -number : number;
  const name = index < BigInt(names.length) ? names[Number(index)] : undefined;
  return name === undefined || name === "" ? unknown : name;
}
