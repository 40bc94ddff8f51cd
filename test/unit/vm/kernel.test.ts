/**
 * The machine against the kernel itself: random programs of arithmetic, jumps, stack and atomics run in
 * both, and every register must end the same.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { disassemble } from "../../../src/bpf/disassemble.js";
import { encode } from "../../../src/bpf/encode.js";
import { imm, type Insn, type Item, label, type Operand, reg, type Reg } from "../../../src/bpf/insn.js";
import { Machine } from "../../../src/vm/index.js";
import { ALU_OPS, int32, JMP_OPS, word64 } from "../bpf/arbitrary.js";
import { exit, ldx, mov, returned, stx, u64 } from "./support.js";

/** r6 keeps the context, r10 is the frame; the rest is for the random steps. */
const FREE: readonly Reg[] = [0, 1, 2, 3, 4, 5, 7, 8, 9];
const CONTEXT_WORDS = FREE.length;

const kernel = release().split(".").map(Number);
/** Signed division, sign extension and unconditional swaps came with 6.6. */
const isV4 = (kernel[0] ?? 0) > 6 || (kernel[0] === 6 && (kernel[1] ?? 0) >= 6);

const free = fc.constantFrom(...FREE);
const bool = fc.boolean();
const anyOperand: fc.Arbitrary<Operand> = fc.oneof(free.map(reg), int32.map(imm));

/** The verifier refuses shifts by constants out of range and division by the constant zero. */
const arithmetic: fc.Arbitrary<Item[]> = fc
  .tuple(fc.constantFrom(...ALU_OPS), bool, free, anyOperand)
  .filter(([op]) => isV4 || (op !== "sdiv" && op !== "smod"))
  .map(([op, is64, dst, src]) => [{ kind: "alu", op, is64, dst, src: legal(op, is64, src) }]);

function legal(op: string, is64: boolean, src: Operand): Operand {
  if (src.kind === "reg") return src;
  if (op.endsWith("sh")) return imm(src.value & (is64 ? 63 : 31));
  return /div|mod/.test(op) && src.value === 0 ? imm(3) : src;
}

const unary: fc.Arbitrary<Item[]> = fc
  .tuple(
    free,
    free,
    bool,
    fc.constantFrom(8 as const, 16 as const),
    fc.constantFrom(16 as const, 32 as const, 64 as const),
    fc.nat(4),
  )
  .map(([dst, src, is64, bits, swapped, choice]): Item[] => {
    const v3: Insn[] = [
      { kind: "neg", is64, dst },
      { kind: "endian", to: "be", bits: swapped, dst },
      { kind: "endian", to: "le", bits: swapped, dst },
    ];
    const v4: Insn[] = [
      { kind: "movsx", is64, bits, dst, src },
      { kind: "endian", to: "swap", bits: swapped, dst },
    ];
    const pick = (isV4 ? [...v3, ...v4] : v3)[choice % (isV4 ? 5 : 3)];
    return pick ? [pick] : [];
  });

const memory: fc.Arbitrary<Item[]> = fc
  .tuple(free, free, fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const), fc.nat(7), bool)
  .map(([dst, src, size, at, signed]): Item[] => {
    const off = -8 + Math.floor(at / size) * size;
    const load: Insn = { kind: "ldx", size, signed: signed && isV4 && size !== 8, dst, src: 10, off };
    return [stx(8, 10, -8, dst), stx(size, 10, off, src), load];
  });

const atomics: fc.Arbitrary<Item[]> = fc
  .tuple(
    fc.constantFrom(
      "add" as const,
      "or" as const,
      "and" as const,
      "xor" as const,
      "xchg" as const,
      "cmpxchg" as const,
    ),
    bool,
    fc.constantFrom(4 as const, 8 as const),
    free,
    free,
  )
  .map(([op, fetch, size, src, cell]): Item[] => [
    stx(8, 10, -8, cell),
    { kind: "atomic", op, fetch: fetch || op === "xchg" || op === "cmpxchg", size, dst: 10, off: -8, src },
    ldx(8, cell, 10, -8),
  ]);

