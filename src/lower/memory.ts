/** Loading, storing, copying and comparing values in memory. */
import type { MemorySize, ValueId } from "../ir/ir.js";
import type { Location, LoweringContext, Memory, Remote } from "../lang/lowering/context.js";
import { sizeOf } from "../types/layout.js";
import type { StringType, StructMember, Type } from "../types/type.js";
import type { FunctionLowering } from "./function.js";
import { alignAt, isSigned, pointerType, scalarBits, scalarSize } from "./scalars.js";

/** The same place, some bytes further. */
export function shifted<T extends Location>(at: T, by: number): T {
  if (at.kind === "remote") return { ...at, offset: at.offset + by };
  return { ...at, offset: at.offset + by, align: alignAt(at.align, by) };
}

/** Number at which a helper finds the bytes. */
export function remoteAddress(f: LoweringContext, at: Location): ValueId {
  if (at.offset === 0) return at.base;
  // A pointer into the context is an address like any other, and stays a pointer in the IR.
  if (f.b.typeOf(at.base).kind === "ptr") return f.b.fieldAddr(at.base, at.offset);
  return f.b.arith("add", at.base, f.b.constInt(at.offset));
}

/** Reads so many bytes; they are zero if the memory cannot be read. */
export function readRemote(f: LoweringContext, to: Memory, size: number, at: Remote): void {
  const helper = at.space === "user" ? "probe_read_user" : "probe_read_kernel";
  f.b.helperVoid(helper, [f.address(to), f.b.constInt(size), remoteAddress(f, at)]);
}

/** A scalar at a place, extended to 64 bits. */
export function loadScalar(
  f: FunctionLowering,
  at: Location,
  type: Type,
  bitfield?: StructMember["bitfield"],
): ValueId {
  if (at.kind === "remote")
    return f.scoped(() => {
      const size = scalarSize(type);
      const local = f.temp(size);
      readRemote(f, local, size, at);
      return loadMemory(f, local, type, bitfield);
    });
  return loadMemory(f, at, type, bitfield);
}

function loadMemory(
  f: FunctionLowering,
  at: Memory,
  type: Type,
  bitfield: StructMember["bitfield"],
): ValueId {
  const { b } = f;
  const signed = isSigned(type);
  const bits = scalarBits(type);
  if (bitfield !== undefined) {
    const unit = loadUnit(f, at, scalarSize(type), false);
    return extractBits(f, unit, bitfield);
  }
  if (bits < 64 && needsWholeWords(f, at)) {
    return b.extend(b.load(at.base, at.offset, 8), bits as 8 | 16 | 32, signed);
  }
  if (bits === 64) return loadWord(f, at, type);
  return loadUnit(f, at, scalarSize(type), signed);
}

function loadWord(f: FunctionLowering, at: Memory, type: Type): ValueId {
  if (at.align < 8 && f.b.typeOf(at.base).kind === "ptr") return loadUnit(f, at, 8, false);
  const word = f.b.load(at.base, at.offset, 8, { type: pointerType(type) });
  return type.kind === "pointer" && isInContext(f, at) ? settled(f, word) : word;
}

function isInContext(f: FunctionLowering, at: Memory): boolean {
  const type = f.b.typeOf(at.base);
  return type.kind === "ptr" && type.space === "ctx";
}

/**
 * A typed pointer that may be null must be tested before anything is added to it: iterators' objects, and since 6.13
 * some arguments of tracepoints (raw_tp_null_args, kernel/bpf/btf.c). It stays what it is, a null pointer.
 */
function settled(f: FunctionLowering, word: ValueId): ValueId {
  const { b } = f;
  const [major, minor] = f.target.kernel.numbers;
  const mayBeNull =
    f.contextKind === "iter" || (f.contextKind === "tp_btf" && (major > 6 || (major === 6 && minor >= 13)));
  if (!mayBeNull) return word;
  const join = b.newBlock([b.typeOf(word)]);
  const absent = b.newBlock();
  b.branch("ne", word, b.constInt(0), { block: join, args: [word] }, absent);
  b.setBlock(absent);
  b.jump(join, [b.constInt(0)]);
  b.setBlock(join);
  return b.blockParams(join)[0] ?? word;
}

