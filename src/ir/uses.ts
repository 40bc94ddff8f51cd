/** What instructions and terminators read, and how to replace it: the one place that knows every operand. */
import { assertNever } from "../base/assert-never.js";
import type { BlockId, IrBlock, IrInstruction, IrTerminator, Jump, ValueId } from "./ir.js";

/** Operands of an instruction, in the order of its fields. */
export function operands(insn: IrInstruction): readonly ValueId[] {
  switch (insn.op) {
    case "const":
    case "slot_addr":
    case "map_ref":
    case "map_value_addr":
    case "func_ref":
      return [];
    case "arith":
    case "compare":
      return [insn.left, insn.right];
    case "extend":
    case "bswap":
      return [insn.value];
    case "load":
    case "zero":
      return [insn.address];
    case "store":
    case "atomic":
      return [insn.address, insn.value];
    case "copy":
      return [insn.to, insn.from];
    case "ptr_add":
      return [insn.base, insn.index];
    case "field_addr":
      return [insn.base];
    case "helper":
    case "kfunc":
    case "call":
      return insn.args;
  }
  return assertNever(insn, "IR instruction");
}

/** The value an instruction makes; undefined when it is only for its effect. */
export function resultOf(insn: IrInstruction): ValueId | undefined {
  return "result" in insn ? insn.result : undefined;
}

/** The instruction with every operand replaced. */
export function mapOperands(insn: IrInstruction, to: (value: ValueId) => ValueId): IrInstruction {
  switch (insn.op) {
    case "const":
    case "slot_addr":
    case "map_ref":
    case "map_value_addr":
    case "func_ref":
      return insn;
    case "arith":
    case "compare":
      return { ...insn, left: to(insn.left), right: to(insn.right) };
    case "extend":
    case "bswap":
      return { ...insn, value: to(insn.value) };
    case "load":
    case "zero":
      return { ...insn, address: to(insn.address) };
    case "store":
    case "atomic":
      return { ...insn, address: to(insn.address), value: to(insn.value) };
    case "copy":
      return { ...insn, to: to(insn.to), from: to(insn.from) };
    case "ptr_add":
      return { ...insn, base: to(insn.base), index: to(insn.index) };
    case "field_addr":
      return { ...insn, base: to(insn.base) };
    case "helper":
    case "kfunc":
    case "call":
      return { ...insn, args: insn.args.map(to) };
  }
  return assertNever(insn, "IR instruction");
}

/** Every jump a terminator may take; the same block may occur more than once. */
export function jumps(terminator: IrTerminator): readonly Jump[] {
  switch (terminator.op) {
    case "jump":
      return [terminator.to];
    case "branch":
      return [terminator.then, terminator.otherwise];
    case "switch":
      return [...terminator.cases.map((c) => c.to), terminator.otherwise];
    case "return":
    case "unreachable":
      return [];
  }
  return assertNever(terminator, "IR terminator");
}

/** The terminator with every jump replaced. */
export function mapJumps(terminator: IrTerminator, to: (jump: Jump) => Jump): IrTerminator {
  switch (terminator.op) {
    case "jump":
      return { ...terminator, to: to(terminator.to) };
    case "branch":
      return { ...terminator, then: to(terminator.then), otherwise: to(terminator.otherwise) };
    case "switch":
      return {
        ...terminator,
        cases: terminator.cases.map((c) => ({ value: c.value, to: to(c.to) })),
        otherwise: to(terminator.otherwise),
      };
    case "return":
    case "unreachable":
      return terminator;
  }
  return assertNever(terminator, "IR terminator");
}

/** What the terminator itself reads, without the arguments of its jumps. */
export function conditionOperands(terminator: IrTerminator): readonly ValueId[] {
  switch (terminator.op) {
    case "branch":
      return [terminator.left, terminator.right];
    case "switch":
    case "return":
      return [terminator.value];
    case "jump":
    case "unreachable":
      return [];
  }
  return assertNever(terminator, "IR terminator");
}

/** Everything a terminator reads, arguments of jumps included. */
export function terminatorOperands(terminator: IrTerminator): readonly ValueId[] {
  return [...conditionOperands(terminator), ...jumps(terminator).flatMap((j) => j.args)];
}

/** The terminator with every operand and every jump argument replaced. */
export function mapTerminatorOperands(
  terminator: IrTerminator,
  to: (value: ValueId) => ValueId,
): IrTerminator {
  const mapped = mapJumps(terminator, (j) => ({ block: j.block, args: j.args.map(to) }));
  switch (mapped.op) {
    case "branch":
      return { ...mapped, left: to(mapped.left), right: to(mapped.right) };
    case "switch":
    case "return":
      return { ...mapped, value: to(mapped.value) };
    case "jump":
    case "unreachable":
      return mapped;
  }
  return assertNever(mapped, "IR terminator");
}

/** Blocks a block may go to, each once. */
export function successors(block: IrBlock): readonly BlockId[] {
  return [...new Set(jumps(block.terminator).map((j) => j.block))];
}

/** For every block (by id) the ids of those that may come before it, each once. */
export function predecessors(blocks: readonly IrBlock[]): Map<BlockId, BlockId[]> {
  const found = new Map<BlockId, BlockId[]>(blocks.map((b) => [b.id, []]));
  for (const block of blocks) for (const next of successors(block)) found.get(next)?.push(block.id);
  return found;
}
