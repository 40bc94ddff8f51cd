import { describe, expect, it } from "vitest";
import { parseUsdtArguments } from "../../../src/lang/probes/usdt-arguments.js";
import { archOf } from "../../../src/target/arch.js";

const symbol = (name: string): number | undefined => (name === "counter" ? 0x4000 : undefined);
const x86 = (text: string) => parseUsdtArguments(text, { arch: "x86_64", address: 0x1000, symbol });
const arm = (text: string) => parseUsdtArguments(text, { arch: "aarch64", address: 0x1000, symbol });
const { registers } = archOf("x86_64");

const register = (name: string, bits: number, signed: boolean, shift = 0) => ({
  kind: "register",
  register: registers[name],
  shift,
  bits,
  signed,
});
const memory = (
  base: number | undefined,
  displacement: number,
  bits: number,
  signed: boolean,
  index?: number,
  scale = 1,
) => ({ kind: "memory", base, index, scale, displacement, bits, signed });

describe("x86-64 operands", () => {
  it.each([
    ["-4@$-9", { kind: "constant", value: -9n }],
    ["4@$-1", { kind: "constant", value: 0xffff_ffffn }],
    ["8@$0x10", { kind: "constant", value: 16n }],
    ["8@%rdi", register("di", 64, false)],
    ["%rdi", register("di", 64, false)],
    ["-4@%r8d", register("r8", 32, true)],
    ["2@%ax", register("ax", 16, false)],
    ["-1@%sil", register("si", 8, true)],
    ["1@%bh", register("bx", 8, false, 8)],
    ["8@%rbp", register("bp", 64, false)],
    ["-4@-20(%rbp)", memory(registers.bp, -20, 32, true)],
    ["8@(%rsp)", memory(registers.sp, 0, 64, false)],
    ["8@16(%rcx,%rsi,8)", memory(registers.cx, 16, 64, false, registers.si, 8)],
    ["2@(%rax,%r9)", memory(registers.ax, 0, 16, false, registers.r9, 1)],
    ["8@64(,%rbx,4)", memory(undefined, 64, 64, false, registers.bx, 4)],
    ["4@counter(%rip)", memory(registers.ip, 0x3000, 32, false)],
    ["4@counter+8(%rip)", memory(registers.ip, 0x3008, 32, false)],
    ["4@8+counter(%rip)", memory(registers.ip, 0x3008, 32, false)],
  ])("%s", (text, operand) => {
    expect(x86(text)).toEqual([operand]);
  });

  it.each([
    ["8f@%xmm0", "floating-point"],
    ["16@%xmm0", "16 bytes"],
    ["8@%xmm0", "not understood"],
    ["4@missing(%rip)", "not understood"],
    ["8@%fs:40", "not understood"],
    ["4@(%eax)", "not understood"],
    ["nonsense", "not understood"],
  ])("%s cannot be read", (text, why) => {
    expect(x86(text)[0]).toMatchObject({ kind: "unreadable", why: expect.stringContaining(why) });
  });

  it("are separated by blanks", () => {
    expect(x86("-4@%edi 8@-16(%rbp)  1@$0")).toHaveLength(3);
    expect(x86("")).toEqual([]);
  });
});

describe("arm64 operands", () => {
  it.each([
    ["-4@5", { kind: "constant", value: 5n }],
    ["-8@#-5", { kind: "constant", value: -5n }],
    ["8@xzr", { kind: "constant", value: 0n }],
    ["8@x0", { kind: "register", register: 0, shift: 0, bits: 64, signed: false }],
    ["-4@w30", { kind: "register", register: 240, shift: 0, bits: 32, signed: true }],
    ["8@sp", { kind: "register", register: 248, shift: 0, bits: 64, signed: false }],
    ["8@[sp, 16]", memory(248, 16, 64, false)],
    ["4@[x1]", memory(8, 0, 32, false)],
    ["4@[x1,#-4]", memory(8, -4, 32, false)],
    ["4@[x1, x2]", memory(8, 0, 32, false, 16)],
    ["8@[x1, x2, lsl 3]", memory(8, 0, 64, false, 16, 8)],
  ])("%s", (text, operand) => {
    expect(arm(text)).toEqual([operand]);
  });

  it("may hold blanks themselves", () => {
    expect(arm("8@[sp, 16] -4@w1")).toHaveLength(2);
  });

  it.each(["8f@d0", "8@x31", "8@[w1]x", "8@[x1, w2, sxtw]"])("%s cannot be read", (text) => {
    expect(arm(text)[0]?.kind).toBe("unreadable");
  });
});
