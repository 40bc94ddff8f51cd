import {
  defsOf,
  type MBlock,
  type MFunction,
  type MInsn,
  mapRegisters,
  mapTermRegisters,
  termUses,
  usesOf,
  type VReg,
} from "./machine.js";

/**
 * Takes registers out of the allocator's way. One whose only definition needs no input is made anew before each use;
 * any other gets 8 bytes of the frame: saved after each write, reloaded before each read. `origins` gains an entry
 * for every new register. Pointers survive: the verifier tracks whole aligned 8-byte spills.
 */
export function spill(
  fn: MFunction,
  members: readonly VReg[],
  spills: number,
  origins: Map<VReg, VReg>,
): { readonly fn: MFunction; readonly spills: number } {
  const remake = remakeable(fn, members);
  const place = new Map<VReg, number>();
  let next = spills;
  // Registers the allocator had merged never hold different values at once: they share one place.
  const shared = members.some((reg) => !remake.has(reg)) ? next++ : -1;
  for (const reg of members) if (!remake.has(reg)) place.set(reg, shared);
  const out: MFunction = { name: fn.name, blocks: [], registers: fn.registers };
  const temporary = (reg: VReg): VReg => {
    const fresh = out.registers++;
    origins.set(fresh, origins.get(reg) ?? reg);
    return fresh;
  };
  const fetch = (reg: VReg, to: VReg, insns: MInsn[]): void => {
    const made = remake.get(reg);
    if (made !== undefined)
      insns.push(
        mapRegisters(
          made,
          (r) => r,
          () => to,
        ),
      );
    else insns.push({ kind: "reload", dst: to, spill: place.get(reg) ?? 0 });
  };
  const isSpilled = (reg: VReg): boolean => remake.has(reg) || place.has(reg);
  for (const block of fn.blocks) {
    const insns: MInsn[] = [];
    for (const insn of block.insns) rewrite(insn, insns, { isSpilled, temporary, fetch, place, remake });
    const renamed = new Map<VReg, VReg>();
    for (const reg of termUses(block.term)) {
      if (!isSpilled(reg) || renamed.has(reg)) continue;
      const fresh = temporary(reg);
      renamed.set(reg, fresh);
      fetch(reg, fresh, insns);
    }
    const term = mapTermRegisters(block.term, (reg) => renamed.get(reg) ?? reg);
    out.blocks.push({ id: block.id, insns, term } satisfies MBlock);
  }
  return { fn: out, spills: next };
}

interface Rewriting {
  readonly isSpilled: (reg: VReg) => boolean;
  readonly temporary: (reg: VReg) => VReg;
  readonly fetch: (reg: VReg, to: VReg, insns: MInsn[]) => void;
  readonly place: ReadonlyMap<VReg, number>;
  readonly remake: ReadonlyMap<VReg, MInsn>;
}

function rewrite(insn: MInsn, out: MInsn[], r: Rewriting): void {
  const reads = usesOf(insn).filter(r.isSpilled);
  const writes = defsOf(insn).filter(r.isSpilled);
  if (reads.length === 0 && writes.length === 0) {
    out.push(insn);
    return;
  }
  if (writes.some((reg) => r.remake.has(reg))) return; // made where it is used
  const renamed = new Map<VReg, VReg>();
  for (const reg of new Set([...reads, ...writes])) renamed.set(reg, r.temporary(reg));
  for (const reg of new Set(reads)) r.fetch(reg, renamed.get(reg) ?? reg, out);
  const to = (reg: VReg): VReg => renamed.get(reg) ?? reg;
  out.push(mapRegisters(insn, to, to));
  for (const reg of writes) out.push({ kind: "save", src: to(reg), spill: r.place.get(reg) ?? 0 });
}

/** Registers with one definition that reads nothing, and that definition. */
function remakeable(fn: MFunction, members: readonly VReg[]): Map<VReg, MInsn> {
  const found = new Map<VReg, MInsn | undefined>();
  const wanted = new Set(members);
  for (const block of fn.blocks) {
    for (const insn of block.insns) {
      for (const def of defsOf(insn)) {
        if (!wanted.has(def)) continue;
        const alone =
          !found.has(def) && usesOf(insn).length === 0 && insn.kind !== "reload" && insn.kind !== "call";
        // Loads from the frame read memory that may have changed since.
        found.set(def, alone && insn.kind !== "ldx" ? insn : undefined);
      }
    }
  }
  const result = new Map<VReg, MInsn>();
  for (const [reg, insn] of found) if (insn !== undefined) result.set(reg, insn);
  return result;
}
