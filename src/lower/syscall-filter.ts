/** A program on raw_syscalls for some system calls: the test it begins with. */
import type { PassingSyscalls } from "../check/typed-program.js";
import { archOf } from "../target/arch.js";
import type { BlockId, ValueId } from "../ir/ir.js";
import type { FunctionLowering } from "./function.js";

type Place = { readonly base: ValueId; readonly offset: number };

/** Of 64-bit code; code segments of 32-bit programs make calls by another table (arch/x86/include/asm/segment.h). */
const USER_CS = 0x33;

/**
 * Ends the program unless the call is one of these. The registers are the first argument; where another one is the call's
 * number, other calls cost no helper.
 */
export function filterSyscalls(f: FunctionLowering, { numbers, argument }: PassingSyscalls): void {
  const { b } = f;
  const [wanted, other] = [b.newBlock(), b.newBlock()];
  const { registers } = archOf(f.target.arch);
  const [number, segment] = [registers.orig_ax ?? 0, registers.cs ?? 0];
  f.scoped(() => {
    if (argument !== undefined) {
      inRuns(f, b.load(f.ctx(), 8 * argument, 8), numbers, other);
      isNative(f, readRegisters(f, segment, segment), other);
    } else {
      const read = readRegisters(f, number, segment);
      isNative(f, { base: read.base, offset: read.offset + segment - number }, other);
      inRuns(f, b.load(read.base, read.offset, 8), numbers, other);
    }
    b.jump(wanted);
  });
  b.setBlock(other);
  b.return(b.constInt(0));
  b.setBlock(wanted);
}

/** The registers between two places in struct pt_regs, both included. */
function readRegisters(f: FunctionLowering, first: number, last: number): Place {
  const { b } = f;
  const size = last + 8 - first;
  const read = f.temp(size);
  const from = b.arith("add", b.load(f.ctx(), 0, 8), b.constInt(first));
  b.helperVoid("probe_read_kernel", [f.address(read), b.constInt(size), from]);
  return read;
}

/** Goes on in a new block if the code segment that was read is that of 64-bit code. */
function isNative(f: FunctionLowering, read: Place, other: BlockId): void {
  const { b } = f;
  const native = b.newBlock();
  b.branch("eq", b.load(read.base, read.offset, 8), b.constInt(USER_CS), native, other);
  b.setBlock(native);
}

/** Goes on in a new block if the number is one of these. */
function inRuns(f: FunctionLowering, number: ValueId, numbers: readonly number[], other: BlockId): void {
  const { b } = f;
  const found = b.newBlock();
  for (const [from, to] of runsOf(numbers)) {
    const next = b.newBlock();
    b.branch("ule", b.arith("sub", number, b.constInt(from)), b.constInt(to - from), found, next);
    b.setBlock(next);
  }
  b.jump(other);
  b.setBlock(found);
}

/** Numbers as ranges: most scripts want one call or nearly all. */
function runsOf(numbers: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((x, y) => x - y)) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}
