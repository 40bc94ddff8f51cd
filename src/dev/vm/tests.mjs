/** The kernel tests on one of the machines' kernels. */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../e2e/test-file.mjs";
import { compileTests } from "./compile-tests.mjs";
import { profileOf } from "./profile.mjs";
import { modulesOfTests, runOnce } from "./session.mjs";

/** Emulation breaks down now and then (docs/testing.md): a machine that dies is started again, where it was. */
const greatestTries = 4;

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** What the machine says of its tests, counted: `total`, `done` labels and `begun`, the one that runs. */
class Watcher {
  total = { passed: 0, failed: 0, skipped: 0 };
  done = [];
  begun = undefined;
  #deaths = new Map();

  line(text) {
    const begins = /^vm-test-begin (.*)$/.exec(text);
    const ends = /^vm-test-end (passed|failed|skipped)$/.exec(text);
    if (begins) this.begun = begins[1];
    else if (ends) {
      this.total[ends[1]]++;
      this.done.push(this.begun);
      this.begun = undefined;
    } else if (!/^\d+ passed, \d+ failed, \d+ skipped$/.test(text)) process.stdout.write(`${text}\n`);
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
 * Runs the tests that `words` choose; resolves to counts. They are compiled out here, all in one process; a machine that
 * died is started again with the tests it had not come to.
 */
export async function runTests(kernel, cache, options, words, say) {
  const profile = await profileOf(kernel, cache, options, say);
  // In the checkout, which the machine gets anyway.
  const compiled = mkdtempSync(join(root, "build/compiled-"));
  const watcher = new Watcher();
  try {
    await compileTests(profile, compiled, words);
    const modules = modulesOfTests().map((name) => `modprobe -q ${name}; `);
    const command = `${modules.join("")}node src/dev/e2e.mjs ${words.map(quote).join(" ")}`;
    for (let tries = 1; ; tries++) {
      const settings = { TSBT_TEST_DONE: "/vm/done", TSBT_TEST_COMPILED: compiled, TSBT: options.loader };
      const code = await runOnce(
        kernel,
        cache,
        {
          ...options,
          command,
          environment: { ...options.environment, ...settings },
          files: { "/vm/done": watcher.done.map((label) => `${label}\n`).join("") },
        },
        (line) => watcher.line(line),
      );
      if (code !== undefined) {
        if (code !== 0 && watcher.total.failed === 0) watcher.total.failed++;
        return watcher.total;
      }
      watcher.died(say);
      if (tries === greatestTries) {
        watcher.total.failed++;
        return watcher.total;
      }
    }
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}
