/**
 * Instruction selection: one IR function to machine blocks on virtual registers. Block parameters become plain
 * registers that every edge writes (`edges.ts`). Needs: verified IR. Invalidates nothing; the IR stays as it is.
 */
import { assertNever } from "../base/assert-never.js";
import { HELPERS, type HelperName } from "../bpf/helpers.js";
import type { MemSize } from "../bpf/insn.js";
import type { ArithmeticOp, IrFunction, IrInstruction, IrTerminator, Jump, ValueId } from "../ir/ir.js";
import { conditionFor } from "./condition.js";
import { selectDivision } from "./division.js";
import { moveArguments } from "./edges.js";
import type { MFunction, MInsn, VOperand } from "./machine.js";
import { selectCopy, selectZero } from "./memory.js";
import { conditions, type CpuFeatures, Selection, type SpanTable } from "./selection.js";

export function select(fn: IrFunction, cpu: CpuFeatures, spans: SpanTable): MFunction {
  const s = new Selection(fn, cpu, spans);
  for (const [index, block] of fn.blocks.entries()) {
    s.open(block.id);
    s.span = undefined;
    if (index === 0) for (const [i, param] of block.params.entries()) s.move(s.home(param), i + 1);
    for (const insn of block.instructions) {
      s.span = spans.indexOf(insn.span);
      selectInsn(s, insn);
    }
    s.span = spans.indexOf(block.terminator.span);
    selectTerminator(s, block.terminator);
  }
  return s.machine;
}

type Of<Op extends IrInstruction["op"]> = Extract<IrInstruction, { readonly op: Op }>;

function selectInsn(s: Selection, insn: IrInstruction): void {
  switch (insn.op) {
    case "const":
    case "slot_addr":
    case "map_ref":
    case "func_ref":
      return; // made at each use
    case "arith":
      return selectArith(s, insn);
    case "compare":
      return selectCompare(s, insn);
    case "extend":
      return selectExtend(s, insn);
    case "bswap":
      s.into(insn.value, s.home(insn.result));
      return s.emit({ kind: "endian", to: "be", bits: insn.bits, dst: s.home(insn.result) });
    case "load":
      return selectLoad(s, insn);
    case "store":
      return selectStore(s, insn);
    case "zero":
      return selectZero(s, insn);
    case "copy":
      return selectCopy(s, insn);
    case "map_value_addr":
      return s.emit({ kind: "loadMapValue", dst: s.home(insn.result), map: insn.map, offset: insn.offset });
    case "ptr_add":
      s.into(insn.base, s.home(insn.result));
      return s.emit({
        kind: "alu",
        op: "add",
        is64: true,
        dst: s.home(insn.result),
        src: s.operand(insn.index),
      });
    case "field_addr":
      return selectFieldAddress(s, insn);
    case "atomic":
      return selectAtomic(s, insn);
    case "helper":
    case "kfunc":
    case "call":
      return selectCall(s, insn);
  }
  assertNever(insn, "IR instruction");
}

const aluOps = {
  add: "add",
  sub: "sub",
  mul: "mul",
  udiv: "div",
  umod: "mod",
  and: "and",
  or: "or",
  xor: "xor",
  shl: "lsh",
  lshr: "rsh",
  ashr: "arsh",
} as const satisfies Partial<Record<ArithmeticOp, string>>;

const commutative: ReadonlySet<ArithmeticOp> = new Set(["add", "mul", "and", "or", "xor"]);

function selectArith(s: Selection, insn: Of<"arith">): void {
  if (insn.kind === "sdiv" || insn.kind === "smod") return selectDivision(s, insn);
  const swap = commutative.has(insn.kind) && s.constant(insn.left) !== undefined;
  const left = swap ? insn.right : insn.left;
  const right = swap ? insn.left : insn.right;
  const is64 = insn.width === 64;
  const dst = s.home(insn.result);
  const src = shiftCount(insn, s.operand(right, insn.width));
  s.into(left, dst);
  // BPF has no subtraction advantage over adding the negative, but one form makes value tracking simpler.
  if (insn.kind === "sub" && src.kind === "imm" && src.value !== -0x8000_0000) {
    return s.emit({ kind: "alu", op: "add", is64, dst, src: { kind: "imm", value: -src.value } });
  }
  if (src.kind === "imm" && src.value === 0 && (insn.kind === "udiv" || insn.kind === "umod")) {
    // The encoding refuses a literal zero divisor; its meaning is defined all the same.
    return insn.kind === "udiv" ? s.loadConstant(dst, 0n) : undefined;
  }
  s.emit({ kind: "alu", op: aluOps[insn.kind], is64, dst, src });
}