/** A number that may lie less aligned than its size asks: stack and context take aligned loads only. */
function loadUnit(f: FunctionLowering, at: Memory, size: MemorySize, signed: boolean): ValueId {
  const { b } = f;
  if (at.align >= size) return b.load(at.base, at.offset, size, { signed });
  const half = (size / 2) as MemorySize;
  const low = loadUnit(f, at, half, false);
  const high = loadUnit(f, shifted(at, half), half, signed);
  return b.arith("or", low, b.arith("shl", high, b.constInt(half * 8)));
}

/** Arguments of traced functions come as 8-byte words, whatever their type (btf_ctx_access in the kernel). */
function needsWholeWords(f: FunctionLowering, at: Memory): boolean {
  const type = f.b.typeOf(at.base);
  if (type.kind !== "ptr" || type.space !== "ctx" || at.offset % 8 !== 0) return false;
  switch (f.contextKind) {
    case "raw_tracepoint":
    case "tp_btf":
    case "fentry":
    case "fexit":
    case "pt_regs":
    case "perf_event":
    case "iter":
      return true;
    case "tracepoint":
    case "none":
      return false;
  }
}

/** Without a sign, whatever the member's type: so bpftrace reads bit-fields. */
function extractBits(
  f: FunctionLowering,
  unit: ValueId,
  { shift, width }: { readonly shift: number; readonly width: number },
): ValueId {
  const { b } = f;
  if (width >= 64) return unit;
  const up = b.arith("shl", unit, b.constInt(64 - shift - width));
  return b.arith("lshr", up, b.constInt(64 - width));
}

export function storeScalar(f: LoweringContext, to: Memory, type: Type, value: ValueId): void {
  storeUnit(f, to, scalarSize(type), value);
}

export function storeUnit(f: LoweringContext, to: Memory, size: MemorySize, value: ValueId): void {
  const { b } = f;
  if (to.align >= size) {
    b.store(to.base, to.offset, size, value);
    return;
  }
  const half = (size / 2) as MemorySize;
  storeUnit(f, to, half, value);
  storeUnit(f, shifted(to, half), half, b.arith("lshr", value, b.constInt(half * 8)));
}

export function zero(f: LoweringContext, to: Memory, size: number): void {
  if (size > 0) f.b.zero(to.base, to.offset, size);
}

/** Sets bytes known at compile time, in the largest stores the alignment allows. */
export function storeBytes(f: LoweringContext, to: Memory, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const place = shifted(to, at);
    let size = place.align;
    while (at + size > bytes.length) size = (size / 2) as MemorySize;
    f.b.store(place.base, place.offset, size, f.b.constInt(littleEndian(bytes, at, size)));
    at += size;
  }
}

export function littleEndian(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return value;
}

/** The value's bytes here, wherever it lies. */
export function copyFrom(f: FunctionLowering, to: Memory, from: Location, type: Type): void {
  if (from.kind === "memory") return f.copy(to, from, sizeOf(type));
  if (type.kind === "string") return readString(f, to, from, type);
  readRemote(f, to, sizeOf(type), from);
}

/**
 * A C string of at most size - 1 bytes, filled up with NULs. The helper ends what is longer with a NUL of its own: where
 * an array of char is full, its last byte is read by itself.
 */
function readString(f: LoweringContext, to: Memory, from: Remote, { size, array }: StringType): void {
  const { b } = f;
  zero(f, to, size);
  const helper = from.space === "user" ? "probe_read_user" : "probe_read_kernel";
  const address = remoteAddress(f, from);
  const read = [f.address(to), b.constInt(size), address] as const;
  if (array !== true) return b.helperVoid(`${helper}_str`, read);
  const count = b.helper(`${helper}_str`, read);
  f.when(b.compare("eq", count, b.constInt(size)), () => {
    const last = shifted(to, size - 1);
    const source =
      b.typeOf(address).kind === "ptr"
        ? b.fieldAddr(address, size - 1)
        : b.arith("add", address, b.constInt(size - 1));
    b.helperVoid(helper, [f.address(last), b.constInt(1), source]);
  });
}
