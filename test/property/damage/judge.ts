/** What is demanded of every reader of a file that we did not write, and how it is asked. */
import { Script } from "node:vm";
import type fc from "fast-check";
import { expect } from "vitest";
import { Sources } from "../../../src/base/source.js";
import type { UserBinaries } from "../../../src/binary/user-binary.js";
import { compile } from "../../../src/compile.js";
import type { Target } from "../../../src/target/target.js";

/**
 * Milliseconds one file may take, on a machine that others use too. Sound ones take one to ten; a loop that a forged
 * number keeps going takes for ever.
 */
const PATIENCE = 10_000;

const seconds = Number(process.env.TSBT_FUZZ_SECONDS ?? 0);

/**
 * How often a property is tried: the same files in each run, `runs` of them. As for the loader's tests,
 * `TSBT_FUZZ_SECONDS=60` goes on for so long, and `TSBT_FUZZ_SEED=7` damages other places.
 */
export function trials(runs: number): fc.Parameters<unknown> {
  const seed = Number(process.env.TSBT_FUZZ_SEED ?? 1);
  return seconds === 0
    ? { seed, numRuns: runs }
    : { seed, numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: seconds * 1000 };
}

/** For vitest: shrinking takes its time. */
export const TIMEOUT = 600_000 + seconds * 1000;

const called = new Script("tsbtJudged()");

/** Calls `use`; throws if it does not come back. Nothing in `use` can catch that. */
export function within<T>(use: () => T): T {
  Object.assign(globalThis, { tsbtJudged: use });
  return called.runInThisContext({ timeout: PATIENCE }) as T;
}

/** Compiles; whatever the target's and the programs' files say, the answer is an object or diagnostics, none of them ours. */
export function judge(script: string, target: Target, binaries: UserBinaries): void {
  const sources = new Sources();
  const source = sources.add("stdin", script);
  const { log, object } = within(() =>
    compile(source, sources, target, { binaries, params: [], unsafe: false, sources, relocatable: false }),
  );
  expect(log.diagnostics.filter(({ code }) => code.startsWith("TB9"))).toEqual([]);
  expect(object === undefined).toBe(log.hasErrors);
}
