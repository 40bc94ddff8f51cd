/**
 * Random programs mean what a direct evaluator of the typed program says, in the simulated machine: as lowered, behind
 * each pass and behind all of them. How many, and how to try one again: programs/batches.ts.
 */
import { expect, test } from "vitest";
import { stubTarget } from "../unit/check/stub-target.js";
import { batches, patience } from "./programs/batches.js";
import { generate, scriptOf } from "./programs/generate.js";
import { judge } from "./programs/judge.js";

test.each(batches)("from seed $from, in the machine", { timeout: patience }, ({ seeds }) => {
  const failures = seeds.flatMap((seed) => {
    const problems = judge(scriptOf([generate(seed)]), stubTarget, seed) ?? ["the checker refuses it"];
    return problems.map((problem) => `seed ${seed}: ${problem}`);
  });
  expect(failures).toEqual([]);
});
