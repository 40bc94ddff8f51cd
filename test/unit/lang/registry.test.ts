import { describe, expect, it } from "vitest";
import { builtins, providers } from "../../../src/lang/index.js";
import { checkText } from "../check/harness.js";

/** What an example may miss on the small target of unit tests: programs, functions, fields and the not yet done. */
const EXCUSED = /^TB(5001|5002|4003|4004|4007|4008|2005|2011|2006)$/;

describe("the registries", () => {
  it("name nothing twice", () => {
    for (const entries of [builtins, providers]) {
      const names = entries.flatMap((entry) => [entry.name, ...(entry.aliases ?? [])]);
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    }
  });

  it.each([...builtins, ...providers].map((entry) => [entry.name, entry.example]))(
    "example of %s",
    (_, example) => {
      const { diagnostics } = checkText(example, { unsafe: true });
      const wrong = diagnostics.filter(({ severity, code }) => severity === "error" && !EXCUSED.test(code));
      expect(wrong.map(({ code, message }) => `${code} ${message}`)).toEqual([]);
    },
  );

  it.each(builtins.map((entry) => [entry.name, entry] as const))(
    "%s uses its own name in its example",
    (_, entry) => {
      expect(entry.example).toContain(entry.name.replace(/^container_of$/, "begin"));
      expect(entry.doc).toMatch(/\.$/);
      expect(entry.signatures.length).toBeGreaterThan(0);
      expect(entry.kind === "aggregation" ? entry.rule : entry.aggregate).toBeUndefined();
    },
  );
});
