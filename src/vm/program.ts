/** Instructions made ready to run: labels become indices. */
import type { Insn, Item, Label } from "../bpf/insn.js";

/** A BPF function as the machine takes it. */
export interface VmFunction {
  readonly name: string;
  readonly items: readonly Item[];
}

/** A function ready to run. */
export interface Code {
  readonly name: string;
  readonly insns: readonly Insn[];
  /** Index of the instruction a label stands before. */
  readonly targets: ReadonlyMap<Label, number>;
}

/** Throws when a jump leads to no label: the encoder would refuse it too. */
export function prepare({ name, items }: VmFunction): Code {
  const insns: Insn[] = [];
  const targets = new Map<Label, number>();
  for (const item of items) {
    if (item.kind === "label") targets.set(item.label, insns.length);
    else insns.push(item);
  }
  for (const insn of insns) {
    if ((insn.kind === "jmp" || insn.kind === "ja") && !targets.has(insn.target)) {
      throw new Error(`${name}: jump to undefined label ${insn.target}`);
    }
  }
  return { name, insns, targets };
}
