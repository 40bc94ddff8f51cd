import { isVirtual, type MBlock, type MFunction, type MInsn, moveOf, type VReg } from "./machine.js";

/**
 * A spilled value that is changed step by step is saved and fetched at every step. Within a block, a fetch of what the
 * register holds anyway goes away, and so does a save that the next save overwrites unread. Needs: colours. The proof
 * of the allocation runs on the result.
 */
export function dropRoundTrips(fn: MFunction, registers: ReadonlyMap<VReg, number>): MFunction {
  const at = (reg: VReg): number | undefined => (isVirtual(reg) ? registers.get(reg) : reg);
  const blocks = fn.blocks.map(
    (block): MBlock => ({ ...block, insns: dropOverwritten(dropFetches(block.insns, at)) }),
  );
  return { ...fn, blocks };
}

type Place = (reg: VReg) => number | undefined;

/** `save r, s; reload r, s`: the second is for nothing. Moves of a register to itself lie between. */
function dropFetches(insns: readonly MInsn[], at: Place): MInsn[] {
  const out: MInsn[] = [];
  let saved: { readonly reg: number | undefined; readonly spill: number } | undefined;
  for (const insn of insns) {
    if (insn.kind === "reload" && saved?.spill === insn.spill && saved.reg === at(insn.dst)) {
      // No instruction, but the checker still proves that the register holds what the fetch would bring.
      out.push({ ...insn, kind: "kept" });
      continue;
    }
    const move = moveOf(insn);
    const isIdle = move !== undefined && at(move.dst) === at(move.src);
    if (insn.kind === "save") saved = { reg: at(insn.src), spill: insn.spill };
    else if (!isIdle) saved = undefined;
    out.push(insn);
  }
  return out;
}

/** `save a, s; …; save b, s` with no fetch between and no way out of the block: the first is for nothing. */
function dropOverwritten(insns: readonly MInsn[]): MInsn[] {
  const overwritten = new Set<number>();
  const out: MInsn[] = [];
  for (let i = insns.length - 1; i >= 0; i--) {
    const insn = insns[i];
    if (insn === undefined) continue;
    if (insn.kind === "reload") overwritten.delete(insn.spill);
    if (insn.kind === "save") {
      if (overwritten.has(insn.spill)) continue;
      overwritten.add(insn.spill);
    }
    out.push(insn);
  }
  return out.reverse();
}
