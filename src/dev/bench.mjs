/**
 * `npm run bench`: measures start-up, memory, the cost of events and the size of the code, side by side with bpftrace
 * where it is installed, and writes the tables into docs/performance.md and docs/codegen.md. `npm run bench -- events
 * code` measures only these; `--quick` with fewer rounds. Needs root and a kernel with BPF.
 */
import { cpus, release } from "node:os";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeSize } from "./bench/code-size.mjs";
import { events, printing } from "./bench/events.mjs";
import { memory, startup } from "./bench/startup.mjs";
import { tools } from "./bench/tools.mjs";
import { root } from "./bench/tracers.mjs";

const quick = process.argv.includes("--quick");
const named = process.argv.slice(2).filter((word) => !word.startsWith("-"));

const sections = {
  startup: ["docs/performance.md", () => startup(quick ? 5 : 15)],
  memory: ["docs/performance.md", memory],
  events: ["docs/performance.md", () => events(quick ? 300_000 : 3_000_000, quick ? 2 : 5)],
  printing: ["docs/performance.md", () => printing(1_000_000)],
  tools: ["docs/performance.md", () => tools(quick ? 3 : 5, quick ? 0.1 : 0.3)],
  code: ["docs/codegen.md", codeSize],
};

/** A table stands between its marks: everything else on the page is written by hand. */
function replaceSection(page, name, text) {
  const path = join(root, page);
  const before = readFileSync(path, "utf8");
  const marked = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- end ${name} -->)`);
  if (!marked.test(before)) throw new Error(`${page} has no place for ${name}`);
  const machine = `Measured on Linux ${release().replace(/-.*/, "")}, ${cpus().length} CPUs, ${process.arch}.\n`;
  writeFileSync(
    path,
    before.replace(marked, (_, open, close) => `${open}${text}\n${machine}${close}`),
  );
}

for (const [name, [page, measure]] of Object.entries(sections)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const text = await measure();
  process.stdout.write(`\n${name}\n${text}`);
  replaceSection(page, name, text);
}