/** Counts are taken modulo the width; of a literal one the kernel's verifier wants that done. */
function shiftCount({ kind, width }: Of<"arith">, count: VOperand): VOperand {
  if (count.kind !== "imm" || (kind !== "shl" && kind !== "lshr" && kind !== "ashr")) return count;
  return { kind: "imm", value: count.value & (width - 1) };
}

function selectCompare(s: Selection, insn: Of<"compare">): void {
  // Compared only by the branch right after: the branch does it.
  if (isFusedCompare(s, insn.result)) return;
  const dst = s.home(insn.result);
  const [zero, done] = [s.freshBlock(), s.freshBlock()];
  const condition = conditionFor(s, insn.kind, insn.width, insn.left, insn.right);
  // The result may share a register with an operand: it is written only behind the jump.
  const one = s.freshBlock();
  s.end({ kind: "cond", ...condition, then: one, otherwise: zero });
  s.open(one);
  s.loadConstant(dst, 1n);
  s.end({ kind: "goto", to: done });
  s.open(zero);
  s.loadConstant(dst, 0n);
  s.end({ kind: "goto", to: done });
  s.open(done);
}

/** A comparison whose one use is a branch on it being (non-)zero, in the same function. */
function isFusedCompare(s: Selection, value: ValueId): boolean {
  if (s.usesOf(value) !== 1) return false;
  const branch = s.branchOn(value);
  return branch !== undefined && fusedCompare(s, branch) === value;
}

function fusedCompare(s: Selection, term: IrTerminator): ValueId | undefined {
  if (term.op !== "branch" || (term.kind !== "ne" && term.kind !== "eq")) return undefined;
  if (s.constant(term.right) !== 0n || s.definitions.get(term.left)?.op !== "compare") return undefined;
  return s.usesOf(term.left) === 1 ? term.left : undefined;
}

function selectExtend(s: Selection, insn: Of<"extend">): void {
  const dst = s.home(insn.result);
  if (insn.bits === 32 && !insn.signed) {
    return s.emit({ kind: "alu", op: "mov", is64: false, dst, src: { kind: "reg", reg: s.reg(insn.value) } });
  }
  if (insn.signed && insn.bits !== 1 && s.cpu.cpuV4) {
    return s.emit({ kind: "movsx", is64: true, bits: insn.bits, dst, src: s.reg(insn.value) });
  }
  s.into(insn.value, dst);
  if (!insn.signed) {
    const mask = insn.bits === 1 ? 1 : insn.bits === 8 ? 0xff : 0xffff;
    return s.emit({ kind: "alu", op: "and", is64: true, dst, src: { kind: "imm", value: mask } });
  }
  signExtend(s, dst, insn.bits);
}

function signExtend(s: Selection, dst: number, bits: number): void {
  for (const op of ["lsh", "arsh"] as const) {
    s.emit({ kind: "alu", op, is64: true, dst, src: { kind: "imm", value: 64 - bits } });
  }
}

function selectLoad(s: Selection, insn: Of<"load">): void {
  const dst = s.home(insn.result);
  const signed = insn.signed && insn.size < 8;
  // Loads from the context must be plain: the kernel rewrites them.
  const type = s.fn.valueTypes[insn.address];
  const rewritten = type?.kind === "ptr" && (type.space === "ctx" || type.space === "btf");
  s.load(dst, s.address(insn.address, insn.offset), 0, insn.size, signed && s.cpu.cpuV4 && !rewritten);
  if (signed && (!s.cpu.cpuV4 || rewritten)) signExtend(s, dst, insn.size * 8);
}

function selectStore(s: Selection, insn: Of<"store">): void {
  const to = s.address(insn.address, insn.offset);
  const value = s.operand(insn.value, insn.size === 8 ? 64 : 32);
  if (value.kind === "imm") s.storeImmediate(to, 0, insn.size as MemSize, value.value);
  else s.store(to, 0, insn.size, value.reg);
}

function selectFieldAddress(s: Selection, insn: Of<"field_addr">): void {
  if (s.frameAddress(insn.result) !== undefined || s.isFoldedAddress(insn.result)) return;
  const dst = s.home(insn.result);
  s.into(insn.base, dst);
  const { core, offset } = insn;
  // An offset that is 0 here may be another elsewhere.
  if (core !== undefined)
    s.emit({ kind: "alu", op: "add", is64: true, dst, src: { kind: "imm", value: offset | 0 }, core });
  else if (offset !== 0) s.addOffset(dst, offset);
}

