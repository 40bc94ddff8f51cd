/**
 * Runs BPF functions one instruction at a time, holding them to the rules the verifier would: no register
 * and no stack byte is read before it was written, every access lies in memory the program may touch.
 */
import { assertNever } from "../base/assert-never.js";
import { MAX_CALL_FRAMES, MAX_STACK } from "../bpf/constants.js";
import { disassembleInsn } from "../bpf/disassemble.js";
import { helperById } from "../bpf/helpers.js";
import type { Atomic, Insn, Operand, Reg } from "../bpf/insn.js";
import { alu, compare, swapBytes } from "./alu.js";
import { VmFault } from "./fault.js";
import { helperBody } from "./helpers/index.js";
import { KFUNCS } from "./kfuncs.js";
import type { Args, HelperContext } from "./machine.js";
import { hex, loadLe, type Memory, type Place, type Region, storeLe } from "./memory.js";
import type { Code } from "./program.js";

/** What the interpreter needs besides the helpers' view. */
export interface Linkage extends HelperContext {
  code(symbol: string): Code;
  /** Address of a function, for callbacks. */
  functionAddress(symbol: string): bigint;
  /** Address of a map reference. */
  mapAddress(name: string): bigint;
  /** Address of element 0 of a one-element map. */
  mapValueAddress(name: string): bigint;
}

/** One active call. */
interface Frame {
  readonly code: Code;
  readonly registers: BigUint64Array;
  /** Bit N set: rN holds something. */
  defined: number;
  pc: number;
  readonly stack: Region;
  /** Bytes of stack used so far. */
  depth: number;
}

const RETURN = 0;
const FRAME_POINTER = 10;
/** r1 to r5. */
const CALLER_SAVED = 0b11_1110;

/** Stack use of a function counts in steps of this many bytes (check_max_stack_depth in the verifier). */
const STACK_STEP = 32;

/** Top of the kernel's user half: a direct load below never is a kernel pointer. */
const KERNEL_HALF = 1n << 63n;

export class Interpreter {
  steps = 0;
  private readonly frames: Frame[] = [];

  constructor(
    private readonly vm: Linkage,
    private readonly budget: number,
  ) {}

  /** Runs a function to its exit and gives r0. */
  call(code: Code, args: readonly bigint[]): bigint {
    if (this.frames.length >= MAX_CALL_FRAMES) throw new VmFault(`more than ${MAX_CALL_FRAMES} nested calls`);
    const frame = newFrame(code, args, this.vm.memory, this.frames.length);
    this.frames.push(frame);
    const result = this.execute(frame);
    // After a fault the frames stay, to tell where it happened.
    this.frames.pop();
    this.vm.memory.release(frame.stack);
    return result;
  }

  /** Where execution stands: innermost frame first. */
  where(): { readonly functionName: string; readonly index: number; readonly text: string } | undefined {
    const frame = this.frames.at(-1);
    const insn = frame?.code.insns[frame.pc];
    if (!frame) return undefined;
    return {
      functionName: frame.code.name,
      index: frame.pc,
      text: insn ? disassembleInsn(insn) : "end of function",
    };
  }

  /** Gives all stack frames back, after a fault. */
  unwind(): void {
    for (const frame of this.frames) this.vm.memory.release(frame.stack);
    this.frames.length = 0;
  }

  private execute(frame: Frame): bigint {
    const { insns } = frame.code;
    for (;;) {
      const insn = insns[frame.pc];
      if (!insn) throw new VmFault("execution runs past the last instruction");
      if (++this.steps > this.budget) throw new VmFault(`more than ${this.budget} instructions executed`);
      if (insn.kind === "exit") return this.read(frame, RETURN);
      frame.pc = this.step(frame, insn);
    }
  }

