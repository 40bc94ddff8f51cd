import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HELPERS, helperById } from "../../../src/bpf/helpers.js";

const all = Object.values(HELPERS);

test("ids and names are unique and found again", () => {
  expect(new Set(all.map((helper) => helper.id)).size).toBe(all.length);
  for (const helper of all) expect(helperById(helper.id)).toBe(helper);
  expect(helperById(0)).toBeUndefined();
});

test("no helper takes more than five arguments, and every buffer has its size beside it", () => {
  for (const { name, args } of all) {
    expect(args.length, name).toBeLessThanOrEqual(5);
    args.forEach((arg, index) => {
      if (arg !== "in" && arg !== "out") return;
      expect([args[index - 1], args[index + 1]], name).toContain("size");
    });
  }
});

const HEADER = "/usr/include/linux/bpf.h";

test.skipIf(!existsSync(HEADER))("ids are the kernel's, as the header on this machine lists them", () => {
  const text = readFileSync(HEADER, "utf8");
  const listed = [
    ...text.slice(text.indexOf("#define __BPF_FUNC_MAPPER")).matchAll(/\bFN\((\w+)(?:, (\d+))?/g),
  ]
    .map(([, name = "", id], index): [string, number] => [name, id === undefined ? index : Number(id)])
    .filter(([name]) => name !== "unspec");
  const ids = new Map(listed);
  expect(ids.size).toBeGreaterThan(150);
  for (const { name, id } of all) {
    if (ids.has(name)) expect(ids.get(name), name).toBe(id);
  }
});