interface Jump {
  readonly over: number;
  readonly make: (target: number) => Insn;
}

const jump: fc.Arbitrary<Jump> = fc
  .tuple(fc.constantFrom(...JMP_OPS), bool, free, anyOperand, fc.integer({ min: 1, max: 5 }))
  .map(([op, is64, dst, src, over]) => ({
    over,
    make: (target) => ({ kind: "jmp", op, is64, dst, src, target: label(target) }),
  }));

/** Loads all free registers, does the steps (jumps only lead forward), stores all free registers. */
const program = fc
  .array(fc.oneof({ weight: 6, arbitrary: arithmetic }, unary, memory, atomics, jump), {
    minLength: 1,
    maxLength: 30,
  })
  .map((steps): Item[] => {
    const body = steps.flatMap((step, index): Item[] => [
      { kind: "label", label: label(index) },
      ...(Array.isArray(step) ? step : [step.make(Math.min(index + 1 + step.over, steps.length))]),
    ]);
    return [
      mov(6, "r1"),
      ...FREE.map((r, i) => ldx(8, r, 6, i * 8)),
      ...body,
      { kind: "label", label: label(steps.length) },
      ...FREE.map((r, i) => stx(8, 6, i * 8, r)),
      mov(0, 0),
      exit,
    ];
  });

interface Case {
  readonly items: readonly Item[];
  readonly context: Uint8Array;
}

const cases = fc.record({
  items: program,
  context: fc
    .array(word64, { minLength: CONTEXT_WORDS, maxLength: CONTEXT_WORDS })
    .map((words) => u64(...words)),
});

function bytesOf(items: readonly Item[]): Uint8Array {
  const result = encode(items, "v4");
  if (result.kind !== "encoded") throw new Error(result.message);
  return result.bytes;
}

let folder = "";
let binary = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tsbt-vm-"));
  binary = join(folder, "test-run");
  if (compiler)
    execFileSync("cc", ["-std=c11", "-O1", "-o", binary, join(import.meta.dirname, "test-run.c")]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Outcome {
  readonly errno: number;
  readonly context: Uint8Array;
}

function runInKernel(all: readonly Case[]): Outcome[] {
  const input = all.flatMap(({ items, context }) => {
    const insns = bytesOf(items);
    return [Buffer.from(Uint32Array.of(insns.length, context.length).buffer), insns, context];
  });
  const output = execFileSync(binary, { input: Buffer.concat(input) });
  const size = 4 + CONTEXT_WORDS * 8;
  return all.map((_, i) => ({
    errno: output.readInt32LE(i * size),
    context: Uint8Array.from(output.subarray(i * size + 4, (i + 1) * size)),
  }));
}

function runInMachine({ items, context }: Case): Uint8Array {
  const copy = context.slice();
  const machine = new Machine({ functions: [{ name: "main", items }] });
  returned(machine.run("main", { context: copy, contextWritable: true }));
  return copy;
}

const compiler = spawnSync("cc", ["--version"]).status === 0;
const EPERM = 1;
const ENOSYS = 38;

test.skipIf(!compiler)("every register ends as in the kernel", (context) => {
  const [probe] = runInKernel([{ items: [mov(0, 0), exit], context: new Uint8Array(CONTEXT_WORDS * 8) }]);
  if (probe?.errno === EPERM || probe?.errno === ENOSYS) context.skip("the kernel refuses bpf(2)");
  const all = fc.sample(cases, 300);
  runInKernel(all).forEach(({ errno, context: theirs }, i) => {
    const one = all[i] as Case;
    const listing = `${disassemble(one.items)}context ${Buffer.from(one.context).toString("hex")}`;
    expect(errno, `errno of the kernel\n${listing}`).toBe(0);
    expect(Buffer.from(runInMachine(one)).toString("hex"), listing).toBe(Buffer.from(theirs).toString("hex"));
  });
});
