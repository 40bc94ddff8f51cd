/**
 * Allocated machine code to BPF items: registers and frame offsets filled in, blocks laid out so that most jumps
 * fall through, empty blocks and equal ends merged. Needs: a checked allocation and a frame. Changes neither.
 */
import type { Insn, Item, JmpOp, Operand, Reg } from "../bpf/insn.js";
import { label } from "../bpf/insn.js";
import type { Frame } from "./frame.js";
import {
  framePointer,
  isVirtual,
  type MBlock,
  type MInsn,
  type MTerm,
  type VOperand,
  type VReg,
} from "./machine.js";
import { type Allocation, isUselessMove } from "./regalloc.js";

interface Block {
  readonly id: number;
  readonly insns: readonly Insn[];
  readonly term: MTerm;
}

export function emit(allocation: Allocation, frame: Frame): readonly Item[] {
  const translate = translator(allocation, frame);
  const blocks = new Map<number, Block>();
  for (const block of allocation.fn.blocks) {
    blocks.set(block.id, { id: block.id, insns: translate.insns(block), term: translate.term(block.term) });
  }
  shareEnds(blocks);
  const resolve = threading(blocks);
  const first = allocation.fn.blocks[0];
  return first === undefined ? [] : layOut(blocks, resolve, resolve(first.id));
}

/** Ends that give the same constant become one block: jumping there is an instruction less than ending again. */
function shareEnds(blocks: Map<number, Block>): void {
  const ends = new Map<number, number>();
  let free = Math.max(...blocks.keys()) + 1;
  for (const block of [...blocks.values()]) {
    const last = block.insns.at(-1);
    if (block.term.kind !== "exit" || !isConstantResult(last)) continue;
    const end = ends.get(last.src.value) ?? free++;
    if (!ends.has(last.src.value)) blocks.set(end, { id: end, insns: [last], term: block.term });
    ends.set(last.src.value, end);
    const insns = block.insns.slice(0, -1);
    blocks.set(block.id, { id: block.id, insns, term: { ...block.term, kind: "goto", to: end } });
  }
}

type ConstantResult = Insn & { readonly kind: "alu"; readonly src: { readonly kind: "imm" } };

function isConstantResult(insn: Insn | undefined): insn is ConstantResult {
  return insn?.kind === "alu" && insn.op === "mov" && insn.dst === 0 && insn.is64 && insn.src.kind === "imm";
}

// ---------------------------------------------------------------------------------------------- translation

function translator(allocation: Allocation, frame: Frame) {
  const at = (reg: VReg): Reg => {
    const machine = isVirtual(reg) ? allocation.registers.get(reg) : reg;
    if (machine === undefined || machine < 0 || machine > 10) throw new Error(`v${reg} has no register`);
    return machine as Reg;
  };
  const operand = (o: VOperand): Operand => (o.kind === "reg" ? { kind: "reg", reg: at(o.reg) } : o);
  const insns = (block: MBlock): Insn[] =>
    block.insns
      .filter((insn) => !isUselessMove(insn, allocation))
      .flatMap((insn) => translateInsn(insn, at, operand, frame));
  const term = (t: MTerm): MTerm => (t.kind === "cond" ? { ...t, dst: at(t.dst), src: operand(t.src) } : t);
  return { insns, term };
}

function translateInsn(
  insn: MInsn,
  at: (reg: VReg) => Reg,
  operand: (o: VOperand) => Operand,
  frame: Frame,
): readonly Insn[] {
  const span = insn.span === undefined ? {} : { span: insn.span };
  const off = (access: { readonly off: number; readonly slot?: number }): number =>
    access.slot === undefined ? access.off : (frame.slots[access.slot] ?? 0) + access.off;
  switch (insn.kind) {
    case "alu":
      return [{ ...insn, dst: at(insn.dst), src: operand(insn.src) }];
    case "neg":
    case "endian":
    case "loadImm64":
    case "loadMap":
    case "loadMapValue":
    case "loadFunction":
      return [{ ...insn, dst: at(insn.dst) }];
    case "movsx":
      return [{ ...insn, dst: at(insn.dst), src: at(insn.src) }];
    case "ldx":
      return [
        {
          kind: "ldx",
          size: insn.size,
          signed: insn.signed,
          dst: at(insn.dst),
          src: at(insn.src),
          off: off(insn),
          ...span,
        },
      ];
    case "st":
      return [{ kind: "st", size: insn.size, dst: at(insn.dst), off: off(insn), imm: insn.imm, ...span }];
    case "stx":
      return [
        { kind: "stx", size: insn.size, dst: at(insn.dst), off: off(insn), src: at(insn.src), ...span },
      ];
    case "atomic": {
      const { op, fetch, size } = insn;
      return [
        { kind: "atomic", op, fetch, size, dst: at(insn.dst), off: off(insn), src: at(insn.src), ...span },
      ];
    }
    case "slotAddr": {
      const dst = at(insn.dst);
      const value = (frame.slots[insn.slot] ?? 0) + insn.off;
      const from: Insn = {
        kind: "alu",
        op: "mov",
        is64: true,
        dst,
        src: { kind: "reg", reg: framePointer as Reg },
        ...span,
      };
      return [from, { kind: "alu", op: "add", is64: true, dst, src: { kind: "imm", value }, ...span }];
    }
    case "call":
      return [{ ...insn.callee, ...span }];
    case "reload":
      return [
        {
          kind: "ldx",
          size: 8,
          signed: false,
          dst: at(insn.dst),
          src: framePointer as Reg,
          off: spillOffset(frame, insn.spill),
          ...span,
        },
      ];
    case "kept":
      return [];
    case "save":
      return [
        {
          kind: "stx",
          size: 8,
          dst: framePointer as Reg,
          off: spillOffset(frame, insn.spill),
          src: at(insn.src),
          ...span,
        },
      ];
  }
}

