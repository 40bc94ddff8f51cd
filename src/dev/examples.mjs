/**
 * Runs the example of every builtin and probe, as the reference pages show them, on the kernel at hand. An example
 * passes that loads, attaches and ends without an error; one that waits for an event is interrupted after a moment.
 * What the kernel or the machine lacks (functions to probe, symbols, programs) is skipped by name.
 *
 *   node src/dev/examples.mjs [word...]      only entries whose name contains a word
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSources } from "./load-sources.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsbt = process.env.TSBT ?? join(root, "dist/tsbt");
const MOMENT_MS = 4000;
/** What says that the target lacks something: probes, programs, symbols, types, features; helpers it locks away. */
const LACKING = /CODE: TB(4003|4004|4006|4007|4008|2011|2014|5001|5002|5003|6101|6107|6108|6117)/;

/** What runs only when it is asked for, and what asks. */
const ASKED = { test: ["--test"], bench: ["--bench"], dw_ustack: ["-c", "sleep 2"] };
/** An example that is there to complain: what it must say. */
const COMPLAINTS = { errorf: "ERROR: bad: 1" };

const { builtins, providers } = await loadSources("src/lang/index.ts");
const words = process.argv.slice(2);
const entries = [...builtins, ...providers].filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { name, example } of entries) {
  const child = spawnSync(tsbt, ["--unsafe", "-q", ...(ASKED[name] ?? []), "-e", example], {
    encoding: "utf8",
    timeout: MOMENT_MS,
    killSignal: "SIGINT",
  });
  const interrupted = child.error?.code === "ETIMEDOUT";
  const complaint = child.stderr.split("\n").find((line) => /ERROR|BUG/.test(line));
  if (LACKING.test(child.stderr)) {
    total.skipped++;
    console.log(`skipped: ${name}: ${complaint}`);
  } else if (COMPLAINTS[name] !== undefined && complaint?.endsWith(COMPLAINTS[name])) {
    total.passed++;
  } else if (complaint === undefined && (interrupted || child.status === 0)) {
    total.passed++;
  } else {
    total.failed++;
    console.log(`FAILED: ${name}: ${example}\n  ${complaint ?? `exit code ${child.status}`}`);
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
