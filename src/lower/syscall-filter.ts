/** A program on raw_syscalls for some system calls: the test it begins with. */
import { archOf } from "../target/arch.js";
import type { FunctionLowering } from "./function.js";

/** Of 64-bit code; code segments of 32-bit programs make calls by another table (arch/x86/include/asm/segment.h). */
const USER_CS = 0x33;

/** Ends the program unless the call is one of these. Both events have the registers as their first argument. */
export function filterSyscalls(f: FunctionLowering, numbers: readonly number[]): void {
  const { b } = f;
  const { registers } = archOf(f.target.arch);
  const [first, last] = [registers.orig_ax ?? 0, registers.cs ?? 0];
  const [wanted, other] = [b.newBlock(), b.newBlock()];
  f.scoped(() => {
    const read = f.temp(last + 8 - first);
    const regs = b.load(f.ctx(), 0, 8);
    const size = b.constInt(last + 8 - first);
    b.helperVoid("probe_read_kernel", [f.address(read), size, b.arith("add", regs, b.constInt(first))]);
    const native = b.newBlock();
    b.branch("eq", b.load(read.base, read.offset + last - first, 8), b.constInt(USER_CS), native, other);
    b.setBlock(native);
    const number = b.load(read.base, read.offset, 8);
    for (const [from, to] of runsOf(numbers)) {
      const next = b.newBlock();
      b.branch("ule", b.arith("sub", number, b.constInt(from)), b.constInt(to - from), wanted, next);
      b.setBlock(next);
    }
    b.jump(other);
  });
  b.setBlock(other);
  b.return(b.constInt(0));
  b.setBlock(wanted);
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
