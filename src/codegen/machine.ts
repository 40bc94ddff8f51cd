/**
 * BPF instructions on virtual registers: what selection makes, allocation rewrites and emission turns into
 * `bpf/insn.ts`. Registers 0-10 are the machine's own, those from `firstVirtual` up are virtual.
 */
import type { AtomicOp, Insn, JmpOp, MemSize, Operand, Reg } from "../bpf/insn.js";
import type { SlotId } from "../ir/ir.js";

export type VReg = number;
export const firstVirtual = 16;

export const isVirtual = (reg: VReg): boolean => reg >= firstVirtual;

/** The frame pointer; reads of it are free, nothing writes it. */
export const framePointer: VReg = 10;

export type VOperand =
  | { readonly kind: "reg"; readonly reg: VReg }
  | { readonly kind: "imm"; readonly value: number };

type WithVirtual<T> = T extends unknown
  ? {
      [K in keyof T]: [T[K]] extends [Reg] ? VReg : [T[K]] extends [Operand] ? VOperand : T[K];
    }
  : never;

/** Where a memory operand lies when it is in this function's frame: added to `off` once the frame is laid out. */
interface InFrame {
  readonly slot?: SlotId;
}
/** Kinds of `Insn` that are taken over as they are, with virtual registers. */
type Plain = Exclude<
  Insn,
  {
    readonly kind:
      | "jmp"
      | "ja"
      | "exit"
      | "callHelper"
      | "callKfunc"
      | "callFunction"
      | "ldx"
      | "st"
      | "stx"
      | "atomic";
  }
>;

export type MInsn =
  | WithVirtual<Plain>
  | (InFrame & {
      readonly kind: "ldx";
      readonly size: MemSize;
      readonly signed: boolean;
      readonly dst: VReg;
      readonly src: VReg;
      readonly off: number;
      readonly span?: number;
    })
  | (InFrame & {
      readonly kind: "st";
      readonly size: MemSize;
      readonly dst: VReg;
      readonly off: number;
      readonly imm: number;
      readonly span?: number;
    })
  | (InFrame & {
      readonly kind: "stx";
      readonly size: MemSize;
      readonly dst: VReg;
      readonly off: number;
      readonly src: VReg;
      readonly span?: number;
    })
  | (InFrame & {
      readonly kind: "atomic";
      readonly op: AtomicOp;
      readonly fetch: boolean;
      readonly size: 4 | 8;
      readonly dst: VReg;
      readonly off: number;
      readonly src: VReg;
      readonly span?: number;
    })
  /** dst = r10 + offset of the slot + off */
  | {
      readonly kind: "slotAddr";
      readonly dst: VReg;
      readonly slot: SlotId;
      readonly off: number;
      readonly span?: number;
    }
  /** Arguments were moved to r1…; r0-r5 are lost. */
  | {
      readonly kind: "call";
      readonly callee: Extract<Insn, { kind: "callHelper" | "callKfunc" | "callFunction" }>;
      readonly args: number;
      readonly span?: number;
    }
  | { readonly kind: "reload"; readonly dst: VReg; readonly spill: number; readonly span?: number }
  /** Stands for a reload that was found needless: dst holds the value already. No instruction. */
  | { readonly kind: "kept"; readonly dst: VReg; readonly spill: number; readonly span?: number }
  | { readonly kind: "save"; readonly src: VReg; readonly spill: number; readonly span?: number };

export type MTerm =
  | { readonly kind: "goto"; readonly to: number; readonly span?: number }
  | {
      readonly kind: "cond";
      readonly op: JmpOp;
      readonly is64: boolean;
      readonly dst: VReg;
      readonly src: VOperand;
      readonly then: number;
      readonly otherwise: number;
      readonly span?: number;
    }
  | { readonly kind: "exit"; readonly span?: number };

export interface MBlock {
  readonly id: number;
  readonly insns: MInsn[];
  term: MTerm;
}

/** Blocks in layout order, entry first; ids are not positions. */
export interface MFunction {
  readonly name: string;
  readonly blocks: MBlock[];
  /** Next free virtual register. */
  registers: number;
}

