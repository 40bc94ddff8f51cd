/** Control flow: constant branches, jumps through empty blocks, blocks that only ever follow another. */
import { evaluateCompare, inverted } from "../ir/arithmetic.js";
import type { BlockId, IrBlock, IrFunction, IrInstruction, IrTerminator, Jump, ValueId } from "../ir/ir.js";
import { removeTrivialParams } from "../ir/trivial-params.js";
import {
  jumps,
  mapJumps,
  mapOperands,
  mapTerminatorOperands,
  operands,
  terminatorOperands,
} from "../ir/uses.js";
import { constantOf, definitionsOf, Replacements } from "./definitions.js";

type Definitions = ReadonlyMap<ValueId, IrInstruction>;

/**
 * Folds branches, threads jumps, drops what is never reached, merges straight lines.
 * Needs: nothing. Keeps: value ids and types, ids of remaining blocks. Invalidates: dominators, use counts.
 */
export function simplifyBranches(fn: IrFunction): IrFunction {
  const definitions = definitionsOf(fn);
  const folded = withTerminators(fn, (block) => foldTerminator(block.terminator, definitions));
  const threaded = dropUnreachable(threadJumps(folded, definitions));
  return mergeStraightLines(removeTrivialParams(threaded));
}

function withTerminators(fn: IrFunction, to: (block: IrBlock) => IrTerminator): IrFunction {
  let changed = false;
  const blocks = fn.blocks.map((block) => {
    const terminator = to(block);
    if (terminator === block.terminator) return block;
    changed = true;
    return { ...block, terminator };
  });
  return changed ? { ...fn, blocks } : fn;
}

// ---------------------------------------------------------------------------------------------------- folding

/** A terminator with fewer ways to go, or one that compares without a detour through a 0 or 1. */
function foldTerminator(terminator: IrTerminator, definitions: Definitions): IrTerminator {
  const direct = compareDirectly(terminator, definitions);
  const only = decided(direct, (value) => constantOf(definitions, value)) ?? soleTarget(direct);
  return only === undefined ? direct : { op: "jump", to: only, span: direct.span };
}

/** `branch (compare a b) != 0` is `branch a b`; the kernel's verifier learns more from it, too. */
function compareDirectly(terminator: IrTerminator, definitions: Definitions): IrTerminator {
  if (terminator.op !== "branch" || (terminator.kind !== "ne" && terminator.kind !== "eq")) return terminator;
  const compare = definitions.get(terminator.left);
  if (compare?.op !== "compare" || constantOf(definitions, terminator.right) !== 0n) return terminator;
  const { width, left, right } = compare;
  const kind = terminator.kind === "ne" ? compare.kind : inverted[compare.kind];
  return compareDirectly({ ...terminator, kind, width, left, right }, definitions);
}

/** Where a terminator goes when the values it asks for are constants. */
function decided(
  terminator: IrTerminator,
  constant: (value: ValueId) => bigint | undefined,
): Jump | undefined {
  if (terminator.op === "jump") return terminator.to;
  if (terminator.op === "branch") {
    const { kind, width, then, otherwise } = terminator;
    const [left, right] = [constant(terminator.left), constant(terminator.right)];
    if (left === undefined || right === undefined) return undefined;
    return evaluateCompare(kind, width, left, right) ? then : otherwise;
  }
  if (terminator.op !== "switch") return undefined;
  const value = constant(terminator.value);
  if (value === undefined) return undefined;
  const hit = terminator.cases.find((c) => BigInt.asIntN(64, c.value) === value);
  return hit?.to ?? terminator.otherwise;
}

/** The jump all ways have in common. */
function soleTarget(terminator: IrTerminator): Jump | undefined {
  const [first, ...others] = jumps(terminator);
  return first !== undefined && others.every((jump) => sameJump(jump, first)) ? first : undefined;
}

function sameJump(a: Jump, b: Jump): boolean {
  return a.block === b.block && a.args.every((arg, i) => arg === b.args[i]);
}

// -------------------------------------------------------------------------------------------------- threading

/**
 * A jump to a block that does nothing goes where that block would go. Only blocks whose parameters nobody else
 * reads are passed by: every other value keeps dominating its uses.
 */
