/**
 * Random programs mean what a direct evaluator of the typed program says, on this kernel, whose verifier must load every
 * one of them. How many, and how to try one again: programs/batches.ts.
 */
import { expect, test } from "vitest";
import { Log } from "../../src/diag/diagnostic.js";
import { stubTarget } from "../unit/check/stub-target.js";
import { batches, patience } from "./programs/batches.js";
import { evaluate } from "./programs/evaluate.js";
import { type GeneratedProgram, generate, scriptOf } from "./programs/generate.js";
import { typed } from "./programs/judge.js";
import { printed, runOnKernel, whyNot } from "./programs/kernel.js";

const reason = whyNot();
test.skipIf(reason !== undefined).each(batches)(
  "from seed $from, on this kernel",
  { timeout: patience },
  ({ seeds }) => {
    const failures = differences(seeds.map(generate));
    expect(failures).toEqual([]);
  },
);

/** Of all programs together; if there are any, of each alone. */
function differences(programs: readonly GeneratedProgram[]): readonly string[] {
  const script = scriptOf(programs);
  const program = typed(script, stubTarget, new Log());
  if (program === undefined) return ["the checker refuses it"];
  const wanted = printed(program, evaluate(program));
  const { elements, errors } = runOnKernel(script);
  if (errors === "" && elements === wanted) return [];
  if (programs.length > 1) return programs.flatMap((each) => differences([each]));
  const seed = programs[0]?.seed;
  return [
    errors === "" ? `seed ${seed}: got\n${elements}\ninstead of\n${wanted}` : `seed ${seed}: ${errors}`,
  ];
}
