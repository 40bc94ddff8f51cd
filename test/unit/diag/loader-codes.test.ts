import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { codeInfo, CODES } from "../../../src/diag/codes.js";

it("knows every code of the loader, and the loader every code of its own", () => {
  const header = readFileSync(new URL("../../../runtime/codes.h", import.meta.url), "utf8");
  const named = [...header.matchAll(/"(TB\d{4})"/g)].map((match) => match[1] ?? "");
  for (const code of named) expect(codeInfo(code), code).toBeDefined();
  const missing = Object.keys(CODES).filter((code) => code.startsWith("TB61") && !named.includes(code));
  expect(missing).toEqual([]);
});
