/**
 * Says what is wrong with IR, independently of who made it: every name exists, every value is made once and before
 * its uses, types agree, memory is accessed as its address space allows, a pointer that may be null is followed only
 * behind a test. Runs after lowering and after every pass, in every build. Changes nothing.
 */
import { checkInstruction, checkTerminator, type Checks } from "./verify-operations.js";
import { dominance } from "./dominators.js";
import type { BlockId, IrFunction, IrInstruction, IrModule, ValueId } from "./ir.js";
import { nonNullFacts } from "./non-null.js";
import { jumps as jumpsOf, operands, resultOf, terminatorOperands } from "./uses.js";

/** What a function may name outside itself. */
export interface Symbols {
  /** Bytes that can be addressed directly, by map symbol; 0 for maps whose values cannot. */
  readonly maps: ReadonlyMap<string, number>;
  /** Number of parameters, by function name. */
  readonly functions: ReadonlyMap<string, number>;
}

export function symbolsOf(module: IrModule): Symbols {
  const maps = new Map(module.maps.map((map) => [map.symbol, map.valueSize]));
  if (module.rodata.length > 0) maps.set(".rodata", module.rodata.length);
  const functions = new Map(module.functions.map((fn) => [fn.name, fn.blocks[0]?.params.length ?? 0]));
  return { maps, functions };
}

/** Problems in words for a bug report; empty means sound. */
export function verifyModule(module: IrModule): readonly string[] {
  const symbols = symbolsOf(module);
  const problems = module.functions.flatMap((fn) => verifyFunction(fn, symbols));
  const names = [...module.maps.map((m) => m.symbol), ...module.functions.map((f) => f.name)];
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) problems.push(`two things are named ${name}`);
    seen.add(name);
  }
  return problems;
}

export function verifyFunction(fn: IrFunction, symbols: Symbols): readonly string[] {
  const problems: string[] = [];
  const report = (where: string, what: string): void => {
    problems.push(`${fn.name} ${where}: ${what}`);
  };
  checkShape(fn, report);
  // What follows walks the blocks by their names, so it needs them right.
  if (problems.length > 0) return problems;
  checkDominance(fn, report);
  if (problems.length > 0) return problems;
  const facts = nonNullFacts(fn);
  const checks: Checks = { fn, symbols, report, ...definitions(fn) };
  for (const block of fn.blocks) {
    const known = facts.at(block.id);
    block.instructions.forEach((insn, i) => {
      checkInstruction(insn, block.id, i, known, checks);
    });
    checkTerminator(block, facts.onEdge, checks);
  }
  return problems;
}

function definitions(fn: IrFunction): Pick<Checks, "definitions" | "paramsOf"> {
  const found = new Map<ValueId, IrInstruction>();
  for (const block of fn.blocks) {
    for (const insn of block.instructions) {
      const result = resultOf(insn);
      if (result !== undefined) found.set(result, insn);
    }
  }
  return { definitions: found, paramsOf: new Map(fn.blocks.map((b) => [b.id, b.params])) };
}

type Report = (where: string, what: string) => void;

/** Names: blocks and values are unique, jumps lead somewhere with the right number of arguments. */
function checkShape(fn: IrFunction, report: Report): void {
  const entry = fn.blocks[0];
  if (entry === undefined) return report("", "there is no block");
  if (entry.params.length > 5) report("entry", "more than five parameters");
  if (fn.role === "program" && entry.params.length > 1) report("entry", "a program has one parameter");
  const params = new Map<BlockId, number>();
  for (const block of fn.blocks) {
    if (params.has(block.id)) report(`b${block.id}`, "the block occurs twice");
    params.set(block.id, block.params.length);
  }
  const made = new Set<ValueId>();
  const define = (value: ValueId, block: BlockId): void => {
    if (made.has(value)) report(`b${block}`, `%${value} is made twice`);
    if (fn.valueTypes[value] === undefined) report(`b${block}`, `%${value} has no type`);
    made.add(value);
  };
  for (const block of fn.blocks) {
    for (const param of block.params) define(param, block.id);
    for (const insn of block.instructions) {
      const result = resultOf(insn);
      if (result !== undefined) define(result, block.id);
    }
    for (const jump of jumpsOf(block.terminator)) {
      const wanted = params.get(jump.block);
      if (wanted === undefined) report(`b${block.id}`, `jump to b${jump.block}, which does not exist`);
      else if (jump.block === entry.id) report(`b${block.id}`, "jump to the entry");
      else if (wanted !== jump.args.length) {
        report(`b${block.id}`, `b${jump.block} takes ${wanted} arguments and gets ${jump.args.length}`);
      }
    }
  }
}

/** Every use lies behind the value's definition on all ways. Unreachable blocks are nobody's concern. */
function checkDominance(fn: IrFunction, report: Report): void {
  const { dominates } = dominance(fn.blocks);
  const home: (BlockId | undefined)[] = [];
  for (const block of fn.blocks) {
    for (const param of block.params) home[param] = block.id;
    for (const insn of block.instructions) {
      const result = resultOf(insn);
      if (result !== undefined) home[result] = block.id;
    }
  }
  for (const block of fn.blocks) {
    if (!dominates(block.id, block.id)) continue;
    const made = new Set<ValueId>(block.params);
    const use = (value: ValueId): string | undefined => {
      const at = home[value];
      if (at === undefined) return `%${value} is made nowhere`;
      if (at === block.id ? made.has(value) : dominates(at, block.id)) return undefined;
      return `%${value} is not made on every way here`;
    };
    block.instructions.forEach((insn, i) => {
      for (const value of operands(insn)) {
        const wrong = use(value);
        if (wrong !== undefined) report(`b${block.id}.${i} ${insn.op}`, wrong);
      }
      const result = resultOf(insn);
      if (result !== undefined) made.add(result);
    });
    for (const value of terminatorOperands(block.terminator)) {
      const wrong = use(value);
      if (wrong !== undefined) report(`b${block.id} end`, wrong);
    }
  }
}