const sameReg = (operand: VOperand): readonly VReg[] => (operand.kind === "reg" ? [operand.reg] : []);

/** Registers an instruction reads, the frame pointer left out. */
export function usesOf(insn: MInsn): readonly VReg[] {
  switch (insn.kind) {
    case "alu":
      return insn.op === "mov" ? sameReg(insn.src) : [insn.dst, ...sameReg(insn.src)];
    case "neg":
    case "endian":
      return [insn.dst];
    case "movsx":
    case "ldx":
      return notFrame([insn.src]);
    case "st":
      return notFrame([insn.dst]);
    case "stx":
    case "atomic":
      return notFrame([insn.dst, insn.src]);
    case "save":
      return [insn.src];
    case "call":
      return [1, 2, 3, 4, 5].slice(0, insn.args);
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
    case "slotAddr":
    case "reload":
    case "kept":
      return [];
  }
}

const notFrame = (regs: readonly VReg[]): readonly VReg[] => regs.filter((reg) => reg !== framePointer);
const callClobbers: readonly VReg[] = [0, 1, 2, 3, 4, 5];

/** Registers an instruction writes or destroys. */
export function defsOf(insn: MInsn): readonly VReg[] {
  switch (insn.kind) {
    case "alu":
    case "neg":
    case "endian":
    case "movsx":
    case "ldx":
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
    case "slotAddr":
    case "reload":
    case "kept":
      return [insn.dst];
    case "atomic":
      return insn.fetch ? [insn.src] : [];
    case "call":
      return callClobbers;
    case "st":
    case "stx":
    case "save":
      return [];
  }
}

export function termUses(term: MTerm): readonly VReg[] {
  switch (term.kind) {
    case "goto":
      return [];
    case "cond":
      return [term.dst, ...sameReg(term.src)];
    case "exit":
      return [0];
  }
}

export function termTargets(term: MTerm): readonly number[] {
  switch (term.kind) {
    case "goto":
      return [term.to];
    case "cond":
      return [term.then, term.otherwise];
    case "exit":
      return [];
  }
}

/** A plain 64-bit register move: a candidate for sharing one register. */
export function moveOf(insn: MInsn): { readonly dst: VReg; readonly src: VReg } | undefined {
  if (insn.kind !== "alu" || insn.op !== "mov" || !insn.is64 || insn.src.kind !== "reg") return undefined;
  return insn.src.reg === framePointer ? undefined : { dst: insn.dst, src: insn.src.reg };
}

/** The instruction with its registers replaced; `def` for what is only written, `use` for what is read. */
export function mapRegisters(insn: MInsn, use: (reg: VReg) => VReg, def: (reg: VReg) => VReg): MInsn {
  const operand = (o: VOperand): VOperand => (o.kind === "reg" ? { kind: "reg", reg: use(o.reg) } : o);
  switch (insn.kind) {
    case "alu":
      return insn.op === "mov"
        ? { ...insn, dst: def(insn.dst), src: operand(insn.src) }
        : { ...insn, dst: use(insn.dst), src: operand(insn.src) };
    case "neg":
    case "endian":
      return { ...insn, dst: use(insn.dst) };
    case "movsx":
    case "ldx":
      return { ...insn, dst: def(insn.dst), src: use(insn.src) };
    case "st":
      return { ...insn, dst: use(insn.dst) };
    case "stx":
    case "atomic":
      return { ...insn, dst: use(insn.dst), src: use(insn.src) };
    case "save":
      return { ...insn, src: use(insn.src) };
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
    case "slotAddr":
    case "reload":
    case "kept":
      return { ...insn, dst: def(insn.dst) };
    case "call":
      return insn;
  }
}

export function mapTermRegisters(term: MTerm, use: (reg: VReg) => VReg): MTerm {
  if (term.kind !== "cond") return term;
  const src: VOperand = term.src.kind === "reg" ? { kind: "reg", reg: use(term.src.reg) } : term.src;
  return { ...term, dst: use(term.dst), src };
}