function threadJumps(fn: IrFunction, definitions: Definitions): IrFunction {
  const passable = passableBlocks(fn);
  const thread = (jump: Jump): Jump => {
    let at = jump;
    for (const seen = new Set<BlockId>(); !seen.has(at.block); ) {
      seen.add(at.block);
      const block = passable.get(at.block);
      if (block === undefined) break;
      const given = argumentsOf(block, at);
      const next = decided(block.terminator, (value) => constantOf(definitions, given(value)));
      if (next === undefined) break;
      at = { block: next.block, args: next.args.map(given) };
    }
    return at;
  };
  return withTerminators(fn, ({ terminator }) => {
    const threaded = jumps(terminator).every((jump) => thread(jump) === jump)
      ? terminator
      : mapJumps(terminator, thread);
    if (threaded.op !== "jump") return threaded;
    // A jump to an empty block that returns may as well return.
    const block = passable.get(threaded.to.block);
    if (block?.terminator.op !== "return") return threaded;
    return mapTerminatorOperands(block.terminator, argumentsOf(block, threaded.to));
  });
}

/** What the block's parameters are when it is entered by this jump. */
function argumentsOf(block: IrBlock, jump: Jump): (value: ValueId) => ValueId {
  return (value) => {
    const index = block.params.indexOf(value);
    return index < 0 ? value : (jump.args[index] ?? value);
  };
}

/** Blocks without instructions whose parameters are read by their own terminator only. */
function passableBlocks(fn: IrFunction): Map<BlockId, IrBlock> {
  const owner = new Map<ValueId, BlockId>();
  for (const block of fn.blocks) for (const param of block.params) owner.set(param, block.id);
  const watched = new Set<BlockId>();
  for (const block of fn.blocks) {
    const read = [...block.instructions.flatMap(operands), ...terminatorOperands(block.terminator)];
    for (const value of read) {
      const of = owner.get(value);
      if (of !== undefined && of !== block.id) watched.add(of);
    }
  }
  const found = fn.blocks.slice(1).filter((b) => b.instructions.length === 0 && !watched.has(b.id));
  return new Map(found.map((b) => [b.id, b]));
}

// --------------------------------------------------------------------------------------- dropping and merging

function dropUnreachable(fn: IrFunction): IrFunction {
  const byId = new Map(fn.blocks.map((b) => [b.id, b]));
  const seen = new Set<BlockId>(fn.blocks.slice(0, 1).map((b) => b.id));
  for (const id of seen) {
    const block = byId.get(id);
    if (block !== undefined) for (const jump of jumps(block.terminator)) seen.add(jump.block);
  }
  return seen.size === fn.blocks.length ? fn : { ...fn, blocks: fn.blocks.filter((b) => seen.has(b.id)) };
}

/** A block entered by one jump only, which is unconditional, is the end of the block that jumps. */
function mergeStraightLines(fn: IrFunction): IrFunction {
  const entries = new Map<BlockId, number>();
  for (const block of fn.blocks)
    for (const jump of jumps(block.terminator)) entries.set(jump.block, (entries.get(jump.block) ?? 0) + 1);
  const blocks = new Map(fn.blocks.map((b) => [b.id, b]));
  const replaced = new Replacements();
  for (const { id } of fn.blocks) {
    for (let block = blocks.get(id); block?.terminator.op === "jump"; block = blocks.get(id)) {
      const { to } = block.terminator;
      const next = blocks.get(to.block);
      if (next === undefined || next.id === id || next.id === fn.blocks[0]?.id) break;
      if (entries.get(next.id) !== 1) break;
      next.params.forEach((param, i) => {
        const arg = to.args[i];
        if (arg !== undefined) replaced.replace(param, arg);
      });
      const instructions = [...block.instructions, ...next.instructions];
      blocks.set(id, { ...block, instructions, terminator: next.terminator });
      blocks.delete(next.id);
    }
  }
  if (blocks.size === fn.blocks.length) return fn;
  const merged = [...blocks.values()].map((block) => ({
    ...block,
    instructions: block.instructions.map((insn) => mapOperands(insn, replaced.find)),
    terminator: mapTerminatorOperands(block.terminator, replaced.find),
  }));
  return { ...fn, blocks: merged };
}
