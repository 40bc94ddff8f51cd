/**
 * What differs between processors: how `struct pt_regs` holds a call's arguments.
 * Sources: arch/x86/include/uapi/asm/ptrace.h and the System V ABI;
 * `struct user_pt_regs` of arch/arm64/include/uapi/asm/ptrace.h and the AAPCS64.
 */

export type ArchName = "x86_64" | "aarch64";

/** Byte offsets into `struct pt_regs`; every register is 8 bytes. */
export interface Arch {
  readonly name: ArchName;
  /** ELF e_machine of user programs. */
  readonly elfMachine: number;
  /** BPF `target` macro name libbpf uses. */
  readonly bpfTarget: "x86" | "arm64";
  /** Bytes of the whole struct. */
  readonly ptRegsSize: number;
  /** Arguments in registers, in order. Later ones are on the stack, see `stackArgs`. */
  readonly args: readonly number[];
  /** Bytes from the stack pointer at function entry to the first stack argument. */
  readonly stackArgs: number;
  readonly ret: number;
  readonly ip: number;
  readonly sp: number;
  /** Frame pointer. */
  readonly fp: number;
  /** All registers by the names `reg("...")` and USDT arguments use. */
  readonly registers: Readonly<Record<string, number>>;
}

const x86Registers = {
  r15: 0,
  r14: 8,
  r13: 16,
  r12: 24,
  bp: 32,
  bx: 40,
  r11: 48,
  r10: 56,
  r9: 64,
  r8: 72,
  ax: 80,
  cx: 88,
  dx: 96,
  si: 104,
  di: 112,
  orig_ax: 120,
  ip: 128,
  // What every processor has, by one name.
  pc: 128,
  cs: 136,
  flags: 144,
  sp: 152,
  ss: 160,
} as const;

const x86: Arch = {
  name: "x86_64",
  elfMachine: 62,
  bpfTarget: "x86",
  ptRegsSize: 168,
  args: [
    x86Registers.di,
    x86Registers.si,
    x86Registers.dx,
    x86Registers.cx,
    x86Registers.r8,
    x86Registers.r9,
  ],
  // The return address lies at the stack pointer.
  stackArgs: 8,
  ret: x86Registers.ax,
  ip: x86Registers.ip,
  sp: x86Registers.sp,
  fp: x86Registers.bp,
  registers: x86Registers,
};

// x0..x30, then sp, pc, pstate.
const armRegisters: Record<string, number> = {};
for (let i = 0; i <= 30; i++) armRegisters[`r${i}`] = i * 8;
armRegisters.fp = 29 * 8;
armRegisters.lr = 30 * 8;
armRegisters.sp = 31 * 8;
armRegisters.pc = 32 * 8;
armRegisters.pstate = 33 * 8;

const arm64: Arch = {
  name: "aarch64",
  elfMachine: 183,
  bpfTarget: "arm64",
  ptRegsSize: 272,
  args: [0, 8, 16, 24, 32, 40, 48, 56],
  stackArgs: 0,
  ret: 0,
  ip: 32 * 8,
  sp: 31 * 8,
  fp: 29 * 8,
  registers: armRegisters,
};

const ARCHES: Readonly<Record<ArchName, Arch>> = { x86_64: x86, aarch64: arm64 };

/** Register layout of a processor. */
export function archOf(name: ArchName): Arch {
  return ARCHES[name];
}
