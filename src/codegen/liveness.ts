import { defsOf, type MBlock, type MFunction, termTargets, termUses, usesOf, type VReg } from "./machine.js";

/** Registers live at the end of each block, by block id. Needs: blocks with terminators. Changes nothing. */
export function liveOut(fn: MFunction): ReadonlyMap<number, ReadonlySet<VReg>> {
  const ins = new Map<number, Set<VReg>>();
  const outs = new Map<number, Set<VReg>>();
  for (const block of fn.blocks) {
    ins.set(block.id, new Set());
    outs.set(block.id, new Set());
  }
  const summaries = new Map(fn.blocks.map((block) => [block.id, summary(block)]));
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = fn.blocks.length - 1; i >= 0; i--) {
      const block = fn.blocks[i];
      if (block === undefined) continue;
      const out = outs.get(block.id) ?? new Set();
      for (const next of termTargets(block.term)) for (const reg of ins.get(next) ?? []) out.add(reg);
      const into = ins.get(block.id) ?? new Set();
      const before = into.size;
      const { exposed, killed } = summaries.get(block.id) ?? { exposed: [], killed: new Set<VReg>() };
      for (const reg of exposed) into.add(reg);
      for (const reg of out) if (!killed.has(reg)) into.add(reg);
      if (into.size !== before) changed = true;
    }
  }
  return outs;
}

/** What a block reads before it writes, and what it writes. */
function summary(block: MBlock): { exposed: VReg[]; killed: Set<VReg> } {
  const killed = new Set<VReg>();
  const exposed = new Set<VReg>();
  for (const insn of block.insns) {
    for (const reg of usesOf(insn)) if (!killed.has(reg)) exposed.add(reg);
    for (const reg of defsOf(insn)) killed.add(reg);
  }
  for (const reg of termUses(block.term)) if (!killed.has(reg)) exposed.add(reg);
  return { exposed: [...exposed], killed };
}