  /** Executes one instruction and gives the index of the next. */
  private step(frame: Frame, insn: Exclude<Insn, { kind: "exit" }>): number {
    const next = frame.pc + 1;
    switch (insn.kind) {
      case "alu": {
        const right = this.operand(frame, insn.src);
        const left = insn.op === "mov" ? 0n : this.read(frame, insn.dst);
        this.write(frame, insn.dst, alu(insn.op, insn.is64, left, right));
        return next;
      }
      case "neg":
        this.write(frame, insn.dst, alu("sub", insn.is64, 0n, this.read(frame, insn.dst)));
        return next;
      case "movsx": {
        const extended = BigInt.asIntN(insn.bits, this.read(frame, insn.src));
        this.write(frame, insn.dst, insn.is64 ? extended : BigInt.asUintN(32, extended));
        return next;
      }
      case "endian":
        this.write(frame, insn.dst, swapBytes(insn, this.read(frame, insn.dst)));
        return next;
      case "loadImm64":
        this.write(frame, insn.dst, insn.value);
        return next;
      case "loadMap":
        this.write(frame, insn.dst, this.vm.mapAddress(insn.map));
        return next;
      case "loadMapValue":
        this.write(frame, insn.dst, this.vm.mapValueAddress(insn.map) + BigInt(insn.offset));
        return next;
      case "loadFunction":
        this.write(frame, insn.dst, this.vm.functionAddress(insn.symbol));
        return next;
      case "ldx":
        this.load(frame, insn);
        return next;
      case "st":
        storeLe(this.place(frame, insn.dst, insn.off, insn.size, "write"), insn.size, BigInt(insn.imm));
        return next;
      case "stx": {
        const value = this.read(frame, insn.src);
        storeLe(this.place(frame, insn.dst, insn.off, insn.size, "write"), insn.size, value);
        return next;
      }
      case "atomic":
        this.atomic(frame, insn);
        return next;
      case "jmp": {
        const taken = compare(insn.op, insn.is64, this.read(frame, insn.dst), this.operand(frame, insn.src));
        return taken ? this.target(frame, insn.target) : next;
      }
      case "ja":
        return this.target(frame, insn.target);
      case "callHelper":
        this.afterCall(frame, this.helper(frame, insn.helper));
        return next;
      case "callKfunc":
        this.afterCall(frame, this.kfunc(frame, insn.symbol));
        return next;
      case "callFunction":
        this.afterCall(frame, this.call(this.vm.code(insn.symbol), definedArgs(frame)));
        return next;
    }
    return assertNever(insn, "instruction");
  }

  private target(frame: Frame, label: Parameters<Code["targets"]["get"]>[0]): number {
    return frame.code.targets.get(label) ?? frame.code.insns.length;
  }

  private read(frame: Frame, reg: Reg): bigint {
    if ((frame.defined & (1 << reg)) === 0) throw new VmFault(`read of r${reg}, which holds nothing`);
    return frame.registers[reg] ?? 0n;
  }

  private write(frame: Frame, reg: Reg, value: bigint): void {
    if (reg === FRAME_POINTER) throw new VmFault("write to the frame pointer");
    frame.registers[reg] = value;
    frame.defined |= 1 << reg;
  }

  private operand(frame: Frame, src: Operand): bigint {
    return src.kind === "reg" ? this.read(frame, src.reg) : BigInt.asUintN(64, BigInt(src.value));
  }

  private afterCall(frame: Frame, result: bigint): void {
    frame.defined &= ~CALLER_SAVED;
    this.write(frame, RETURN, result);
  }

  private load(frame: Frame, insn: Extract<Insn, { kind: "ldx" }>): void {
    const address = BigInt.asUintN(64, this.read(frame, insn.src) + BigInt(insn.off));
    if (this.vm.environment.btfPointers && address >= KERNEL_HALF && !this.vm.memory.regionAt(address)) {
      this.write(frame, insn.dst, 0n);
      return;
    }
    const value = loadLe(this.place(frame, insn.src, insn.off, insn.size, "read"), insn.size);
    this.write(frame, insn.dst, insn.signed ? BigInt.asIntN(insn.size * 8, value) : value);
  }

