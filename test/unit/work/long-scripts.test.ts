/** Scripts four times as long take some four times the work: no stage of the compiler is quadratic. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";

/** Lines, or groups of lines, of the shorter script. */
const SHORT = 40;
const TIMES = 4;
/** n log n passes, n² (16) does not. */
const MOST = 8;
/** A function that runs less is no matter. */
const LEAST = 10_000;

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("\n");

const shapes: readonly (readonly [string, (count: number) => string])[] = [
  [
    "statements",
    (n) => `begin { $x = (uint64)1;\n${lines(n, (i) => `$x = $x * 3 + pid + ${i}; @a[$x] = $x;`)} }`,
  ],
  [
    "branches",
    (n) =>
      `begin { $x = (uint64)1;\n${lines(n, (i) => `if (pid > ${i}) { $x += tid; } else { @b = $x; }`)} }`,
  ],
  ["loops", (n) => `begin { ${lines(n, (i) => `for ($i : 0..5) { @a[$i] = ${i % 100}; }`)} }`],
  [
    "output",
    (n) => `begin { ${lines(n, (i) => `printf("%d ${i} %s\\n", pid + ${i}, comm); print((pid, "${i}"));`)} }`,
  ],
  [
    "variables",
    (n) =>
      `begin { ${lines(n, (i) => `$v${i % 8} = pid * ${i + 1};`)} @s = sum(${lines(n, (i) => `$v${i % 8} +`)} 1); }`,
  ],
  ["probes", (n) => lines(n, (i) => `interval:ms:${i + 1} { @c[pid, ${i}] = count(); @h = hist(tid); }`)],
  ["maps", (n) => `begin { ${lines(n, (i) => `@m${i}[comm] = count(); clear(@m${i});`)} }`],
  [
    "macros",
    (n) =>
      `${lines(n, (i) => `macro m${i}(x) { x + ${i} }`)}\nbegin { ${lines(n, (i) => `@a = m${i}(pid);`)} }`,
  ],
  [
    "structs",
    (n) =>
      `${lines(n, (i) => `struct s${i} { int a; char b[${i + 1}]; struct s${i} *next; };`)}\nbegin { ${lines(n, (i) => `@a = ((struct s${i} *)0)->next->a;`)} }`,
  ],
  [
    "constants",
    (n) =>
      `${lines(n, (i) => `#define C${i} (${i === 0 ? "1" : `C${i - 1} + 1`})`)}\nenum e { ${lines(n, (i) => `E${i},`)} };\nbegin { ${lines(n, (i) => `@a = E${i};`)} }`,
  ],
];

/**
 * Judging whether two registers may become one looks at all neighbours of both, and a variable that every line writes has
 * one a line. A count kept for each would have to follow every merge, for a small part of the whole.
 */
const steeper: Readonly<Record<string, number>> = {
  "src/codegen/regalloc.ts: of": TIMES * TIMES,
  "src/codegen/regalloc.ts: isBriggsSafe": TIMES * TIMES,
};

type Work = Readonly<Record<string, number>>;

/** One process for all: most of its time is starting. */
function countWork(scripts: readonly string[]): readonly Work[] {
  const path = fileURLToPath(new URL("count-work.mjs", import.meta.url));
  const run = spawnSync(process.execPath, [path], {
    input: JSON.stringify(scripts),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as readonly Work[];
}

let counts: readonly Work[] = [];
beforeAll(() => {
  counts = countWork(shapes.flatMap(([, script]) => [script(SHORT), script(SHORT * TIMES)]));
}, 300_000);

it.each(shapes.map(([name], index) => [name, index] as const))(
  "work grows with the script: %s",
  (_, index) => {
    const [short = {}, long = {}] = counts.slice(2 * index, 2 * index + 2);
    expect(Object.keys(long).length).toBeGreaterThan(100);
    // V8 does not always tell of a function within another that it inlined: what is missing in the one cannot be compared.
    const compared = Object.entries(long).filter(([place]) => short[place] !== undefined);
    expect(compared.length).toBeGreaterThan(Object.keys(long).length / 2);
    const steep = compared
      .filter(([place, blocks]) => blocks > LEAST && blocks > (short[place] ?? 0) * (steeper[place] ?? MOST))
      .map(([place, blocks]) => `${place}: ${short[place]} blocks, then ${blocks}`);
    expect(steep).toEqual([]);
  },
);
