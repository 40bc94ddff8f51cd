/**
 * Kernel functions take only pointers the verifier vouches for. bpf_get_current_task gives a mere number, with which
 * scripts may calculate; where its result is passed to a kernel function, bpf_get_current_task_btf gives the same task
 * as such a pointer.
 */
import type { IrFunction, IrInstruction, ValueId } from "../ir/ir.js";

/** Needs nothing; keeps definitions, uses and blocks. */
export function trustCurrentTask(fn: IrFunction): IrFunction {
  const passed = new Set<ValueId>();
  for (const block of fn.blocks)
    for (const insn of block.instructions)
      if (insn.op === "kfunc") for (const arg of insn.args) passed.add(arg);
  const isTask = (insn: IrInstruction): boolean =>
    insn.op === "helper" &&
    insn.helper === "get_current_task" &&
    insn.result !== undefined &&
    passed.has(insn.result);
  if (!fn.blocks.some((block) => block.instructions.some(isTask))) return fn;
  const blocks = fn.blocks.map((block) => ({
    ...block,
    instructions: block.instructions.map(
      (insn): IrInstruction =>
        isTask(insn) ? ({ ...insn, helper: "get_current_task_btf" } as IrInstruction) : insn,
    ),
  }));
  return { ...fn, blocks };
}
