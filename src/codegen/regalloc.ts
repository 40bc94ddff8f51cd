/**
 * Register allocation by graph colouring (Chaitin, Briggs; George and Appel for coalescing): build the
 * interference graph, merge what copies connect where that is safe, colour, and where ten registers do not suffice
 * put a value into the frame and begin again. Needs: machine code from selection. The code it returns has reloads
 * and saves inserted; `registers` says which machine register each virtual one got. `check-alloc.ts` proves it.
 */
import { append } from "../base/multimap.js";
import { LeastFirst } from "../base/least-first.js";
import { interference, type Interference } from "./interference.js";
import { isVirtual, type MFunction, moveOf, type VReg } from "./machine.js";
import { dropRoundTrips } from "./round-trips.js";
import { spill } from "./spill.js";

export interface Allocation {
  readonly fn: MFunction;
  readonly registers: ReadonlyMap<VReg, number>;
  /** Spill slots of 8 bytes each. */
  readonly spills: number;
  /** For a register made by spilling: the one whose value it carries. */
  readonly origins: ReadonlyMap<VReg, VReg>;
}

const machineRegisters = 10;
/** Lost by calls first: the kept ones are scarce. r1-r3 last, since arguments compete for them. */
const preference: readonly number[] = [0, 5, 4, 3, 2, 1, 6, 7, 8, 9];
const maxRounds = 200;
/** One of so many registers that found no place goes into the frame before the next try. */
const spilledAtOnce = 4;

export function allocate(selected: MFunction): Allocation {
  let fn = selected;
  let spills = 0;
  const origins = new Map<VReg, VReg>();
  for (let round = 0; round < maxRounds; round++) {
    const graph = interference(fn);
    const groups = coalesce(graph);
    const outcome = colour(graph, groups, origins);
    if (outcome.kind === "coloured") {
      return { fn: dropRoundTrips(fn, outcome.registers), registers: outcome.registers, spills, origins };
    }
    for (const members of outcome.groups) {
      const rewritten = spill(fn, members, spills, origins);
      fn = rewritten.fn;
      spills = rewritten.spills;
    }
  }
  throw new Error(`${selected.name}: register allocation does not end`);
}

// ----------------------------------------------------------------------------------------------- coalescing

/** Sets of registers that get one machine register; `find` names the set's representative. */
interface Groups {
  find(reg: VReg): VReg;
  /** Neighbours of each representative, by representative. */
  readonly neighbours: ReadonlyMap<VReg, ReadonlySet<VReg>>;
  /** The virtual registers of each set, by representative. */
  readonly members: ReadonlyMap<VReg, readonly VReg[]>;
}

