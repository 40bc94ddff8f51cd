import { expect, it } from "vitest";
import { wildcard } from "../../../src/lang/probes/wildcard.js";

it.each([
  ["vfs_read", "vfs_read", true],
  ["vfs_read", "vfs_readv", false],
  ["vfs_*", "vfs_read", true],
  ["vfs_*", "vfs_", true],
  ["*read", "vfs_read_read", true],
  ["*read", "vfs_readv", false],
  ["a*b*c", "a_b_b_c", true],
  ["a*b*c", "a_c_b", false],
  ["**", "", true],
  ["?", "", false],
  ["sys_?????", "sys_mkdir", true],
  ["sys_????", "sys_mkdir", false],
  ["[abc]x", "bx", true],
  ["[a-cz]x", "zx", true],
  ["[a-c]x", "dx", false],
  ["[!a-c]x", "dx", true],
  ["[^a-c]x", "ax", false],
  ["[a-]x", "-x", true],
  ["[z-a]*", "m", false],
  ["[]*", "]", false],
  ["a[*", "a[b", true],
  ["a.c*", "abc", false],
  ["\\d*", "\\d1", true],
  ["*\n", "a\n", true],
])("%s and %s: %s", (pattern, name, expected) => {
  expect(wildcard(pattern)(name)).toBe(expected);
});

it("takes no time for many stars", () => {
  const matches = wildcard(`${"*a".repeat(40)}*b`);
  expect(matches("a".repeat(5000))).toBe(false);
});
