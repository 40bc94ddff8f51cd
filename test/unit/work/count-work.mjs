/**
 * How much compiling takes, by V8's own count: how often each block of each function of ours ran. The same number on
 * every machine and under any load, which time is not. What the engine's built-in functions do inside is not seen.
 *
 *   echo '["script", …]' | node count-work.mjs     prints [{"file: function": blocks, …}, …]
 *
 * A process of its own: only functions that are compiled once counting is on are counted by the block.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const session = new Session();
session.connect();
/** The Profiler's commands answer before `post` returns. */
function ask(method, params = {}) {
  let answer;
  session.post(method, params, (error, result) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
}
ask("Profiler.enable");
ask("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

mkdirSync(join(root, "build"), { recursive: true });
const folder = mkdtempSync(join(root, "build/work-"));
const file = join(folder, "bundle.mjs");
const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("entry.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "esm",
  packages: "external",
  write: false,
});
const text = outputFiles[0].text;
writeFileSync(file, text);
const { compiled } = await import(file);
rmSync(folder, { recursive: true });

/** esbuild writes each file's name above it. */
const files = [...text.matchAll(/^\/\/ ((?:src|grammar)\/\S+)$/gm)].map((match) => [match.index, match[1]]);
const fileAt = (offset) => files.findLast(([start]) => start <= offset)?.[1] ?? "elsewhere";

/** Blocks that ran since the last count, by function. */
function take() {
  const work = {};
  const { result } = ask("Profiler.takePreciseCoverage");
  for (const { url, functions } of result) {
    if (url !== pathToFileURL(file).href) continue;
    for (const { functionName, ranges } of functions) {
      const { startOffset } = ranges[0];
      const name = `${fileAt(startOffset)}: ${functionName || text.slice(startOffset, startOffset + 40).replaceAll(/\s+/g, " ")}`;
      const blocks = ranges.reduce((sum, { count }) => sum + count, 0);
      if (blocks > 0) work[name] = (work[name] ?? 0) + blocks;
    }
  }
  return work;
}

const scripts = JSON.parse(readFileSync(0, "utf8"));
// What is made once (the grammar, the tables) is made here.
compiled(scripts[0]);
take();
const counts = scripts.map((script) => {
  compiled(script);
  return take();
});
process.stdout.write(JSON.stringify(counts));
