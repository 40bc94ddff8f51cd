import { expect, it } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { compile } from "../../../src/compile.js";
import { stubBinaries } from "../check/stub-binaries.js";
import { stubTarget } from "../check/stub-target.js";

it("reads a member that lies further away than an immediate reaches", () => {
  const sources = new Sources();
  const script =
    "struct far { char a[2147483647]; char b[2147483647]; int x; }; interval:s:1 { print(((struct far *)curtask).x); }";
  const { log, object } = compile(sources.add("stdin", script), sources, stubTarget, {
    binaries: stubBinaries,
    params: [],
    unsafe: false,
    sources,
    relocatable: false,
  });
  expect(log.diagnostics).toEqual([]);
  // `lddw` to some register of the distance, 2^32 bytes.
  const bytes = Buffer.from(object ?? []);
  const loads = Array.from({ length: 10 }, (_, reg) =>
    bytes.indexOf(Buffer.from([0x18, reg, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])),
  );
  expect(Math.max(...loads)).toBeGreaterThan(0);
});