function coalesce(graph: Interference): Groups {
  const parent = new Map<VReg, VReg>();
  const find = (reg: VReg): VReg => {
    let root = reg;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    // Who asks again goes straight there: chains of merges are as long as the script.
    for (let at = reg; at !== root; ) {
      const up = parent.get(at) ?? root;
      parent.set(at, root);
      at = up;
    }
    return root;
  };
  const neighbours = new Map([...graph.neighbours].map(([reg, set]) => [reg, new Set(set)] as const));
  const of = (reg: VReg): Set<VReg> => neighbours.get(reg) ?? new Set();
  const isHard = (reg: VReg): boolean => !isVirtual(reg) || of(reg).size >= machineRegisters;
  /** Hard neighbours of each: counted once and kept, because a variable of a long script has a neighbour in each line. */
  const hard = new Map<VReg, number>();
  const count = (reg: VReg, change: number): void => void hard.set(reg, (hard.get(reg) ?? 0) + change);
  for (const [reg, set] of neighbours) if (isHard(reg)) for (const other of set) count(other, 1);
  const merge = (keep: VReg, drop: VReg): void => {
    parent.set(drop, keep);
    const kept = of(keep);
    neighbours.set(keep, kept);
    const [wasHard, dropWasHard] = [isHard(keep), isHard(drop)];
    for (const other of of(drop)) {
      if (dropWasHard) count(other, -1);
      const theirs = of(other);
      theirs.delete(drop);
      if (kept.has(other)) {
        // One neighbour less: that may have been the one too many.
        if (isVirtual(other) && theirs.size === machineRegisters - 1)
          for (const third of theirs) count(third, -1);
        continue;
      }
      theirs.add(keep);
      kept.add(other);
      if (wasHard) count(other, 1);
      if (isHard(other)) count(keep, 1);
    }
    neighbours.delete(drop);
    if (!wasHard && isHard(keep)) for (const other of kept) count(other, 1);
  };
  /** Briggs: the merged node has fewer hard neighbours than there are registers, so it can still be coloured. */
  const isBriggsSafe = (keep: VReg, drop: VReg): boolean => {
    let both = hard.get(keep) ?? 0;
    for (const other of of(drop)) if (!of(keep).has(other) && isHard(other)) both++;
    return both < machineRegisters;
  };
  // A merge can make another one safe: go on until none is left.
  for (let again = true; again; ) {
    again = false;
    for (const { dst, src } of graph.moves) {
      const [a, b] = [find(dst), find(src)];
      if (a === b || of(a).has(b) || (!isVirtual(a) && !isVirtual(b))) continue;
      // The larger one stays: a variable written in each line of a long script gathers neighbours.
      const [keep, drop] = isVirtual(b) && !(isVirtual(a) && of(b).size > of(a).size) ? [a, b] : [b, a];
      if (!(isVirtual(keep) ? isBriggsSafe(keep, drop) : isGeorgeSafe(keep, of(drop), of))) continue;
      merge(keep, drop);
      again = true;
    }
  }
  const members = new Map<VReg, VReg[]>();
  for (const reg of graph.neighbours.keys()) if (isVirtual(reg)) append(members, find(reg), reg);
  return { find, neighbours, members };
}

/** George: every neighbour of the virtual side is easy, or in conflict with the machine register already. */
function isGeorgeSafe(machine: VReg, b: ReadonlySet<VReg>, of: (reg: VReg) => ReadonlySet<VReg>): boolean {
  for (const other of b) {
    if (!isVirtual(other) || of(machine).has(other) || of(other).size < machineRegisters) continue;
    return false;
  }
  return true;
}

// ------------------------------------------------------------------------------------------------ colouring

type Outcome =
  | { readonly kind: "coloured"; readonly registers: ReadonlyMap<VReg, number> }
  | { readonly kind: "spill"; readonly groups: readonly (readonly VReg[])[] };

function colour(graph: Interference, groups: Groups, origins: ReadonlyMap<VReg, VReg>): Outcome {
  const stack = simplificationOrder(graph, groups, origins);
  const colours = new Map<VReg, number>();
  const partners = movePartners(graph, groups);
  const colourOf = (reg: VReg): number | undefined => (isVirtual(reg) ? colours.get(reg) : reg);
  const failed: VReg[] = [];
  for (let i = stack.length - 1; i >= 0; i--) {
    const reg = stack[i];
    if (reg === undefined) continue;
    const taken = new Set<number>();
    for (const other of groups.neighbours.get(reg) ?? []) {
      const colour = colourOf(other);
      if (colour !== undefined) taken.add(colour);
    }
    const wanted = (partners.get(reg) ?? []).map(colourOf).find((c) => c !== undefined && !taken.has(c));
    const chosen = wanted ?? preference.find((c) => !taken.has(c));
    if (chosen === undefined) failed.push(reg);
    else colours.set(reg, chosen);
  }
  const victims = cheapest(failed, graph, groups, origins);
  if (victims.length > 0)
    return { kind: "spill", groups: victims.map((victim) => groups.members.get(victim) ?? []) };
  const registers = new Map<VReg, number>();
  for (const reg of graph.neighbours.keys()) {
    const colour = colourOf(groups.find(reg));
    if (isVirtual(reg) && colour !== undefined) registers.set(reg, colour);
  }
  return { kind: "coloured", registers };
}

function movePartners(graph: Interference, groups: Groups): Map<VReg, VReg[]> {
  const partners = new Map<VReg, VReg[]>();
  for (const { dst, src } of graph.moves) {
    const [a, b] = [groups.find(dst), groups.find(src)];
    if (a === b) continue;
    append(partners, a, b);
    append(partners, b, a);
  }
  return partners;
}

