/**
 * Where instructions begin: enough of a decoder to tell their lengths. Intel SDM volume 2, appendix A (opcode maps)
 * and chapter 2 (formats); arm64 instructions are four bytes.
 */
import type { ArchName } from "../target/arch.js";

/** Is `offset` bytes into the function the start of an instruction? `code` begins where the function begins. */
export function isInstructionBoundary(
  code: Uint8Array,
  offset: number,
  arch: ArchName,
): "yes" | "no" | "unknown" {
  if (arch === "aarch64") return offset % 4 === 0 ? "yes" : "no";
  for (let at = 0; at <= offset; ) {
    if (at === offset) return "yes";
    const length = x86Length(code, at);
    if (length === undefined) return "unknown";
    at += length;
  }
  return "no";
}

/** What follows an opcode. `z`: two bytes with prefix 66, else four. `v`: as z, but eight with REX.W. */
type Immediate = 0 | 1 | 2 | 3 | 4 | "z" | "v" | "address";
interface Shape {
  readonly modrm: boolean;
  readonly immediate: Immediate;
}

const LONGEST = 15;
const PREFIXES: ReadonlySet<number> = new Set([
  0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65,
]);

/** Length of the x86-64 instruction at `start`; undefined if there is none. */
export function x86Length(code: Uint8Array, start: number): number | undefined {
  let at = start;
  let narrow = false;
  let shortAddress = false;
  for (; PREFIXES.has(code[at] ?? 0); at++) {
    narrow ||= code[at] === 0x66;
    shortAddress ||= code[at] === 0x67;
  }
  let wide = false;
  if (((code[at] ?? 0) & 0xf0) === 0x40) wide = ((code[at++] ?? 0) & 8) !== 0;
  const opcode = decodeOpcode(code, at);
  if (opcode === undefined) return undefined;
  at = opcode.next;
  let { immediate } = opcode.shape;
  if (opcode.shape.modrm) {
    const size = modrmLength(code, at);
    // Group 3: only its first two members have an immediate.
    if (opcode.group3 !== undefined && (((code[at] ?? 0) >> 3) & 7) < 2) immediate = opcode.group3;
    at += size;
  }
  at += immediateLength(immediate, narrow, wide, shortAddress);
  const length = at - start;
  return length <= LONGEST && at <= code.length ? length : undefined;
}

interface Opcode {
  readonly shape: Shape;
  readonly next: number;
  readonly group3?: Immediate;
}

function decodeOpcode(code: Uint8Array, at: number): Opcode | undefined {
  const first = code[at] ?? 0;
  const byte = (offset: number): number => code[at + offset] ?? 0;
  switch (first) {
    case 0xc5: // VEX of two bytes
      return vector(1, byte(2), at + 3);
    case 0xc4: // VEX of three bytes: m-mmmm selects the map
      return vector(byte(1) & 0x1f, byte(3), at + 4);
    case 0x62: // EVEX
      return vector(byte(1) & 7, byte(4), at + 5);
    case 0x0f:
      if (byte(1) === 0x38) return { shape: { modrm: true, immediate: 0 }, next: at + 3 };
      if (byte(1) === 0x3a) return { shape: { modrm: true, immediate: 1 }, next: at + 3 };
      return { shape: secondMap(byte(1)), next: at + 2 };
    case 0xf6:
      return { shape: { modrm: true, immediate: 0 }, next: at + 1, group3: 1 };
    case 0xf7:
      return { shape: { modrm: true, immediate: 0 }, next: at + 1, group3: "z" };
  }
  const shape = firstMap(first);
  return shape === undefined ? undefined : { shape, next: at + 1 };
}

function vector(map: number, opcode: number, next: number): Opcode {
  const isVzeroupper = map === 1 && opcode === 0x77;
  const hasImmediate = map === 3 || (map === 1 && secondMap(opcode).immediate === 1);
  return { shape: { modrm: !isVzeroupper, immediate: hasImmediate ? 1 : 0 }, next };
}

const within = (byte: number, low: number, high: number): boolean => byte >= low && byte <= high;
const shape = (modrm: boolean, immediate: Immediate): Shape => ({ modrm, immediate });

/** One-byte opcodes; undefined: invalid in 64-bit mode. */
function firstMap(opcode: number): Shape | undefined {
  if (opcode < 0x40) {
    const low = opcode & 7;
    return low < 4 ? shape(true, 0) : low === 4 ? shape(false, 1) : low === 5 ? shape(false, "z") : undefined;
  }
  if (within(opcode, 0x50, 0x5f)) return shape(false, 0);
  if (within(opcode, 0x70, 0x7f) || within(opcode, 0xb0, 0xb7) || within(opcode, 0xe0, 0xe7))
    return shape(false, 1);
  if (within(opcode, 0xb8, 0xbf)) return shape(false, "v");
  if (within(opcode, 0xa0, 0xa3)) return shape(false, "address");
  if (within(opcode, 0x84, 0x8f) || within(opcode, 0xd0, 0xd3) || within(opcode, 0xd8, 0xdf))
    return shape(true, 0);
  switch (opcode) {
    case 0x63:
    case 0xfe:
    case 0xff:
      return shape(true, 0);
    case 0x68:
    case 0xa9:
      return shape(false, "z");
    case 0x69:
    case 0x81:
    case 0xc7:
      return shape(true, "z");
    case 0x6a:
    case 0xa8:
    case 0xcd:
    case 0xeb:
      return shape(false, 1);
    case 0x6b:
    case 0x80:
    case 0x83:
    case 0xc0:
    case 0xc1:
    case 0xc6:
      return shape(true, 1);
    case 0xc2:
    case 0xca:
      return shape(false, 2);
    case 0xc8:
      return shape(false, 3);
    case 0xe8:
    case 0xe9:
      return shape(false, 4);
    case 0x60:
    case 0x61:
    case 0x82:
    case 0x9a:
    case 0xce:
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xea:
      return undefined;
    default:
      return shape(false, 0);
  }
}

/** Opcodes after 0f that stand alone. */
const ALONE: ReadonlySet<number> = new Set([
  0x05, 0x06, 0x07, 0x08, 0x09, 0x0b, 0x0e, 0x77, 0xa0, 0xa1, 0xa2, 0xa8, 0xa9, 0xaa,
]);
const WITH_BYTE: ReadonlySet<number> = new Set([
  0x0f, 0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6,
]);

function secondMap(opcode: number): Shape {
  if (within(opcode, 0x80, 0x8f)) return shape(false, 4);
  if (ALONE.has(opcode) || within(opcode, 0x30, 0x37) || within(opcode, 0xc8, 0xcf)) return shape(false, 0);
  return shape(true, WITH_BYTE.has(opcode) ? 1 : 0);
}

/** ModR/M, SIB and displacement. */
function modrmLength(code: Uint8Array, at: number): number {
  const modrm = code[at] ?? 0;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 3) return 1;
  const sib = rm === 4;
  const noBase = mod === 0 && (sib ? ((code[at + 1] ?? 0) & 7) === 5 : rm === 5);
  const displacement = mod === 1 ? 1 : mod === 2 || noBase ? 4 : 0;
  return 1 + (sib ? 1 : 0) + displacement;
}

function immediateLength(kind: Immediate, narrow: boolean, wide: boolean, shortAddress: boolean): number {
  switch (kind) {
    case "z":
      return narrow && !wide ? 2 : 4;
    case "v":
      return wide ? 8 : narrow ? 2 : 4;
    case "address":
      return shortAddress ? 4 : 8;
    default:
      return kind;
  }
}
