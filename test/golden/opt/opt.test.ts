/**
 * One pass on one small piece of IR: `x.ir` names the passes in its first line (`; fold dead`), `x.out.ir` is what
 * they make of it. `npx vitest run test/golden/opt -u` writes what is made now.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseModule } from "../../../src/ir/parse.js";
import { printModule } from "../../../src/ir/print.js";
import { verifyModule } from "../../../src/ir/verify.js";
import { passes } from "../../../src/opt/optimise.js";

const folder = new URL("./", import.meta.url);

describe("optimised", () => {
  for (const file of readdirSync(folder).filter((name) => /^[^.]+\.ir$/.test(name))) {
    it(file.slice(0, -3), async () => {
      const text = readFileSync(new URL(file, folder), "utf8");
      const module = parseModule(text);
      expect(verifyModule(module)).toEqual([]);
      let { functions } = module;
      for (const name of text.slice(1, text.indexOf("\n")).trim().split(" ")) {
        const pass = passes.find(([each]) => each === name)?.[1];
        if (pass === undefined) throw new Error(`no pass ${name}`);
        functions = functions.map(pass);
      }
      const result = { ...module, functions };
      expect(verifyModule(result)).toEqual([]);
      await expect(printModule(result)).toMatchFileSnapshot(file.replace(/\.ir$/, ".out.ir"));
    });
  }
});