  private place(frame: Frame, base: Reg, off: number, size: number, access: "read" | "write"): Place {
    const address = BigInt.asUintN(64, this.read(frame, base) + BigInt(off));
    const place = this.vm.memory.forProgram(address, size, access);
    const { region, offset } = place;
    if (region.kind === "kernel" && !this.vm.environment.btfPointers) {
      throw new VmFault(`direct ${access} of kernel memory at ${hex(address)}`);
    }
    if (region.kind === "stack") {
      if (offset % size !== 0)
        throw new VmFault(`misaligned stack ${access} of ${size} bytes at fp${offset - MAX_STACK}`);
      this.noteDepth(region, MAX_STACK - offset);
    }
    return place;
  }

  /** All frames together have only MAX_STACK bytes, though each region is that large. */
  private noteDepth(stack: Region, depth: number): void {
    const frame = this.frames.find((candidate) => candidate.stack === stack);
    if (!frame || depth <= frame.depth) return;
    frame.depth = depth;
    const total = this.frames.reduce(
      (sum, { depth: d }) => sum + Math.ceil(Math.max(d, 1) / STACK_STEP) * STACK_STEP,
      0,
    );
    if (total > MAX_STACK)
      throw new VmFault(`the active calls use ${total} bytes of stack together, more than ${MAX_STACK}`);
  }

  private atomic(frame: Frame, insn: Atomic): void {
    const { size, op, src } = insn;
    const operand = BigInt.asUintN(size * 8, this.read(frame, src));
    const expected = op === "cmpxchg" ? BigInt.asUintN(size * 8, this.read(frame, RETURN)) : 0n;
    const place = this.place(frame, insn.dst, insn.off, size, "write");
    this.place(frame, insn.dst, insn.off, size, "read");
    if (place.offset % size !== 0) throw new VmFault(`misaligned atomic access of ${size} bytes`);
    const old = loadLe(place, size);
    switch (op) {
      case "add":
      case "or":
      case "and":
      case "xor":
        storeLe(place, size, alu(op, size === 8, old, operand));
        break;
      case "xchg":
        storeLe(place, size, operand);
        break;
      case "cmpxchg":
        if (old === expected) storeLe(place, size, operand);
        this.write(frame, RETURN, old);
        return;
    }
    if (insn.fetch) this.write(frame, src, old);
  }

  private helper(frame: Frame, id: number): bigint {
    const helper = helperById(id);
    if (!helper) throw new VmFault(`call of unknown helper ${id}`);
    const body = helperBody(id);
    if (!body) throw new VmFault(`helper ${helper.name} is not simulated`);
    helper.args.forEach((_, i) => {
      this.read(frame, (i + 1) as Reg);
    });
    const result = body(this.vm, frame.registers.slice(1, 6) as unknown as Args);
    return BigInt.asUintN(64, result);
  }

  private kfunc(frame: Frame, symbol: string): bigint {
    const known = KFUNCS[symbol];
    const given = this.vm.environment.kfuncs[symbol];
    const args = definedArgs(frame);
    if (given) return BigInt.asUintN(64, given(...args));
    if (!known) throw new VmFault(`kernel function ${symbol} is not simulated`);
    return BigInt.asUintN(64, known(this.vm, args));
  }
}

/** r1 up to the last argument register in use. */
function definedArgs(frame: Frame): bigint[] {
  const args: bigint[] = [];
  for (let r = 1; r <= 5 && (frame.defined & (1 << r)) !== 0; r++) args.push(frame.registers[r] ?? 0n);
  return args;
}

function newFrame(code: Code, args: readonly bigint[], memory: Memory, level: number): Frame {
  const stack = memory.allocate("stack", `stack of ${code.name} (frame ${level})`, MAX_STACK, {
    tracked: true,
  });
  const registers = new BigUint64Array(11);
  let defined = 1 << FRAME_POINTER;
  args.forEach((value, i) => {
    registers[i + 1] = value;
    defined |= 1 << (i + 1);
  });
  registers[FRAME_POINTER] = stack.base + BigInt(MAX_STACK);
  return { code, registers, defined, pc: 0, stack, depth: 0 };
}
