/** Equality of bytes in memory: word by word while they are few, in a loop when they are many. */
import type { MemorySize, ValueId } from "../ir/ir.js";
import type { LoweringContext, Memory } from "../lang/lowering/context.js";
import { littleEndian, shifted } from "./memory.js";

/** Bytes compared by straight code; more are compared in a loop. */
const UNROLLED = 256;
/** Bytes compared in one round of the loop. */
const ROUND = 64;

/** What bytes are: of padded strings, everything behind a NUL is NUL, so a comparison may end there. */
export type Content = "bytes" | "string";

/** 1 if both places hold the same bytes. Few of them are compared without a branch: differences are collected. */
export function equalBytes(
  f: LoweringContext,
  left: Memory,
  right: Memory,
  size: number,
  content: Content = "bytes",
): ValueId {
  const { b } = f;
  if (size > UNROLLED) return equalLong(f, left, right, size, content);
  const step = stepFor(f, left, right);
  const difference = collect(b, size, step, (at, bytes) => [
    b.load(left.base, left.offset + at, bytes),
    b.load(right.base, right.offset + at, bytes),
  ]);
  return b.compare("eq", difference, b.constInt(0));
}

/** 1 if the place holds these bytes. */
export function equalConstant(f: LoweringContext, left: Memory, bytes: Uint8Array): ValueId {
  const { b } = f;
  if (bytes.length > UNROLLED) return equalLong(f, left, f.constant(bytes), bytes.length, "bytes");
  const step = stepFor(f, left);
  const difference = collect(b, bytes.length, step, (at, size) => [
    b.load(left.base, left.offset + at, size),
    b.constInt(littleEndian(bytes, at, size)),
  ]);
  return b.compare("eq", difference, b.constInt(0));
}

type Builder = LoweringContext["b"];

/** All pairs' differences in one number: 0 if there is none. */
function collect(
  b: Builder,
  size: number,
  step: (at: number) => MemorySize,
  pair: (at: number, bytes: MemorySize) => readonly [ValueId, ValueId],
): ValueId {
  let difference: ValueId | undefined;
  for (let at = 0; at < size; ) {
    let bytes = step(at);
    while (at + bytes > size) bytes = (bytes / 2) as MemorySize;
    const [l, r] = pair(at, bytes);
    const differs = b.arith("xor", l, r);
    difference = difference === undefined ? differs : b.arith("or", difference, differs);
    at += bytes;
  }
  return difference ?? b.constInt(0);
}

/**
 * How many bytes may be loaded at once, so far behind the places. Values of maps may be loaded at any address
 * (check_ptr_alignment, kernel/bpf/verifier.c; x86-64 and arm64 both do so), everything else is loaded aligned.
 */
function stepFor(f: LoweringContext, ...places: readonly Memory[]): (at: number) => MemorySize {
  if (places.every((place) => inMap(f, place))) return () => 8;
  return (at) => Math.min(...places.map((place) => shifted(place, at).align)) as MemorySize;
}

function inMap(f: LoweringContext, { base }: Memory): boolean {
  const type = f.b.typeOf(base);
  return type.kind === "ptr" && type.space === "map_value";
}

/** A round compares ROUND bytes; what is left is compared by straight code, if the rounds found no difference. */
function equalLong(f: LoweringContext, left: Memory, right: Memory, size: number, content: Content): ValueId {
  const [l, r] = [anywhereLoadable(f, left, size), anywhereLoadable(f, right, size)];
  const rounds = Math.floor(size / ROUND);
  const cells = [f.address(l), f.address(r), f.b.constInt(0)];
  const step = stepFor(f, l, r);
  const difference = f.repeat(f.b.constInt(rounds), cells, 2, (loop) => {
    const { b } = loop;
    loop.stopUnless(b.compare("ult", loop.round, b.constInt(rounds)));
    const at = b.arith("mul", loop.round, b.constInt(ROUND));
    const [here, there] = [b.ptrAdd(loop.get(0), at), b.ptrAdd(loop.get(1), at)];
    const found = collect(b, ROUND, step, (by, bytes) => [b.load(here, by, bytes), b.load(there, by, bytes)]);
    loop.set(2, found);
    loop.stopUnless(b.compare("eq", found, b.constInt(0)));
    if (content === "string") loop.stopUnless(b.load(here, ROUND - 1, 1));
  });
  const rest = size - rounds * ROUND;
  const same = f.b.compare("eq", difference, f.b.constInt(0));
  if (rest === 0) return same;
  const tail = equalBytes(f, shifted(l, rounds * ROUND), shifted(r, rounds * ROUND), rest);
  return f.b.arith("and", same, tail);
}

/** The context and kernel objects are loaded at fixed offsets only: they are copied first. */
function anywhereLoadable(f: LoweringContext, from: Memory, size: number): Memory {
  const type = f.b.typeOf(from.base);
  if (type.kind === "ptr" && (type.space === "map_value" || type.space === "slot")) return from;
  const here = f.temp(size);
  f.copy(here, from, size);
  return here;
}
