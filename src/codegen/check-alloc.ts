/**
 * Proves an allocation, independently of how it was found (the idea is regalloc2's checker): walks the code with the
 * machine registers and spill places as locations, keeping for each the set of virtual registers whose current value
 * it certainly holds, and demands at every read that the location holds what the selected code meant. Where paths
 * meet, only what holds on all of them is known. Runs in every build. Needs: the allocation. Changes nothing.
 */
import {
  defsOf,
  isVirtual,
  type MBlock,
  type MInsn,
  moveOf,
  termTargets,
  termUses,
  usesOf,
  type VReg,
} from "./machine.js";
import type { Allocation } from "./regalloc.js";

/** "r3" or "s0" to the virtual registers whose values are there. */
type State = Map<string, ReadonlySet<VReg>>;

/** Problems found, in words for a bug report; empty means proven. */
export function checkAllocation(allocation: Allocation): readonly string[] {
  const { fn } = allocation;
  const entry = fn.blocks[0];
  if (entry === undefined) return [];
  const problems: string[] = [];
  const states = new Map<number, State>([[entry.id, new Map()]]);
  const known = new Set(fn.blocks.map((block) => block.id));
  const changed = new Set([entry.id]);
  // First the fixpoint in silence, then one pass that complains. In the code's order a block comes after most that lead to
  // it, so that few are walked twice.
  while (changed.size > 0) {
    for (const block of fn.blocks) {
      if (!changed.delete(block.id)) continue;
      const out = walk(block, states.get(block.id) ?? new Map(), allocation, []);
      for (const target of termTargets(block.term)) {
        const met = known.has(target) ? meet(states.get(target), out) : undefined;
        if (met === undefined) continue;
        states.set(target, met);
        changed.add(target);
      }
    }
  }
  for (const block of fn.blocks) {
    const state = states.get(block.id);
    if (state !== undefined) walk(block, state, allocation, problems);
  }
  return problems;
}

/** The intersection, or undefined if it changes nothing. */
function meet(old: State | undefined, incoming: State): State | undefined {
  if (old === undefined) return new Map(incoming);
  let changed = false;
  const result: State = new Map();
  for (const [place, held] of old) {
    const other = incoming.get(place);
    const both = new Set([...held].filter((reg) => other?.has(reg) === true));
    if (both.size !== held.size) changed = true;
    if (both.size > 0) result.set(place, both);
  }
  return changed ? result : undefined;
}

function walk(block: MBlock, before: State, allocation: Allocation, problems: string[]): State {
  const state: State = new Map(before);
  const { registers, origins } = allocation;
  const meant = (reg: VReg): VReg => origins.get(reg) ?? reg;
  const placeOf = (reg: VReg): string => `r${isVirtual(reg) ? registers.get(reg) : reg}`;
  const expect = (reg: VReg, where: string): void => {
    // Machine registers named outright (arguments, results) are checked through the moves that fill them.
    if (!isVirtual(reg)) return;
    if (!registers.has(reg)) problems.push(`${where}: v${reg} has no register`);
    else if (state.get(placeOf(reg))?.has(meant(reg)) !== true) {
      problems.push(`${where}: ${placeOf(reg)} does not hold v${meant(reg)}`);
    }
  };
  const define = (reg: VReg, held: ReadonlySet<VReg>): void => {
    const value = meant(reg);
    if (isVirtual(reg)) {
      for (const [place, known] of state) {
        if (known.has(value)) state.set(place, new Set([...known].filter((r) => r !== value)));
      }
    }
    const kept = [...held].filter((r) => r !== value);
    state.set(placeOf(reg), isVirtual(reg) ? new Set([...kept, value]) : new Set(kept));
  };
  block.insns.forEach((insn, index) => {
    const where = `${allocation.fn.name} b${block.id}.${index} (${insn.kind})`;
    for (const reg of usesOf(insn)) expect(reg, where);
    step(insn, { state, meant, placeOf, define, where, problems });
  });
  for (const reg of termUses(block.term)) expect(reg, `${allocation.fn.name} b${block.id} end`);
  return state;
}

interface Step {
  readonly state: State;
  readonly meant: (reg: VReg) => VReg;
  readonly placeOf: (reg: VReg) => string;
  readonly define: (reg: VReg, held: ReadonlySet<VReg>) => void;
  readonly where: string;
  readonly problems: string[];
}

const nothing: ReadonlySet<VReg> = new Set();

function step(insn: MInsn, s: Step): void {
  if (insn.kind === "save") {
    s.state.set(`s${insn.spill}`, s.state.get(s.placeOf(insn.src)) ?? nothing);
    return;
  }
  if (insn.kind === "reload") {
    const held = s.state.get(`s${insn.spill}`) ?? nothing;
    if (!held.has(s.meant(insn.dst)))
      s.problems.push(`${s.where}: s${insn.spill} does not hold v${s.meant(insn.dst)}`);
    // Reading a value back does not change it: it stays known wherever it is.
    s.state.set(s.placeOf(insn.dst), held);
    return;
  }
  if (insn.kind === "kept") {
    if (s.state.get(s.placeOf(insn.dst))?.has(s.meant(insn.dst)) !== true) {
      s.problems.push(`${s.where}: ${s.placeOf(insn.dst)} does not hold v${s.meant(insn.dst)} any more`);
    }
    return;
  }
  const move = moveOf(insn);
  if (move !== undefined) {
    s.define(move.dst, s.state.get(s.placeOf(move.src)) ?? nothing);
    return;
  }
  for (const def of defsOf(insn)) s.define(def, nothing);
}
