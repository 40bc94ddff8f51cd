/**
 * Arguments of USDT probes: each is an operand of the assembler, as the compiler chose it at that place, with the
 * argument's size in front (negative: signed). systemtap's "UserSpaceProbeImplementation" is the nearest thing to a
 * specification; the operands are AT&T syntax on x86-64 and GNU syntax on arm64.
 */
import { type Arch, archOf, type ArchName } from "../../target/arch.js";

/** Where one argument is found when the probe fires. Registers are byte offsets into `struct pt_regs`. */
export type UsdtOperand =
  | { readonly kind: "constant"; readonly value: bigint }
  /** Bits from `shift` on of a register. */
  | ({ readonly kind: "register"; readonly register: number; readonly shift: number } & UsdtSize)
  /** Memory of the process at base + index × scale + displacement. */
  | ({
      readonly kind: "memory";
      readonly base: number | undefined;
      readonly index: number | undefined;
      readonly scale: number;
      readonly displacement: number;
    } & UsdtSize)
  /** A place no program can read. */
  | { readonly kind: "unreadable"; readonly why: string };

interface UsdtSize {
  readonly bits: 8 | 16 | 32 | 64;
  readonly signed: boolean;
}

/** What operands are read with. */
export interface OperandContext {
  readonly arch: ArchName;
  /** Address of the probe, to which instruction-relative operands are relative. */
  readonly address: number;
  /** Address of a variable; undefined if the program has none of that name. */
  symbol(name: string): number | undefined;
}

export function parseUsdtArguments(text: string, context: OperandContext): readonly UsdtOperand[] {
  return splitOperands(text).map((operand) => parseOperand(operand, context));
}

/** At blanks, but not those of `[sp, 16]`. */
function splitOperands(text: string): readonly string[] {
  return text.match(/(?:[^\s[(]|\[[^\]]*\]|\([^)]*\))+/g) ?? [];
}

function parseOperand(text: string, context: OperandContext): UsdtOperand {
  const match = /^(?:(-?)(\d+)(f?)@)?(.+)$/s.exec(text);
  if (match === null) return unreadable(text);
  const [, minus = "", bytes = "8", float = "", place = ""] = match;
  if (float !== "") return { kind: "unreadable", why: `it is a floating-point number (${text})` };
  const size = sizeOf(Number(bytes), minus !== "");
  if (size === undefined) return { kind: "unreadable", why: `it has ${bytes} bytes (${text})` };
  const found = SYNTAX[context.arch](place, size, context);
  return found ?? unreadable(text);
}

function unreadable(text: string): UsdtOperand {
  return { kind: "unreadable", why: `its place is not understood (${text})` };
}

function sizeOf(bytes: number, signed: boolean): UsdtSize | undefined {
  switch (bytes) {
    case 1:
      return { bits: 8, signed };
    case 2:
      return { bits: 16, signed };
    case 4:
      return { bits: 32, signed };
    case 8:
      return { bits: 64, signed };
  }
  return undefined;
}

function constant(text: string, size: UsdtSize): UsdtOperand {
  const negative = text.startsWith("-");
  const digits = BigInt(text.replace(/^[-+]/, ""));
  const value = negative ? -digits : digits;
  return {
    kind: "constant",
    value: size.signed ? BigInt.asIntN(size.bits, value) : BigInt.asUintN(size.bits, value),
  };
}

type Syntax = (place: string, size: UsdtSize, context: OperandContext) => UsdtOperand | undefined;

const SYNTAX: Readonly<Record<ArchName, Syntax>> = { x86_64: x86Operand, aarch64: armOperand };

const NUMBER = /^[-+]?(?:0x[0-9a-f]+|\d+)$/i;

// ------------------------------------------------------------------------------------------------------ x86-64