/** Cost of keeping a group in the frame, by its degree: few uses and many conflicts make a good victim. */
function cost(group: VReg, graph: Interference, groups: Groups, origins: ReadonlyMap<VReg, VReg>): number {
  let uses = 0;
  for (const member of groups.members.get(group) ?? []) {
    // What a spill made lives for one instruction: spilling it again helps nobody.
    if (origins.has(member)) return Number.POSITIVE_INFINITY;
    uses += graph.uses.get(member) ?? 0;
  }
  return uses / Math.max(1, groups.neighbours.get(group)?.size ?? 1);
}

/**
 * Whom to put into the frame. Often one is enough and the others then find a register; of many, a part goes at once,
 * since each round looks at the whole function anew.
 */
function cheapest(
  regs: readonly VReg[],
  graph: Interference,
  groups: Groups,
  origins: ReadonlyMap<VReg, VReg>,
): readonly VReg[] {
  if (regs.length === 0) return [];
  const priced = (candidates: readonly VReg[]): VReg[] =>
    [...new Set(candidates)]
      .map((reg) => ({ reg, price: cost(reg, graph, groups, origins) }))
      .filter(({ price }) => price < Number.POSITIVE_INFINITY)
      .sort((a, b) => a.price - b.price)
      .map(({ reg }) => reg);
  const own = priced(regs);
  if (own.length > 0) return own.slice(0, Math.ceil(own.length / spilledAtOnce));
  // A failed node may itself be a spill's temporary; then one of those it conflicts with must go.
  const around = priced(regs.flatMap((reg) => [...(groups.neighbours.get(reg) ?? [])]).filter(isVirtual));
  if (around.length === 0) throw new Error("register allocation: nothing left to spill");
  return around.slice(0, 1);
}

/** Easy nodes first; when only hard ones are left, the cheapest to spill goes on the stack and may yet be lucky. */
function simplificationOrder(graph: Interference, groups: Groups, origins: ReadonlyMap<VReg, VReg>): VReg[] {
  const nodes = [...groups.neighbours.keys()].filter(isVirtual);
  const indices = new Map(nodes.map((reg, index) => [reg, index]));
  const degrees = nodes.map((reg) => groups.neighbours.get(reg)?.size ?? 0);
  const removed = new Uint8Array(nodes.length);
  const easy = new LeastFirst();
  degrees.forEach((degree, index) => {
    if (degree < machineRegisters) easy.add(index);
  });
  const stack: VReg[] = [];
  const remove = (index: number): void => {
    const reg = nodes[index];
    if (reg === undefined) return;
    stack.push(reg);
    removed[index] = 1;
    for (const other of groups.neighbours.get(reg) ?? []) {
      const at = indices.get(other);
      if (at === undefined || removed[at] === 1) continue;
      const degree = (degrees[at] ?? 0) - 1;
      degrees[at] = degree;
      if (degree === machineRegisters - 1) easy.add(at);
    }
  };
  let byPrice: readonly number[] | undefined;
  for (let next = 0; ; ) {
    const index = easy.take();
    if (index !== undefined) {
      remove(index);
      continue;
    }
    byPrice ??= cheapestFirst(nodes, graph, groups, origins);
    while (next < byPrice.length && removed[byPrice[next] ?? 0] === 1) next++;
    const hard = byPrice[next];
    if (hard === undefined) return stack;
    remove(hard);
  }
}

function cheapestFirst(
  nodes: readonly VReg[],
  graph: Interference,
  groups: Groups,
  origins: ReadonlyMap<VReg, VReg>,
): readonly number[] {
  const prices = nodes.map((reg) => cost(reg, graph, groups, origins));
  const order = nodes.map((_, index) => index);
  const compare = (a: number, b: number): number => {
    const [left, right] = [prices[a] ?? 0, prices[b] ?? 0];
    return left === right ? a - b : left < right ? -1 : 1;
  };
  return order.sort(compare);
}

/** Does this instruction vanish once registers are known? */
export function isUselessMove(
  insn: MFunction["blocks"][number]["insns"][number],
  allocation: Allocation,
): boolean {
  const move = moveOf(insn);
  if (move === undefined) return false;
  const at = (reg: VReg): number | undefined => (isVirtual(reg) ? allocation.registers.get(reg) : reg);
  return at(move.dst) === at(move.src);
}