function selectAtomic(s: Selection, insn: Of<"atomic">): void {
  const to = s.address(insn.address, insn.offset);
  const fetch = insn.result !== undefined || insn.kind === "xchg";
  // The source register receives the old value: never a register that someone else still reads.
  const src = fetch ? s.fresh() : s.reg(insn.value);
  if (fetch) s.into(insn.value, src);
  const slot = to.slot === undefined ? {} : { slot: to.slot };
  s.emit({
    kind: "atomic",
    op: insn.kind,
    fetch,
    size: insn.size,
    dst: to.base,
    off: to.offset,
    src,
    ...slot,
  });
  if (insn.result !== undefined) s.move(s.home(insn.result), src);
}

function selectCall(s: Selection, insn: Of<"helper"> | Of<"kfunc"> | Of<"call">): void {
  // Everything that needs a register of its own first, then the moves: nothing may come between them.
  const sources = insn.args.map((arg) => (s.isRemade(arg) ? undefined : s.home(arg)));
  sources.forEach((reg, i) => {
    if (reg !== undefined) s.move(i + 1, reg);
  });
  insn.args.forEach((arg, i) => {
    if (sources[i] === undefined) s.into(arg, i + 1);
  });
  s.emit({ kind: "call", callee: calleeOf(insn), args: insn.args.length });
  if (insn.result !== undefined && s.usesOf(insn.result) > 0) s.move(s.home(insn.result), 0);
}

function calleeOf(insn: Of<"helper"> | Of<"kfunc"> | Of<"call">): Extract<MInsn, { kind: "call" }>["callee"] {
  switch (insn.op) {
    case "helper": {
      const helper = HELPERS[insn.helper as HelperName];
      if (helper === undefined) throw new Error(`no BPF helper ${insn.helper}`);
      return { kind: "callHelper", helper: helper.id };
    }
    case "kfunc":
      return { kind: "callKfunc", symbol: insn.name };
    case "call":
      return { kind: "callFunction", symbol: insn.function };
  }
}

// -------------------------------------------------------------------------------------------------- terminators

function selectTerminator(s: Selection, term: IrTerminator): void {
  switch (term.op) {
    case "jump":
      moveArguments(s, term.to);
      return s.end({ kind: "goto", to: term.to.block });
    case "branch":
      return selectBranch(s, term);
    case "switch":
      return selectSwitch(s, term);
    case "return":
      s.into(term.value, 0);
      return s.end({ kind: "exit" });
    case "unreachable":
      // The verifier wants every path to end.
      s.loadConstant(0, 0n);
      return s.end({ kind: "exit" });
  }
  assertNever(term, "IR terminator");
}

/** A block of its own for an edge that carries arguments; the target itself for one that does not. */
function edge(s: Selection, jump: Jump, later: (() => void)[]): number {
  if (jump.args.length === 0) return jump.block;
  const id = s.freshBlock();
  const span = s.span;
  later.push(() => {
    s.open(id);
    s.span = span;
    moveArguments(s, jump);
    s.end({ kind: "goto", to: jump.block });
  });
  return id;
}

function selectBranch(s: Selection, term: Extract<IrTerminator, { readonly op: "branch" }>): void {
  const later: (() => void)[] = [];
  const fused = fusedCompare(s, term);
  const compare = fused === undefined ? undefined : s.definitions.get(fused);
  let [then, otherwise] = [term.then, term.otherwise];
  let condition: ReturnType<typeof conditionFor>;
  if (compare?.op === "compare") {
    if (term.kind === "eq") [then, otherwise] = [otherwise, then];
    condition = conditionFor(s, compare.kind, compare.width, compare.left, compare.right);
  } else condition = conditionFor(s, term.kind, term.width, term.left, term.right);
  const targets = { then: edge(s, then, later), otherwise: edge(s, otherwise, later) };
  s.end({ kind: "cond", ...condition, ...targets });
  for (const make of later) make();
}

function selectSwitch(s: Selection, term: Extract<IrTerminator, { readonly op: "switch" }>): void {
  const later: (() => void)[] = [];
  const value = s.reg(term.value);
  for (const { value: wanted, to } of term.cases) {
    const next = s.freshBlock();
    const small = wanted >= -0x8000_0000n && wanted <= 0x7fff_ffffn;
    const far = small ? undefined : s.fresh();
    if (far !== undefined) s.loadConstant(far, wanted);
    s.end({
      kind: "cond",
      op: conditions.eq,
      is64: true,
      dst: value,
      src: far === undefined ? { kind: "imm", value: Number(wanted) } : { kind: "reg", reg: far },
      then: edge(s, to, later),
      otherwise: next,
    });
    s.open(next);
  }
  moveArguments(s, term.otherwise);
  s.end({ kind: "goto", to: term.otherwise.block });
  for (const make of later) make();
}