function x86Operand(place: string, size: UsdtSize, context: OperandContext): UsdtOperand | undefined {
  const arch = archOf("x86_64");
  if (place.startsWith("$")) return NUMBER.test(place.slice(1)) ? constant(place.slice(1), size) : undefined;
  if (/^%[a-z0-9]+$/.test(place)) {
    const found = x86Register(place.slice(1), arch);
    return found === undefined ? undefined : { kind: "register", ...found, ...size };
  }
  const match = /^([^(%]*)\((?:%([a-z0-9]+))?(?:,%([a-z0-9]+)(?:,([1248]))?)?\)$/.exec(place);
  if (match === null) return undefined;
  const [, before = "", base, index, scale = "1"] = match;
  if (base === "rip") return ipRelative(before, size, arch, context);
  const displacement = before === "" ? 0 : sum(before, context);
  if (displacement === undefined || (base === undefined && index === undefined)) return undefined;
  const registers = [base, index].map((name) => (name === undefined ? undefined : wholeRegister(name, arch)));
  if (
    (base !== undefined && registers[0] === undefined) ||
    (index !== undefined && registers[1] === undefined)
  )
    return undefined;
  return {
    kind: "memory",
    base: registers[0],
    index: registers[1],
    scale: Number(scale),
    displacement,
    ...size,
  };
}

/** `counter+4(%rip)`: the loader may have moved both, but not against each other. */
function ipRelative(
  text: string,
  size: UsdtSize,
  arch: Arch,
  context: OperandContext,
): UsdtOperand | undefined {
  const target = sum(text, context);
  if (target === undefined) return undefined;
  return {
    kind: "memory",
    base: arch.ip,
    index: undefined,
    scale: 1,
    displacement: target - context.address,
    ...size,
  };
}

/** `-8`, `counter`, `counter+4`. */
function sum(text: string, context: OperandContext): number | undefined {
  let total = 0;
  for (const term of text.match(/[-+]?[^-+]+/g) ?? []) {
    const plain = term.replace(/^[-+]/, "");
    const value = NUMBER.test(plain) ? Number(plain) : context.symbol(plain);
    if (value === undefined) return undefined;
    total += term.startsWith("-") ? -value : value;
  }
  return total;
}

/** Names of parts of a register: `eax`, `ax`, `al`, `ah`, `sil`, `r8d`. `ip`: what the kernel stores. */
function x86Register(name: string, arch: Arch): { register: number; shift: number } | undefined {
  const high = /^([abcd])h$/.exec(name);
  const plain =
    high !== null
      ? `${high[1]}x`
      : (/^([abcd])l$/.exec(name)?.[1]?.concat("x") ??
        /^(r\d+)[bwd]?$/.exec(name)?.[1] ??
        /^[re]?(ax|bx|cx|dx|si|di|bp|sp|ip)$/.exec(name)?.[1] ??
        /^(si|di|bp|sp)l$/.exec(name)?.[1]);
  const register = plain === undefined ? undefined : arch.registers[plain];
  return register === undefined ? undefined : { register, shift: high === null ? 0 : 8 };
}

function wholeRegister(name: string, arch: Arch): number | undefined {
  return /^r/.test(name) ? x86Register(name, arch)?.register : undefined;
}

// ------------------------------------------------------------------------------------------------------- arm64

function armOperand(place: string, size: UsdtSize): UsdtOperand | undefined {
  const arch = archOf("aarch64");
  const literal = place.replace(/^#/, "");
  if (NUMBER.test(literal)) return constant(literal, size);
  if (/^[wx]zr$/.test(place)) return { kind: "constant", value: 0n };
  const direct = armRegister(place, arch);
  if (direct !== undefined) return { kind: "register", register: direct, shift: 0, ...size };
  const match = /^\[\s*([a-z0-9]+)\s*(?:,\s*(.+?)\s*)?\]$/.exec(place);
  if (match === null) return undefined;
  const [, baseName = "", offset] = match;
  const base = armRegister(baseName, arch);
  if (base === undefined) return undefined;
  const plain = { kind: "memory", base, index: undefined, scale: 1, displacement: 0, ...size } as const;
  if (offset === undefined) return plain;
  const number = offset.replace(/^#/, "");
  if (NUMBER.test(number)) return { ...plain, displacement: Number(number) };
  const indexed = /^(x\d+)(?:\s*,\s*lsl\s+#?([0-3]))?$/.exec(offset);
  const index = indexed === null ? undefined : armRegister(indexed[1] ?? "", arch);
  if (indexed === null || index === undefined) return undefined;
  return { ...plain, index, scale: 1 << Number(indexed[2] ?? 0) };
}

function armRegister(name: string, arch: Arch): number | undefined {
  if (name === "sp" || name === "wsp") return arch.sp;
  const number = /^[wx](\d+)$/.exec(name)?.[1];
  return number === undefined || Number(number) > 30 ? undefined : arch.registers[`r${number}`];
}
