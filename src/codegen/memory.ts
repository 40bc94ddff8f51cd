import { HELPERS } from "../bpf/helpers.js";
import type { MemSize } from "../bpf/insn.js";
import type { IrInstruction } from "../ir/ir.js";
import type { Selection } from "./selection.js";

/** Above this many bytes a helper call is shorter than straight code. */
const straightLimit = 128;

/** The largest power of two, at most `align`, that divides `at` and fits into `left`. */
function chunk(at: number, left: number, align: MemSize): MemSize {
  let size: MemSize = align;
  while (size > 1 && (at % size !== 0 || size > left)) size = (size / 2) as MemSize;
  return size;
}

export function selectZero(s: Selection, insn: Extract<IrInstruction, { readonly op: "zero" }>): void {
  if (insn.size > straightLimit) {
    // bpf_probe_read_kernel fills the destination with zeroes when the source is refused, as address 0 is
    // (kernel/trace/bpf_trace.c: bpf_probe_read_kernel_common).
    s.into(insn.address, 1);
    if (insn.offset !== 0) s.addOffset(1, insn.offset);
    s.loadConstant(2, BigInt(insn.size));
    s.loadConstant(3, 0n);
    return s.emit({
      kind: "call",
      callee: { kind: "callHelper", helper: HELPERS.probe_read_kernel.id },
      args: 3,
    });
  }
  const to = s.address(insn.address, insn.offset);
  for (let at = 0; at < insn.size; ) {
    const size = chunk(to.offset + at, insn.size - at, 8);
    s.storeImmediate(to, at, size, 0);
    at += size;
  }
}

export function selectCopy(s: Selection, insn: Extract<IrInstruction, { readonly op: "copy" }>): void {
  if (insn.size > straightLimit) {
    // Our own memory is kernel memory: the helper copies it in one go.
    s.into(insn.to, 1);
    s.into(insn.from, 3);
    for (const [reg, offset] of [
      [1, insn.toOffset],
      [3, insn.fromOffset],
    ] as const) {
      if (offset !== 0) s.addOffset(reg, offset);
    }
    s.loadConstant(2, BigInt(insn.size));
    return s.emit({
      kind: "call",
      callee: { kind: "callHelper", helper: HELPERS.probe_read_kernel.id },
      args: 3,
    });
  }
  const from = s.address(insn.from, insn.fromOffset);
  const to = s.address(insn.to, insn.toOffset);
  for (let at = 0; at < insn.size; ) {
    const size = chunk(at, insn.size - at, insn.align);
    const reg = s.fresh();
    s.load(reg, from, at, size);
    s.store(to, at, size, reg);
    at += size;
  }
}
