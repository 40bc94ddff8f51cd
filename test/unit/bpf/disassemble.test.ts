import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { disassemble } from "../../../src/bpf/disassemble.js";
import { encode } from "../../../src/bpf/encode.js";
import { imm, type Item, label, reg } from "../../../src/bpf/insn.js";

const ITEMS: readonly Item[] = [
  { kind: "alu", op: "mov", is64: true, dst: 6, src: reg(1) },
  { kind: "alu", op: "add", is64: false, dst: 1, src: imm(-5) },
  { kind: "alu", op: "arsh", is64: true, dst: 1, src: imm(3) },
  { kind: "alu", op: "xor", is64: true, dst: 1, src: reg(2) },
  { kind: "neg", is64: true, dst: 3 },
  { kind: "endian", to: "be", bits: 16, dst: 3 },
  { kind: "loadImm64", dst: 4, value: 0x1122334455667788n },
  { kind: "ldx", size: 8, signed: false, dst: 1, src: 6, off: 8 },
  { kind: "ldx", size: 1, signed: false, dst: 1, src: 10, off: -3 },
  { kind: "stx", size: 4, dst: 10, off: -8, src: 1 },
  { kind: "atomic", op: "add", fetch: false, size: 8, dst: 10, off: -8, src: 1 },
  { kind: "atomic", op: "add", fetch: true, size: 8, dst: 10, off: -8, src: 1 },
  { kind: "atomic", op: "xchg", fetch: true, size: 8, dst: 10, off: -8, src: 1 },
  { kind: "atomic", op: "cmpxchg", fetch: true, size: 8, dst: 10, off: -8, src: 1 },
  { kind: "jmp", op: "sgt", is64: true, dst: 1, src: imm(-1), target: label(0) },
  { kind: "jmp", op: "ne", is64: false, dst: 1, src: reg(2), target: label(0) },
  { kind: "callHelper", helper: 14 },
  { kind: "label", label: label(0) },
  { kind: "ja", target: label(1) },
  { kind: "label", label: label(1) },
  { kind: "exit" },
];

test("the text is the kernel's notation", () => {
  expect(disassemble(ITEMS)).toBe(`    0: r6 = r1
    1: w1 += -5
    2: r1 s>>= 3
    3: r1 ^= r2
    4: r3 = -r3
    5: r3 = be16 r3
    6: r4 = 0x1122334455667788 ll
    8: r1 = *(u64 *)(r6 + 8)
    9: r1 = *(u8 *)(r10 - 3)
   10: *(u32 *)(r10 - 8) = r1
   11: lock *(u64 *)(r10 - 8) += r1
   12: r1 = atomic_fetch_add((u64 *)(r10 - 8), r1)
   13: r1 = xchg_64(r10 - 8, r1)
   14: r0 = cmpxchg_64(r10 - 8, r0, r1)
   15: if r1 s> -1 goto L0
   16: if w1 != w2 goto L0
   17: call bpf_get_current_pid_tgid#14
L0:
   18: goto L1
L1:
   19: exit
`);
});

test("symbols and cpu v4 instructions", () => {
  const items: Item[] = [
    { kind: "loadMap", dst: 1, map: "counts" },
    { kind: "loadMapValue", dst: 1, map: ".rodata", offset: 16 },
    { kind: "loadFunction", dst: 2, symbol: "body" },
    { kind: "callFunction", symbol: "body" },
    { kind: "callKfunc", symbol: "bpf_rcu_read_lock" },
    { kind: "movsx", is64: true, bits: 8, dst: 1, src: 2 },
    { kind: "ldx", size: 4, signed: true, dst: 1, src: 2, off: 0 },
    { kind: "alu", op: "sdiv", is64: true, dst: 1, src: reg(2) },
    { kind: "st", size: 1, dst: 10, off: -1, imm: 7 },
    { kind: "endian", to: "swap", bits: 32, dst: 1 },
  ];
  expect(
    disassemble(items, (insn) => (insn.kind === "callFunction" ? "x.bt:3" : undefined)),
  ).toBe(`    0: r1 = map[counts]
    2: r1 = map[.rodata][0] + 16
    4: r2 = func[body]
    6: call body                                ; x.bt:3
    7: call bpf_rcu_read_lock
    8: r1 = (s8)r2
    9: r1 = *(s32 *)(r2 + 0)
   10: r1 s/= r2
   11: *(u8 *)(r10 - 1) = 7
   12: r1 = bswap32 r1
`);
});

const objdump = spawnSync("llvm-objdump", ["--version"]).status === 0;
const objcopy = spawnSync("llvm-objcopy", ["--version"]).status === 0;

test.skipIf(!objdump || !objcopy)("llvm-objdump reads the same from the bytes", () => {
  const result = encode(ITEMS, "v3");
  if (result.kind !== "encoded") throw new Error(result.message);
  const theirs = objdumpText(result.bytes);
  const ours = disassemble(ITEMS)
    .split("\n")
    .filter((line) => /^ +\d/.test(line))
    .map((line) => normalise(line.replace(/^ *\d+: /, "")));
  expect(theirs).toEqual(ours);
});

/** Instructions as llvm-objdump prints them. It prints jumps and calls by number, we by name. */
function objdumpText(bytes: Uint8Array): string[] {
  const folder = mkdtempSync(join(tmpdir(), "tsbt-bpf-"));
  try {
    const raw = join(folder, "raw");
    const object = join(folder, "object.o");
    writeFileSync(raw, bytes);
    execFileSync("llvm-objcopy", [
      "-I",
      "binary",
      "-O",
      "elf64-x86-64",
      "--rename-section=.data=.text,code",
      raw,
      object,
    ]);
    const text = execFileSync(
      "llvm-objdump",
      ["-d", "--no-show-raw-insn", "--triple=bpfel", "--mattr=+alu32", object],
      {
        encoding: "utf8",
      },
    );
    return text
      .split("\n")
      .filter((line) => /^ +\d+:/.test(line))
      .map((line) => normalise(line.replace(/^ *\d+:\s*/, "")));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Drops what the two spell differently: jump targets, helper names, the base of numbers, and the half
 * registers LLVM writes for narrow loads and stores, where the kernel writes whole ones.
 */
function normalise(line: string): string {
  return line
    .replace(/goto .*/, "goto")
    .replace(/^w(\d+ = \*\()/, "r$1")
    .replace(/(\) = )w/, "$1r")
    .replace(/call (\w+#)?/, "call ")
    .replace(/0x[0-9a-f]+|\b\d{10,}\b/g, (number) => BigInt(number).toString())
    .trim();
}
