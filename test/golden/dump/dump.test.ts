/**
 * Every stage of the compiler on a few scripts, for one pinned kernel: `x.dump` is what `--dump` prints of `x.bt`.
 * `npx vitest run test/golden/dump -u` writes what is made now; its diff is the review of a change to the compiler.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compile.js";
import { Sources } from "../../../src/base/source.js";
import { dumpStages, parseStages } from "../../../src/cli/dump.js";
import { pinnedTarget } from "../../fixtures/pinned-target.js";

const folder = new URL("./", import.meta.url);

describe("stages of", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".bt"))) {
    it(file, async () => {
      const sources = new Sources();
      const source = sources.add(file, readFileSync(new URL(file, folder), "utf8"));
      const compilation = compile(source, sources, pinnedTarget(), {
        params: [],
        unsafe: false,
        sources,
        relocatable: false,
      });
      expect(compilation.log.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const text = dumpStages(compilation, parseStages(["types,ir,opt,alloc,bpf"]), sources);
      await expect(text).toMatchFileSnapshot(file.replace(/\.bt$/, ".dump"));
    });
  }
});
