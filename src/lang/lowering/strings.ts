/** Functions on strings and bytes. */
import type { ValueId } from "../../ir/ir.js";
import type { TypedCall, TypedExpression } from "../../check/typed-program.js";
import { sizeOf } from "../../types/layout.js";
import {
  type BuiltinLowering,
  type CallExpression,
  type LoweringContext,
  type Memory,
  operand,
} from "./context.js";
import { addressOperand } from "./memory.js";

/** Bytes of strings that are compared word by word; longer ones are compared in a loop. */
const UNROLLED = 256;

/** Where a value lies so that any byte of it can be loaded: the context allows fixed offsets only. */
function addressable(f: LoweringContext, e: TypedExpression): Memory {
  const at = f.memory(e);
  const type = f.b.typeOf(at.base);
  if (type.kind !== "ptr" || type.space !== "ctx") return at;
  const here = f.temp(sizeOf(e.type));
  f.copy(here, at, sizeOf(e.type));
  return here;
}

/**
 * 0 if the first n bytes are equal, else 1. Strings of ours are padded with NULs, so those bytes may be compared
 * whatever follows the first NUL.
 */
function strncmp(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const [left, right] = [operand(call, 0), operand(call, 1)];
  const most = Math.min(sizeOf(left.type), sizeOf(right.type));
  const limit = Math.min(most, Number(call.numbers?.[0] ?? BigInt(most)));
  const [l, r] = [f.memory(left), f.memory(right)];
  const padded = [l, r].every(({ base }) => {
    const type = b.typeOf(base);
    return type.kind === "ptr" && type.space !== "ctx";
  });
  if (padded && limit <= UNROLLED) return b.compare("eq", f.equal(l, r, limit), b.constInt(0));
  const difference = firstDifference(
    f,
    addressable(f, left),
    addressable(f, right),
    limit,
    b.constInt(limit),
    true,
  );
  return b.compare("ne", difference, b.constInt(0));
}

/** Byte of the left side minus that of the right one where they first differ; 0 if they do not. */
function firstDifference(
  f: LoweringContext,
  l: Memory,
  r: Memory,
  most: number,
  count: ValueId,
  untilNul: boolean,
): ValueId {
  const cells = [f.address(l), f.address(r), f.b.constInt(0)];
  return f.repeat(count, cells, 2, (loop) => {
    const { b } = loop;
    loop.stopUnless(b.compare("ult", loop.round, b.constInt(most)));
    const left = b.load(b.ptrAdd(loop.get(0), loop.round), 0, 1);
    const right = b.load(b.ptrAdd(loop.get(1), loop.round), 0, 1);
    loop.set(2, b.arith("sub", left, right));
    loop.stopUnless(b.compare("eq", left, right));
    if (untilNul) loop.stopUnless(left);
  });
}

function memcmp(f: LoweringContext, call: TypedCall, e: CallExpression): ValueId {
  const [left, right, count] = [operand(call, 0), operand(call, 1), operand(call, 2)];
  const most = Math.min(sizeOf(left.type), sizeOf(right.type));
  const wanted = f.scalar(count);
  const bounded = f.choose(
    f.b.compare("ult", wanted, f.b.constInt(most)),
    () => wanted,
    () => f.b.constInt(most),
  );
  const difference = firstDifference(f, addressable(f, left), addressable(f, right), most, bounded, false);
  return f.b.extend(difference, 32, e.type.kind === "int" && e.type.signed);
}

/** Reading a string tells its length: the helper counts the bytes it copied, with the NUL. */
function strlen(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const value = operand(call, 0);
  // One byte more than there is room for, for strings and arrays without NUL.
  const size = value.type.kind === "pointer" ? f.maxStrlen : sizeOf(value.type) + 1;
  const { at, own } = addressOperand(f, value);
  const space = own || call.text !== "user" ? "kernel" : "user";
  const copied = b.helper(`probe_read_${space}_str`, [f.address(f.temp(size)), b.constInt(size), at]);
  return f.choose(
    b.compare("sgt", copied, b.constInt(0)),
    () => b.arith("sub", copied, b.constInt(1)),
    () => b.constInt(0),
  );
}

/** Rounds of bpf_loop at most (BPF_MAX_LOOPS, include/linux/bpf.h). */
const MOST_ROUNDS = 1 << 23;

/**
 * Index of the needle or -1. One byte of it is compared a round: the verifier sees a body without loops, whatever
 * the strings' sizes. Cells: haystack, needle, start, length matched, result.
 */
function strstr(f: LoweringContext, call: TypedCall): ValueId {
  const [haystack, needle] = [operand(call, 0), operand(call, 1)];
  const [room, most] = [sizeOf(haystack.type), sizeOf(needle.type)];
  const cells = [
    f.address(addressable(f, haystack)),
    f.address(addressable(f, needle)),
    f.b.constInt(0),
    f.b.constInt(0),
    f.b.constInt(-1),
  ];
  const rounds = f.b.constInt(Math.min(MOST_ROUNDS, room * most + 1));
  return f.repeat(rounds, cells, 4, (loop) => {
    const { b } = loop;
    const [start, matched] = [loop.get(2), loop.get(3)];
    const found = (): void => {
      loop.set(4, start);
      loop.stop();
    };
    loop.when(b.compare("uge", matched, b.constInt(most)), found);
    const wanted = b.load(b.ptrAdd(loop.get(1), matched), 0, 1);
    loop.when(b.compare("eq", wanted, b.constInt(0)), found);
    const at = b.arith("add", start, matched);
    loop.stopUnless(b.compare("ult", at, b.constInt(room)));
    const byte = b.load(b.ptrAdd(loop.get(0), at), 0, 1);
    loop.when(b.compare("eq", byte, wanted), () => {
      loop.set(3, b.arith("add", matched, b.constInt(1)));
      loop.next();
    });
    // The haystack ends before the needle does: it is too short from here on.
    loop.stopUnless(byte);
    loop.set(2, b.arith("add", start, b.constInt(1)));
    loop.set(3, b.constInt(0));
  });
}

/** The second string is read to where the first one ends. */
function concatenate(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const [first, second] = [operand(call, 0), operand(call, 1)];
  const [head, tail] = [sizeOf(first.type), sizeOf(second.type)];
  const size = sizeOf(e.type);
  const whole = head + tail - 1;
  const at = whole > size || b.typeOf(to.base).kind !== "ptr" ? f.temp(whole) : to;
  const read = (address: ValueId, room: number, from: TypedExpression): ValueId =>
    b.helper("probe_read_kernel_str", [address, b.constInt(room), f.address(f.memory(from))]);
  b.zero(at.base, at.offset, whole);
  const copied = read(f.address(at), head, first);
  const end = f.choose(
    b.compare("ult", b.arith("sub", copied, b.constInt(1)), b.constInt(head)),
    () => b.arith("sub", copied, b.constInt(1)),
    () => b.constInt(0),
  );
  read(b.ptrAdd(f.address(at), end), tail, second);
  if (at === to) return;
  f.copy(to, at, size);
  b.zero(to.base, to.offset + size - 1, 1);
}

export const stringLowerings: Record<string, BuiltinLowering> = {
  strncmp: { scalar: strncmp },
  memcmp: { scalar: memcmp },
  strlen: { scalar: strlen, straight: true },
  strstr: { scalar: strstr },
  str_concat: { into: concatenate },
};
