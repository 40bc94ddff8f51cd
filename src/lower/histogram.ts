/** Bucket numbers of hist and lhist, as `types/buckets.ts` defines them. */
import type { ValueId } from "../ir/ir.js";
import type { FunctionLowering } from "./function.js";

/**
 * With all bits below the highest one set, a number times this has other top six bits for each place of the highest
 * one: a de Bruijn sequence (Leiserson, Prokop, Randall: "Using de Bruijn Sequences to Index a 1 in a Computer Word").
 */
const DE_BRUIJN = 0x03f79d71b4cb0a89n;

/** Table from those six bits to the highest bit's place, `plus` a constant that then need not be added. */
function logTable(plus: number): Uint8Array {
  const table = new Uint8Array(64);
  for (let bit = 0; bit < 64; bit++) {
    const smeared = (2n << BigInt(bit)) - 1n;
    table[Number(BigInt.asUintN(64, DE_BRUIJN * smeared) >> 58n)] = bit + plus;
  }
  return table;
}

/** Place of the highest bit set of a positive number, `plus` a constant; no branch: the verifier sees one path. */
function highestBit(f: FunctionLowering, value: ValueId, plus: number): ValueId {
  const { b } = f;
  let smeared = value;
  for (const by of [1, 2, 4, 8, 16, 32])
    smeared = b.arith("or", smeared, b.arith("lshr", smeared, b.constInt(by)));
  const hash = b.arith("lshr", b.arith("mul", smeared, b.constInt(DE_BRUIJN)), b.constInt(58));
  const table = f.constant(logTable(plus));
  return b.load(b.ptrAdd(f.address(table), hash), 0, 1);
}

export function histIndex(f: FunctionLowering, value: ValueId, bits: number): ValueId {
  const { b } = f;
  const result = b.declareVariable();
  const [small, large, done] = [b.newBlock(), b.newBlock(), b.newBlock()];
  b.branch("slt", value, b.constInt(1n << BigInt(bits)), small, large);
  b.setBlock(small);
  if (bits === 0) {
    // 0 or less: the sign alone, -1 or 0, makes bucket 0 or 1.
    b.writeVariable(result, b.arith("add", b.arith("ashr", value, b.constInt(63)), b.constInt(1)));
  } else {
    const [negative, linear] = [b.newBlock(), b.newBlock()];
    b.branch("slt", value, b.constInt(0), negative, linear);
    b.setBlock(negative);
    b.writeVariable(result, b.constInt(0));
    b.jump(done);
    b.setBlock(linear);
    b.writeVariable(result, b.arith("add", value, b.constInt(1)));
  }
  b.jump(done);
  b.setBlock(large);
  b.writeVariable(result, largeIndex(f, value, bits));
  b.jump(done);
  b.setBlock(done);
  return b.readVariable(result);
}

function largeIndex(f: FunctionLowering, value: ValueId, bits: number): ValueId {
  const { b } = f;
  if (bits === 0) return highestBit(f, value, 2);
  const log = highestBit(f, value, 0);
  const above = b.arith("sub", log, b.constInt(bits));
  const octave = b.arith("shl", b.arith("add", above, b.constInt(1)), b.constInt(bits));
  const part = b.arith("and", b.arith("lshr", value, above), b.constInt((1 << bits) - 1));
  return b.arith("add", b.arith("add", octave, part), b.constInt(1));
}

interface Linear {
  readonly min: bigint;
  readonly max: bigint;
  readonly step: bigint;
}

export function lhistIndex(f: FunctionLowering, value: ValueId, { min, max, step }: Linear): ValueId {
  const { b } = f;
  const result = b.declareVariable();
  const [above, inside, high, done] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
  b.writeVariable(result, b.constInt(0));
  b.branch("slt", value, b.constInt(min), done, above);
  b.setBlock(above);
  b.branch("sge", value, b.constInt(max), high, inside);
  b.setBlock(inside);
  const part = b.arith("udiv", b.arith("sub", value, b.constInt(min)), b.constInt(step));
  b.writeVariable(result, b.arith("add", part, b.constInt(1)));
  b.jump(done);
  b.setBlock(high);
  b.writeVariable(result, b.constInt((max - min) / step + 1n));
  b.jump(done);
  b.setBlock(done);
  return b.readVariable(result);
}
