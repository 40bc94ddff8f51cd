/**
 * Random programs mean what a direct evaluator of the typed program says: in the simulated machine, as lowered, behind
 * each pass and behind all of them; and on this kernel, whose verifier must load every one of them.
 *
 * `TSBT_PROGRAMS=20000 TSBT_SEED=7 npx vitest run test/property/programs.test.ts` tries so many from this seed on. A
 * failure names the program's seed: `TSBT_PROGRAMS=1 TSBT_SEED=thatOne` tries it alone.
 */
import { expect, test } from "vitest";
import { Log } from "../../src/diag/diagnostic.js";
import { stubTarget } from "../unit/check/stub-target.js";
import { evaluate } from "./programs/evaluate.js";
import { type GeneratedProgram, generate, scriptOf } from "./programs/generate.js";
import { judge, typed } from "./programs/judge.js";
import { printed, runOnKernel, whyNot } from "./programs/kernel.js";

const first = Number(process.env.TSBT_SEED ?? 1);
/** Automated builds, which have the machine for themselves, set CI and get thousands. */
const count = Number(process.env.TSBT_PROGRAMS ?? (process.env.CI === undefined ? 12 : 2000));
/** Programs of one script on the kernel, and seeds of one test in the machine. */
const batch = 40;
/** Milliseconds before a batch counts as hanging, on a busy machine. */
const patience = 600_000;

const batches = Array.from({ length: Math.ceil(count / batch) }, (_, i) => {
  const seeds = Array.from({ length: Math.min(batch, count - i * batch) }, (__, j) => first + i * batch + j);
  return { from: seeds[0] ?? first, seeds };
});

test.each(batches)("from seed $from, in the machine", { timeout: patience }, ({ seeds }) => {
  const failures = seeds.flatMap((seed) => {
    const problems = judge(scriptOf([generate(seed)]), stubTarget, seed) ?? ["the checker refuses it"];
    return problems.map((problem) => `seed ${seed}: ${problem}`);
  });
  expect(failures).toEqual([]);
});

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
