/** Short names to write BPF programs in tests, and to run them. */
import { HELPERS, type HelperName } from "../../../src/bpf/helpers.js";
import {
  type AluOp,
  imm,
  type Insn,
  type Item,
  type JmpOp,
  label,
  type MemSize,
  type Operand,
  reg,
  type Reg,
} from "../../../src/bpf/insn.js";
import {
  type Environment,
  Machine,
  type MapSpec,
  type Returned,
  type RunResult,
} from "../../../src/vm/index.js";

/** "r3" or a number. */
type Src = `r${Reg}` | number;

function operand(src: Src): Operand {
  return typeof src === "number" ? imm(src) : reg(Number(src.slice(1)) as Reg);
}

export const alu = (op: AluOp, dst: Reg, src: Src, is64 = true): Insn => ({
  kind: "alu",
  op,
  is64,
  dst,
  src: operand(src),
});
export const mov = (dst: Reg, src: Src): Insn => alu("mov", dst, src);
export const wide = (dst: Reg, value: bigint): Insn => ({ kind: "loadImm64", dst, value });
export const loadMap = (dst: Reg, map: string): Insn => ({ kind: "loadMap", dst, map });
export const ldx = (size: MemSize, dst: Reg, src: Reg, off = 0): Insn => ({
  kind: "ldx",
  size,
  signed: false,
  dst,
  src,
  off,
});
export const stx = (size: MemSize, dst: Reg, off: number, src: Reg): Insn => ({
  kind: "stx",
  size,
  dst,
  off,
  src,
});
export const st = (size: MemSize, dst: Reg, off: number, value: number): Insn => ({
  kind: "st",
  size,
  dst,
  off,
  imm: value,
});
export const call = (name: HelperName): Insn => ({ kind: "callHelper", helper: HELPERS[name].id });
export const callFn = (symbol: string): Insn => ({ kind: "callFunction", symbol });
export const exit: Insn = { kind: "exit" };
export const at = (index: number): Item => ({ kind: "label", label: label(index) });
export const jmp = (op: JmpOp, dst: Reg, src: Src, target: number, is64 = true): Insn => ({
  kind: "jmp",
  op,
  is64,
  dst,
  src: operand(src),
  target: label(target),
});
export const ja = (target: number): Insn => ({ kind: "ja", target: label(target) });

/** r1 = a map, r2 = fp - off. */
export const mapAndKey = (map: string, off: number): Insn[] => [
  loadMap(1, map),
  mov(2, "r10"),
  alu("add", 2, -off),
];

export interface Setup {
  readonly maps?: readonly MapSpec[];
  readonly environment?: Partial<Environment>;
  readonly context?: Uint8Array;
  readonly budget?: number;
  /** Other functions by name. */
  readonly functions?: Readonly<Record<string, readonly Item[]>>;
}

export function machine(
  main: readonly Item[],
  { maps = [], environment = {}, functions = {}, budget }: Setup = {},
): Machine {
  return new Machine({
    functions: [
      { name: "main", items: main },
      ...Object.entries(functions).map(([name, items]) => ({ name, items })),
    ],
    maps,
    environment,
    ...(budget === undefined ? {} : { budget }),
  });
}

export function run(main: readonly Item[], setup: Setup = {}): RunResult {
  return machine(main, setup).run("main", setup.context ? { context: setup.context } : {});
}

/** The run's result, which must not be a fault. */
export function returned(result: RunResult): Returned {
  if (result.kind !== "returned") {
    throw new Error(`${result.functionName}[${result.index}] ${result.text}: ${result.reason}`);
  }
  return result;
}

export function r0(main: readonly Item[], setup: Setup = {}): bigint {
  return returned(run(main, setup)).r0;
}

/** The reason of the fault the program must end with. */
export function fault(main: readonly Item[], setup: Setup = {}): string {
  const result = run(main, setup);
  return result.kind === "fault" ? result.reason : `returned ${result.r0}`;
}

export function u64(...values: bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, BigInt.asUintN(64, value), true);
  });
  return bytes;
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
