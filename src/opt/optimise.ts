/** The order of the optimisations, as plain calls; every pass is a file beside this one. */
import type { IrFunction, IrModule } from "../ir/ir.js";
import { simplifyBranches } from "./branches.js";
import { removeDeadCode } from "./dead.js";
import { foldConstants } from "./fold.js";
import { numberValues } from "./number.js";

/** Better code with the same effects. Value ids, slots and maps keep their numbers and names. */
export function optimise(module: IrModule): IrModule {
  return { ...module, functions: module.functions.map(optimiseFunction) };
}

/** Passes open ways for each other; after three rounds next to nothing changes any more. */
const rounds = 3;

function optimiseFunction(fn: IrFunction): IrFunction {
  let best = fn;
  for (let round = 0; round < rounds; round++) {
    best = foldConstants(best);
    best = simplifyBranches(best);
    best = numberValues(best);
    best = removeDeadCode(best);
  }
  return best;
}