function spillOffset(frame: Frame, spill: number): number {
  const offset = frame.spills[spill];
  if (offset === undefined) throw new Error(`no spill place ${spill}`);
  return offset;
}

// ---------------------------------------------------------------------------------------------------- layout

/** Where a jump to a block really goes: through empty blocks, and to the first of several equal ends. */
function threading(blocks: ReadonlyMap<number, Block>): (id: number) => number {
  const ends = new Map<string, number>();
  const same = new Map<number, number>();
  for (const block of blocks.values()) {
    if (block.term.kind !== "exit" || block.insns.length > 2) continue;
    const text = JSON.stringify(
      block.insns.map((insn) => ({ ...insn, span: undefined })),
      (_, v: unknown) => (typeof v === "bigint" ? `${v}n` : v),
    );
    const known = ends.get(text);
    if (known === undefined) ends.set(text, block.id);
    else same.set(block.id, known);
  }
  return (id) => {
    const seen = new Set<number>();
    let at = id;
    for (;;) {
      const block = blocks.get(at);
      if (block === undefined || seen.has(at)) return at;
      seen.add(at);
      if (block.insns.length === 0 && block.term.kind === "goto") at = block.term.to;
      else return same.get(at) ?? at;
    }
  };
}

const inverse = {
  eq: "ne",
  ne: "eq",
  gt: "le",
  le: "gt",
  ge: "lt",
  lt: "ge",
  sgt: "sle",
  sle: "sgt",
  sge: "slt",
  slt: "sge",
} as const satisfies Partial<Record<JmpOp, JmpOp>>;

function layOut(
  blocks: ReadonlyMap<number, Block>,
  resolve: (id: number) => number,
  entry: number,
): readonly Item[] {
  const items: Item[] = [];
  const placed = new Set<number>();
  const waiting = [entry];
  const targets = new Set<number>();
  const jump = (to: number): number => {
    targets.add(to);
    if (!placed.has(to)) waiting.push(to);
    return to;
  };
  const isEnd = (id: number): boolean => blocks.get(id)?.term.kind === "exit";
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    let at: number | undefined = id;
    while (at !== undefined && !placed.has(at)) {
      placed.add(at);
      const block = blocks.get(at);
      if (block === undefined) throw new Error(`no block ${at}`);
      items.push({ kind: "label", label: label(at) }, ...block.insns);
      at = endBlock(block.term, items, { resolve, placed, jump, isEnd });
    }
  }
  // Labels nobody jumps to are noise in listings.
  return items.filter((item) => item.kind !== "label" || targets.has(item.label));
}

interface Layout {
  readonly resolve: (id: number) => number;
  readonly placed: ReadonlySet<number>;
  readonly jump: (to: number) => number;
  readonly isEnd: (id: number) => boolean;
}

/** Emits a block's end and returns the block to be placed right behind it, if any. */
function endBlock(term: MTerm, items: Item[], l: Layout): number | undefined {
  const span = term.span === undefined ? {} : { span: term.span };
  if (term.kind === "exit") {
    items.push({ kind: "exit", ...span });
    return undefined;
  }
  if (term.kind === "goto") {
    const to = l.resolve(term.to);
    if (!l.placed.has(to)) return to;
    items.push({ kind: "ja", target: label(l.jump(to)), ...span });
    return undefined;
  }
  const [then, otherwise] = [l.resolve(term.then), l.resolve(term.otherwise)];
  if (then === otherwise) return endBlock({ kind: "goto", to: then, ...span }, items, l);
  const test = {
    kind: "jmp",
    is64: term.is64,
    dst: term.dst as Reg,
    src: term.src as Operand,
    ...span,
  } as const;
  const endsThere = l.isEnd(otherwise) && !l.isEnd(then) && !l.placed.has(then) && term.op in inverse;
  if (!l.placed.has(otherwise) && !endsThere) {
    items.push({ ...test, op: term.op, target: label(l.jump(then)) });
    return otherwise;
  }
  if (!l.placed.has(then) && term.op in inverse) {
    items.push({ ...test, op: inverse[term.op as keyof typeof inverse], target: label(l.jump(otherwise)) });
    return then;
  }
  items.push({ ...test, op: term.op, target: label(l.jump(then)) });
  return endBlock({ kind: "goto", to: otherwise, ...span }, items, l);
}
