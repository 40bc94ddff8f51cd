/**
 * Whatever is done to a script, the compiler answers with diagnostics: it throws nothing, reports no bug of its own
 * (TB9xxx), and every place it names lies in the script. The scripts are those of the other tests, with tokens removed,
 * repeated and put in from elsewhere: what people have on their screen while they write.
 *
 * `TSBT_MANGLED=20000 npx vitest run test/property/mangled-scripts.test.ts` tries so many.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Sources } from "../../src/base/source.js";
import { compile } from "../../src/compile.js";
import { stubBinaries } from "../unit/check/stub-binaries.js";
import { stubTarget } from "../unit/check/stub-target.js";

const count = Number(process.env.TSBT_MANGLED ?? (process.env.CI === undefined ? 300 : 3000));

const folder = (path: string): string[] => {
  const url = new URL(`../${path}/`, import.meta.url);
  return readdirSync(url).map((name) => readFileSync(new URL(name, url), "utf8"));
};
const scripts = [
  ...folder("errors"),
  ...folder("golden/fmt"),
  ...folder("kernel").flatMap((text) =>
    Array.from(text.matchAll(/^PROG (.*)$/gm), ([, script = ""]) => script),
  ),
].map((text) => text.match(/\s+|[\w@$]+|"(?:[^"\\\n]|\\.)*"|./gsu) ?? []);

const pick = fc.nat({ max: scripts.length - 1 }).map((index) => scripts[index] ?? []);
/** Where in the script (as a part of its length), how many tokens go, and what comes there instead. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  gone: fc.nat({ max: 3 }),
  donor: pick,
  from: fc.double({ min: 0, max: 1, noNaN: true }),
  taken: fc.nat({ max: 10 }),
});
const mangled = fc
  .record({ script: pick, edits: fc.array(edit, { minLength: 1, maxLength: 4 }) })
  .map(({ script, edits }) => {
    const tokens = [...script];
    for (const { at, gone, donor, from, taken } of edits) {
      const start = Math.floor(from * donor.length);
      tokens.splice(Math.floor(at * tokens.length), gone, ...donor.slice(start, start + taken));
    }
    return tokens.join("");
  });

test("a mangled script is answered with diagnostics", { timeout: 600_000 }, () => {
  fc.assert(
    fc.property(mangled, fc.boolean(), fc.boolean(), (text, relocatable, unsafe) => {
      const sources = new Sources();
      const source = sources.add("stdin", text);
      const options = { binaries: stubBinaries, params: ["1", "x"], unsafe, sources, relocatable };
      const { log, object } = compile(source, sources, stubTarget, options);
      expect(log.diagnostics.filter(({ code }) => code.startsWith("TB9"))).toEqual([]);
      expect(object === undefined).toBe(log.hasErrors);
      for (const { span } of log.diagnostics)
        if (span?.source === source.id) {
          expect(span.start).toBeGreaterThanOrEqual(0);
          expect(span.end).toBeGreaterThanOrEqual(span.start);
          expect(span.end).toBeLessThanOrEqual(text.length);
        }
    }),
    { numRuns: count },
  );
});
