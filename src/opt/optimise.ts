/** The order of the optimisations, as plain calls; every pass is a file beside this one. */
import type { IrFunction, IrModule } from "../ir/ir.js";
import { symbolsOf, verifyFunction } from "../ir/verify.js";
import { simplifyBranches } from "./branches.js";
import { removeDeadCode } from "./dead.js";
import { foldConstants } from "./fold.js";
import { narrowStores } from "./narrow.js";
import { numberValues } from "./number.js";
import { trustCurrentTask } from "./trusted-task.js";

export type Pass = (fn: IrFunction) => IrFunction;

/** Passes open ways for each other; after three rounds next to nothing changes any more. */
const rounds = 3;
export const passes: readonly (readonly [name: string, pass: Pass])[] = [
  ["fold", foldConstants],
  ["branches", simplifyBranches],
  ["number", numberValues],
  ["narrow", narrowStores],
  ["dead", removeDeadCode],
  ["trusted task", trustCurrentTask],
];

export interface Optimised {
  readonly module: IrModule;
  /** What the verifier found behind the pass that broke it first; empty, unless we made a mistake. */
  readonly problems: readonly string[];
}

/**
 * Instructions up to which each pass is verified by itself. In larger functions that would take a quarter of the
 * compiler's time: they are verified once, behind all passes.
 */
const verifiedEachTime = 2000;

/** Better code with the same effects. Value ids, slots and maps keep their numbers and names. */
export function optimise(module: IrModule): Optimised {
  const symbols = symbolsOf(module);
  const problems: string[] = [];
  const isSound = (fn: IrFunction, behind: string): boolean => {
    const wrong = verifyFunction(fn, symbols);
    problems.push(...wrong.map((problem) => `after ${behind}: ${problem}`));
    return wrong.length === 0;
  };
  const functions = module.functions.map((fn) => {
    const large = sizeOf(fn) > verifiedEachTime;
    let best = fn;
    for (let round = 0; round < rounds; round++) {
      const before = best;
      for (const [name, pass] of passes) {
        const next = pass(best);
        if (next === best) continue;
        if (!large && !isSound(next, name)) return fn;
        best = next;
      }
      if (best === before) break;
    }
    return large && !isSound(best, "all passes") ? fn : best;
  });
  return { module: { ...module, functions }, problems };
}

function sizeOf(fn: IrFunction): number {
  return fn.blocks.reduce((sum, block) => sum + block.instructions.length, 0);
}
