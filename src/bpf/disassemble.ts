/** Instructions as text, in the notation the kernel's verifier log and llvm-objdump share. */
import { assertNever } from "../base/assert-never.js";
import { helperById } from "./helpers.js";
import type { Alu, AluOp, Atomic, Insn, Item, JmpOp, Label, MemSize, Operand, Reg } from "./insn.js";
import { slotCount } from "./layout.js";

const ALU_TEXT = {
  add: "+=",
  sub: "-=",
  mul: "*=",
  div: "/=",
  sdiv: "s/=",
  mod: "%=",
  smod: "s%=",
  or: "|=",
  and: "&=",
  xor: "^=",
  lsh: "<<=",
  rsh: ">>=",
  arsh: "s>>=",
  mov: "=",
} as const satisfies Record<AluOp, string>;

const JMP_TEXT = {
  eq: "==",
  ne: "!=",
  set: "&",
  gt: ">",
  ge: ">=",
  lt: "<",
  le: "<=",
  sgt: "s>",
  sge: "s>=",
  slt: "s<",
  sle: "s<=",
} as const satisfies Record<JmpOp, string>;

/**
 * One line per item, each ended by a newline. Instructions are numbered as the kernel counts them (64-bit
 * loads take two numbers); labels stand on lines of their own. `comment` may add to a line, such as the
 * script's source.
 */
export function disassemble(items: readonly Item[], comment?: (insn: Insn) => string | undefined): string {
  let slot = 0;
  let text = "";
  for (const item of items) {
    if (item.kind === "label") {
      text += `${labelText(item.label)}:\n`;
      continue;
    }
    const note = comment?.(item);
    const body = disassembleInsn(item);
    text += `${String(slot).padStart(5)}: ${note ? `${body.padEnd(40)} ; ${note}` : body}\n`;
    slot += slotCount(item, false);
  }
  return text;
}

/** One instruction, without number or newline. */
export function disassembleInsn(insn: Insn): string {
  switch (insn.kind) {
    case "alu":
      return aluText(insn);
    case "neg":
      return `${regText(insn.dst, insn.is64)} = -${regText(insn.dst, insn.is64)}`;
    case "movsx":
      return `${regText(insn.dst, insn.is64)} = (s${insn.bits})${regText(insn.src, insn.is64)}`;
    case "endian": {
      const name = insn.to === "swap" ? "bswap" : insn.to;
      return `r${insn.dst} = ${name}${insn.bits} r${insn.dst}`;
    }
    case "loadImm64":
      return `r${insn.dst} = ${hex(insn.value)} ll`;
    case "loadMap":
      return `r${insn.dst} = map[${insn.map}]`;
    case "loadMapValue":
      return `r${insn.dst} = map[${insn.map}][0]${offset(insn.offset)}`;
    case "loadFunction":
      return `r${insn.dst} = func[${insn.symbol}]`;
    case "ldx":
      return `r${insn.dst} = ${memory(insn.size, insn.src, insn.off, insn.signed)}`;
    case "st":
      return `${memory(insn.size, insn.dst, insn.off)} = ${insn.imm}`;
    case "stx":
      return `${memory(insn.size, insn.dst, insn.off)} = r${insn.src}`;
    case "atomic":
      return atomicText(insn);
    case "jmp": {
      const condition = `${regText(insn.dst, insn.is64)} ${JMP_TEXT[insn.op]} ${operandText(insn.src, insn.is64)}`;
      return `if ${condition} goto ${labelText(insn.target)}`;
    }
    case "ja":
      return `goto ${labelText(insn.target)}`;
    case "callHelper":
      return `call ${helperText(insn.helper)}`;
    case "callKfunc":
    case "callFunction":
      return `call ${insn.symbol}`;
    case "exit":
      return "exit";
  }
  return assertNever(insn, "instruction");
}

function labelText(target: Label): string {
  return `L${target}`;
}

function helperText(id: number): string {
  const helper = helperById(id);
  return helper ? `bpf_${helper.name}#${id}` : `#${id}`;
}

function regText(r: Reg, is64: boolean): string {
  return `${is64 ? "r" : "w"}${r}`;
}

function operandText(src: Operand, is64: boolean): string {
  return src.kind === "reg" ? regText(src.reg, is64) : String(src.value);
}

function aluText(insn: Alu): string {
  return `${regText(insn.dst, insn.is64)} ${ALU_TEXT[insn.op]} ${operandText(insn.src, insn.is64)}`;
}

function offset(off: number): string {
  return off < 0 ? ` - ${-off}` : ` + ${off}`;
}

function memory(size: MemSize, base: Reg, off: number, signed = false): string {
  return `*(${signed ? "s" : "u"}${size * 8} *)(r${base}${offset(off)})`;
}

function atomicText(insn: Atomic): string {
  const place = `(u${insn.size * 8} *)(r${insn.dst}${offset(insn.off)})`;
  const src = regText(insn.src, insn.size === 8);
  const width = insn.size === 8 ? "_64" : "32_32";
  const where = `r${insn.dst}${offset(insn.off)}`;
  switch (insn.op) {
    case "xchg":
      return `${src} = xchg${width}(${where}, ${src})`;
    case "cmpxchg": {
      const r0 = regText(0, insn.size === 8);
      return `${r0} = cmpxchg${width}(${where}, ${r0}, ${src})`;
    }
    case "add":
    case "or":
    case "and":
    case "xor":
      return insn.fetch
        ? `${src} = atomic_fetch_${insn.op}(${place}, ${src})`
        : `lock *${place} ${ALU_TEXT[insn.op]} ${src}`;
  }
  return assertNever(insn.op, "atomic operation");
}

function hex(value: bigint): string {
  const bits = BigInt.asUintN(64, value);
  return bits < 10n ? String(bits) : `0x${bits.toString(16)}`;
}
