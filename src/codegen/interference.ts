import { liveOut } from "./liveness.js";
import { defsOf, isVirtual, type MFunction, moveOf, termUses, usesOf, type VReg } from "./machine.js";

/** Who may not share a register with whom, and who would like to. Nodes are virtual registers and r0-r5. */
export interface Interference {
  readonly neighbours: Map<VReg, Set<VReg>>;
  readonly moves: readonly { readonly dst: VReg; readonly src: VReg }[];
  /** How often a register is read or written in the text. */
  readonly uses: ReadonlyMap<VReg, number>;
}

/** Needs: nothing but the code. Changes nothing. */
export function interference(fn: MFunction): Interference {
  const neighbours = new Map<VReg, Set<VReg>>();
  const uses = new Map<VReg, number>();
  const moves: { dst: VReg; src: VReg }[] = [];
  const node = (reg: VReg): Set<VReg> => {
    const known = neighbours.get(reg);
    if (known !== undefined) return known;
    const fresh = new Set<VReg>();
    neighbours.set(reg, fresh);
    return fresh;
  };
  const connect = (a: VReg, b: VReg): void => {
    if (a === b || (!isVirtual(a) && !isVirtual(b))) return;
    node(a).add(b);
    node(b).add(a);
  };
  const seen = (reg: VReg): void => {
    node(reg);
    uses.set(reg, (uses.get(reg) ?? 0) + 1);
  };
  const outs = liveOut(fn);
  for (const block of fn.blocks) {
    const live = new Set(outs.get(block.id));
    for (const reg of termUses(block.term)) {
      live.add(reg);
      seen(reg);
    }
    for (let i = block.insns.length - 1; i >= 0; i--) {
      const insn = block.insns[i];
      if (insn === undefined) continue;
      const move = moveOf(insn);
      if (move !== undefined) moves.push(move);
      for (const def of defsOf(insn)) {
        seen(def);
        // A copy may share its source's register: they hold the same value.
        for (const other of live) if (other !== move?.src) connect(def, other);
      }
      // Several registers lost at once (a call) are machine registers, which never meet each other here.
      for (const def of defsOf(insn)) live.delete(def);
      for (const use of usesOf(insn)) {
        seen(use);
        live.add(use);
      }
    }
  }
  return { neighbours, moves, uses };
}
