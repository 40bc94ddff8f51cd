import { describe, expect, it } from "vitest";
import { isInstructionBoundary, x86Length } from "../../../src/binary/instructions.js";

/** Encodings and lengths as an assembler and a disassembler give them. */
const instructions: readonly (readonly [string, string])[] = [
  ["55", "push %rbp"],
  ["f3 0f 1e fa", "endbr64"],
  ["48 89 e5", "mov %rsp,%rbp"],
  ["48 83 ec 10", "sub $0x10,%rsp"],
  ["48 81 ec 00 01 00 00", "sub $0x100,%rsp"],
  ["66 81 c3 00 01", "add $0x100,%bx"],
  ["8b 04 25 00 10 00 00", "mov 0x1000,%eax"],
  ["8b 44 24 08", "mov 0x8(%rsp),%eax"],
  ["8b 84 8d 00 01 00 00", "mov 0x100(%rbp,%rcx,4),%eax"],
  ["48 8b 05 10 00 00 00", "mov 0x10(%rip),%rax"],
  ["48 b8 00 11 22 33 44 55 66 77", "movabs $0x7766554433221100,%rax"],
  ["b8 01 00 00 00", "mov $1,%eax"],
  ["66 b8 01 00", "mov $1,%ax"],
  ["e8 00 00 00 00", "call"],
  ["0f 84 00 00 00 00", "je"],
  ["eb fe", "jmp"],
  ["f6 c1 01", "test $1,%cl"],
  ["f7 c1 01 00 00 00", "test $1,%ecx"],
  ["f7 d9", "neg %ecx"],
  ["0f b6 c0", "movzx %al,%eax"],
  ["0f ba e0 07", "bt $7,%eax"],
  ["66 0f 70 c0 1b", "pshufd $0x1b,%xmm0,%xmm0"],
  ["66 0f 38 00 c1", "pshufb %xmm1,%xmm0"],
  ["66 0f 3a 0f c1 08", "palignr $8,%xmm1,%xmm0"],
  ["c5 f8 77", "vzeroupper"],
  ["c5 fd 6f 06", "vmovdqa (%rsi),%ymm0"],
  ["c4 e3 7d 39 c1 01", "vextracti128 $1,%ymm0,%xmm1"],
  ["62 f1 fd 48 6f 46 01", "vmovdqa64 0x40(%rsi),%zmm0"],
  ["62 f3 fd 48 39 c1 01", "vextracti64x4"],
  ["a1 00 11 22 33 44 55 66 77", "movabs 0x7766554433221100,%eax"],
  ["c8 10 00 00", "enter"],
  ["c2 08 00", "ret $8"],
  ["64 48 8b 04 25 28 00 00 00", "mov %fs:0x28,%rax"],
  ["66 66 2e 0f 1f 84 00 00 00 00 00", "nopw"],
  ["0f 05", "syscall"],
  ["0f 0b", "ud2"],
  ["f3 48 a5", "rep movsq"],
  ["f0 48 0f b1 0e", "lock cmpxchg %rcx,(%rsi)"],
];

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text.split(" "), (each) => Number.parseInt(each, 16));

describe("lengths of x86-64 instructions", () => {
  it.each(instructions)("%s: %s", (text) => {
    const code = bytes(text);
    // What stands behind must not matter.
    const padded = new Uint8Array(code.length + 16).fill(0x90);
    padded.set(code);
    expect(x86Length(padded, 0)).toBe(code.length);
  });

  it("are unknown where code ends or no instruction is", () => {
    expect(x86Length(bytes("e8 00 00"), 0)).toBeUndefined();
    expect(x86Length(bytes("06 90 90"), 0)).toBeUndefined();
  });
});

describe("boundaries", () => {
  const code = bytes("55 48 89 e5 90");
  it.each([
    [0, "yes"],
    [1, "yes"],
    [2, "no"],
    [3, "no"],
    [4, "yes"],
  ] as const)("x86-64: %i is %s", (offset, answer) => {
    expect(isInstructionBoundary(code, offset, "x86_64")).toBe(answer);
  });
  it("arm64: multiples of four", () => {
    expect([4, 6].map((offset) => isInstructionBoundary(code, offset, "aarch64"))).toEqual(["yes", "no"]);
  });
});
