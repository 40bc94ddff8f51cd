/**
 * Which generated programs a run tries. Two files of tests read it, one for the simulated machine and one for the
 * kernel, so that they run side by side.
 *
 * `TSBT_PROGRAMS=20000 TSBT_SEED=7 npx vitest run test/property/programs` tries so many from this seed on. A failure
 * names the program's seed: `TSBT_PROGRAMS=1 TSBT_SEED=thatOne` tries it alone.
 */

const first = Number(process.env.TSBT_SEED ?? 1);
/** Automated builds, which have the machine for themselves, set CI and get thousands. */
const count = Number(process.env.TSBT_PROGRAMS ?? (process.env.CI === undefined ? 12 : 2000));
/** Programs of one script on the kernel, and seeds of one test in the machine. */
const size = 40;

/** Milliseconds before a batch counts as hanging, on a busy machine. */
export const patience = 600_000;

/** Seeds of programs, a batch for each test; `from` is the first of the batch. */
export const batches = Array.from({ length: Math.ceil(count / size) }, (_, i) => {
  const seeds = Array.from({ length: Math.min(size, count - i * size) }, (__, j) => first + i * size + j);
  return { from: seeds[0] ?? first, seeds };
});
