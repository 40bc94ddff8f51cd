/** The kernel tests on one of the machines' kernels. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { slowest } from "../e2e/slowest.mjs";
import { compileTests } from "./compile-tests.mjs";
import { profileOf } from "./profile.mjs";
import { modulesOfTests, runOnce } from "./session.mjs";

/** Emulation breaks down now and then (docs/testing.md): a machine that dies is started again, where it was. */
const greatestTries = 4;

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What the machine says of its tests, counted: `total`, `done` labels, `begun`, the one that runs, and `times` of all. */
class Watcher {
  total = { passed: 0, failed: 0, skipped: 0 };
  done = [];
  begun = undefined;
  #deaths = new Map();
  times = [];
  #since = 0;
  #print;

  /** `print` takes the lines that are for the reader. */
  constructor(print) {
    this.#print = print;
  }

  line(text) {
    const begins = /^vm-test-begin (.*)$/.exec(text);
    const ends = /^vm-test-end (passed|failed|skipped)$/.exec(text);
    if (begins) {
      this.begun = begins[1];
      this.#since = Date.now();
    } else if (ends) {
      this.total[ends[1]]++;
      this.times.push({ label: this.begun, seconds: (Date.now() - this.#since) / 1000 });
      this.done.push(this.begun);
      this.begun = undefined;
    } else if (!/^\d+ passed, \d+ failed, \d+ skipped$/.test(text)) this.#print(text);
  }

  /** The machine died in what runs. Twice in the same: it is the test, not the emulation. */
  died(say) {
    const { begun } = this;
    this.begun = undefined;
    say(`the machine died${begun === undefined ? "" : ` in '${begun}'`}`);
    if (begun === undefined) return;
    const times = (this.#deaths.get(begun) ?? 0) + 1;
    this.#deaths.set(begun, times);
    if (times === 1) return;
    say(`FAILED: ${begun}: the machine died twice in it`);
    this.total.failed++;
    this.done.push(begun);
  }
}

/**
 * Compiles the tests that `words` choose for the kernel, all in this process. Resolves to a function without arguments
 * that runs them in machines and resolves to their counts: a machine that died is started again with the tests it had not
 * come to. `print` takes the lines they print.
 */
export async function prepareTests(kernel, cache, options, words, say, print) {
  const profile = await profileOf(kernel, cache, options, say);
  const compiled = mkdtempSync(join(tmpdir(), "tsbt-compiled-"));
  process.once("exit", () => rmSync(compiled, { recursive: true, force: true }));
  await compileTests(profile, compiled, words);
  const modules = modulesOfTests().map((name) => `modprobe -q ${name}; `);
  const command = `${modules.join("")}node src/dev/e2e.mjs ${words.map(quote).join(" ")}`;
  const settings = { TSBT_TEST_DONE: "/vm/done", TSBT_TEST_COMPILED: compiled, TSBT: options.loader };
  const whole = {
    ...options,
    command,
    extra: [...options.extra, compiled],
    environment: { ...options.environment, ...settings },
  };
  return () => runPrepared(kernel, cache, whole, say, print);
}

async function runPrepared(kernel, cache, options, say, print) {
  const watcher = new Watcher(print);
  for (let tries = 1; ; tries++) {
    const files = { "/vm/done": watcher.done.map((label) => `${label}\n`).join("") };
    const code = await runOnce(kernel, cache, { ...options, files }, (line) => watcher.line(line));
    if (code !== undefined) {
      if (code !== 0 && watcher.total.failed === 0) watcher.total.failed++;
      for (const line of slowest(watcher.times)) say(`${kernel.release}: ${line}`);
      return watcher.total;
    }
    watcher.died(say);
    if (tries === greatestTries) {
      watcher.total.failed++;
      return watcher.total;
    }
  }
}
