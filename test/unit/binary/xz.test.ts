import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { unpackXz } from "../../../src/binary/xz.js";

/** What xz 5.4 makes of a text. */
const HELLO =
  "fd377a585a000004e6d6b4460200210116000000742fe5a3e0007f00125d00341949ee8def8c8732029058f3cd" +
  "123b88000000005be8f2e3a3dd157600012e80010000006c67a9f7b1c467fb020000000004595a";

const hasXz = spawnSync("xz", ["--version"]).status === 0;

function pack(bytes: Buffer, ...options: string[]): Buffer {
  const { status, stdout } = spawnSync("xz", ["-c", ...options], { input: bytes, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error("xz failed");
  return stdout;
}

/** The same numbers every time. */
function noise(length: number): Buffer {
  let state = 12345;
  return Buffer.from(
    Array.from({ length }, () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 24;
    }),
  );
}

describe("xz", () => {
  it("unpacks what it was told to", () => {
    expect(unpackXz(Buffer.from(HELLO, "hex"))?.toString()).toBe(`${"hello, hello, hello! ".repeat(6)}hi`);
  });

  it("says nothing to what is damaged or something else", () => {
    const good = Buffer.from(HELLO, "hex");
    for (let length = 0; length < good.length - 30; length++)
      expect(unpackXz(good.subarray(0, length))).toBeUndefined();
    for (let at = 24; at < 60; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0x55;
      // Either noticed or other bytes: no exception, no endless loop.
      expect(unpackXz(bad)?.equals(Buffer.from("hello")) ?? false).toBe(false);
    }
    expect(unpackXz(Buffer.from("hello"))).toBeUndefined();
  });

  const program = Buffer.concat([Buffer.from("int main(void) { return 0; }\n".repeat(3000)), noise(70000)]);
  it.skipIf(!hasXz).each([
    ["nothing", Buffer.alloc(0), []],
    ["text and noise", program, []],
    ["noise alone", noise(300000), ["-0"]],
    ["zeroes", Buffer.alloc(1 << 21), ["-9"]],
    ["several blocks", program, ["--block-size=20000"]],
    ["no check", program, ["--check=none"]],
    ["another check", program, ["--check=sha256"]],
    ["other properties", program, ["--lzma2=preset=6,lc=0,lp=2,pb=0"]],
    ["this program", Buffer.from(process.execPath.repeat(5000)), ["-e"]],
  ] as const)("unpacks %s", (_name, bytes, options) => {
    expect(unpackXz(pack(bytes, ...options))?.equals(bytes)).toBe(true);
  });

  it.skipIf(!hasXz)("leaves filtered code alone", () => {
    expect(unpackXz(pack(program, "--x86", "--lzma2"))).toBeUndefined();
  });
});
