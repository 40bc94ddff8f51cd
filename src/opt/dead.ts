/** Removes what has no effect: unread results, parameters nobody reads, writes to memory nobody reads. */
import { append } from "../base/multimap.js";
import type { BlockId, IrBlock, IrFunction, IrInstruction, SlotId, ValueId } from "../ir/ir.js";
import { conditionOperands, jumps, mapJumps, operands, resultOf } from "../ir/uses.js";
import { definitionsOf } from "./definitions.js";
import { isRemovableHelper } from "./purity.js";

/**
 * Keeps what a kept effect needs, and nothing else; cycles of parameters that only feed each other go too.
 * Needs: every block reachable. Keeps: blocks, value ids. Changes: instructions, parameters, arguments.
 */
export function removeDeadCode(fn: IrFunction): IrFunction {
  const deadSlots = unreadSlots(fn);
  const needed = neededValues(fn, (insn) => hasEffect(insn, deadSlots));
  const entry = fn.blocks[0]?.id;
  const keptParams = new Map<BlockId, readonly boolean[]>(
    fn.blocks.map((b) => [b.id, b.params.map((p) => b.id === entry || needed.has(p))]),
  );
  const isNeeded = (insn: IrInstruction): boolean => {
    const result = resultOf(insn);
    return hasEffect(insn, deadSlots) || (result !== undefined && needed.has(result));
  };
  const allParams = [...keptParams.values()].every((kept) => kept.every((is) => is));
  if (allParams && fn.blocks.every((block) => block.instructions.every(isNeeded))) return fn;
  const blocks = fn.blocks.map(
    (block): IrBlock => ({
      id: block.id,
      params: block.params.filter((p) => block.id === entry || needed.has(p)),
      instructions: block.instructions.filter(isNeeded),
      terminator: mapJumps(block.terminator, (jump) => ({
        block: jump.block,
        args: jump.args.filter((_, i) => keptParams.get(jump.block)?.[i] !== false),
      })),
    }),
  );
  return { ...fn, blocks };
}

/** Everything effects and decisions depend on, through operands and the arguments of needed parameters. */
function neededValues(fn: IrFunction, effect: (insn: IrInstruction) => boolean): ReadonlySet<ValueId> {
  const definitions = definitionsOf(fn);
  const incoming = new Map<ValueId, ValueId[]>();
  const params = new Map(fn.blocks.map((b) => [b.id, b.params]));
  const needed = new Set<ValueId>();
  for (const block of fn.blocks) {
    for (const insn of block.instructions) if (effect(insn)) for (const v of operands(insn)) needed.add(v);
    for (const value of conditionOperands(block.terminator)) needed.add(value);
    for (const jump of jumps(block.terminator)) {
      params.get(jump.block)?.forEach((param, i) => {
        const arg = jump.args[i];
        if (arg !== undefined) append(incoming, param, arg);
      });
    }
  }
  // The set grows while it is walked.
  for (const value of needed) {
    const definition = definitions.get(value);
    const sources = definition === undefined ? incoming.get(value) : operands(definition);
    for (const source of sources ?? []) needed.add(source);
  }
  return needed;
}

function hasEffect(insn: IrInstruction, deadSlots: ReadonlyMap<ValueId, SlotId>): boolean {
  switch (insn.op) {
    case "store":
    case "zero":
      return !deadSlots.has(insn.address);
    case "copy":
      return !deadSlots.has(insn.to);
    case "helper":
      return !isRemovableHelper(insn.helper);
    case "atomic":
    case "kfunc":
    case "call":
      return true;
    default:
      return false;
  }
}

/** Addresses (by value) of slots that are written only: their address goes nowhere but into stores. */
function unreadSlots(fn: IrFunction): ReadonlyMap<ValueId, SlotId> {
  const slotOf = new Map<ValueId, SlotId>();
  for (const block of fn.blocks)
    for (const insn of block.instructions) if (insn.op === "slot_addr") slotOf.set(insn.result, insn.slot);
  const read = new Set<SlotId>();
  const note = (value: ValueId): void => {
    const slot = slotOf.get(value);
    if (slot !== undefined) read.add(slot);
  };
  for (const block of fn.blocks) {
    for (const insn of block.instructions) {
      const target = writtenAddress(insn);
      const others = insn.op === "store" ? [insn.value] : operands(insn).filter((v) => v !== target);
      for (const value of others) note(value);
    }
    for (const value of conditionOperands(block.terminator)) note(value);
    for (const jump of jumps(block.terminator)) for (const value of jump.args) note(value);
  }
  return new Map([...slotOf].filter(([, slot]) => !read.has(slot)));
}

function writtenAddress(insn: IrInstruction): ValueId | undefined {
  if (insn.op === "store" || insn.op === "zero") return insn.address;
  // A copy onto itself reads what it writes.
  return insn.op === "copy" && insn.to !== insn.from ? insn.to : undefined;
}
