/**
 * `test/errors/<CODE>.<slug>.bt`: a script that is wrong in one way. Its first line is a comment with the place and
 * message of the diagnostic, as rendered, without the file's name. Further lines may say `// params: …` or
 * `// target: no-btf | no-symbols`. Any other error must lie on the same lines.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CODES } from "../../../src/diag/codes.js";
import { renderPlace } from "../../../src/diag/render.js";
import type { Target } from "../../../src/target/target.js";
import { checkText } from "./harness.js";
import { stubTarget } from "./stub-target.js";

const FOLDER = new URL("../../errors/", import.meta.url);
/** What the parser and check report; 501x comes from later phases, 6xxx from the loader. */
const OURS = /^TB([1234]|500)/;
const files = readdirSync(FOLDER).filter((name) => OURS.test(name));

const TARGETS: Readonly<Record<string, Target>> = {
  "no-btf": {
    ...stubTarget,
    hasBtf: false,
    btf: { ...stubTarget.btf, findStruct: () => undefined, typeNames: () => [] },
  },
  "no-symbols": { ...stubTarget, symbols: undefined },
};

describe("test/errors", () => {
  it.each(files)("%s", (file) => {
    const text = readFileSync(new URL(file, FOLDER), "utf8");
    const code = file.slice(0, file.indexOf("."));
    const expected = text.slice("// ".length, text.indexOf("\n"));
    const params = /^\/\/ params: (.*)$/m.exec(text)?.[1]?.split(" ") ?? [];
    const target = TARGETS[/^\/\/ target: (.*)$/m.exec(text)?.[1] ?? ""] ?? stubTarget;
    const { diagnostics, sources } = checkText(text, { params, target });
    const said = diagnostics
      .filter((diagnostic) => diagnostic.code === code)
      .map(({ span, message }) =>
        span === undefined ? message : `${renderPlace(span, sources).replace(/^stdin:/, "")} ${message}`,
      );
    expect(said).toContain(expected);
    const line = /^\d+/.exec(expected)?.[0];
    for (const { span, severity } of diagnostics) {
      if (span !== undefined && severity === "error") {
        expect(`${sources.position(span.source, span.start).line}`).toBe(line);
      }
    }
  });

  it("has a case for every code of syntax, names, types and probes", () => {
    const covered = new Set(files.map((file) => file.slice(0, file.indexOf("."))));
    const missing = Object.keys(CODES).filter((code) => OURS.test(code) && !covered.has(code));
    expect(missing).toEqual([]);
  });
});
