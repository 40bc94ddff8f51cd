/** Stack traces and symbols. */
import type { TypedCall, TypedExpression } from "../../check/typed-program.js";
import type { ValueId } from "../../ir/ir.js";
import { archOf } from "../../target/arch.js";
import type { StackType } from "../../types/type.js";
import { type BuiltinLowering, type CallExpression, type LoweringContext, operand } from "./context.js";
import { currentProcess } from "./process.js";

/** bpf_get_stackid flags (include/uapi/linux/bpf.h): BPF_F_USER_STACK; comparing hashes only is cheaper. */
const USER_STACK = 1 << 8;
const FAST_STACK_CMP = 1 << 9;
/** BPF_F_REUSE_STACKID: a colliding older trace gives way, instead of the new one being lost. */
const REUSE_STACKID = 1 << 10;
/** What bpf_get_stackid says where there is no stack. */
const EFAULT = 14;

/**
 * What a stack is kept as: its id, an errno if it has none. Where the script asks how long a kept stack is, the number
 * of its frames stands in the upper half: programs cannot look into the map that keeps traces.
 */
function stackId(f: LoweringContext, call: TypedCall, type: StackType): ValueId {
  const { b } = f;
  if (isEmpty(call)) return b.constInt(f.keepsStackLengths ? 2 ** 32 - EFAULT : -EFAULT);
  const flags = FAST_STACK_CMP | REUSE_STACKID | (type.space === "user" ? USER_STACK : 0);
  const id = b.helper("get_stackid", [f.ctx(), b.mapRef(f.stackMap(type)), b.constInt(flags)]);
  if (!f.keepsStackLengths) return id;
  return b.arith("or", b.arith("shl", countFrames(f, type), b.constInt(32)), b.extend(id, 32, false));
}

/** `kstack(0)` */
function isEmpty(call: TypedCall): boolean {
  return call.numbers?.[0] === 0n;
}

/** Walks the trace once more; without a branch, for a record may be open. */
function countFrames(f: LoweringContext, type: StackType): ValueId {
  const { b } = f;
  const size = 8 * type.depth;
  const flags = type.space === "user" ? USER_STACK : 0;
  const frames = f.temp(size);
  const bytes = b.helper("get_stack", [f.ctx(), f.address(frames), b.constInt(size), b.constInt(flags)]);
  // All ones for a length, zero for an errno.
  const isLength = b.arith("xor", b.arith("ashr", bytes, b.constInt(63)), b.constInt(-1));
  return b.arith("and", b.arith("lshr", bytes, b.constInt(3)), isLength);
}

function stackType(e: CallExpression): StackType {
  if (e.type.kind !== "stack") throw new Error(`${e.call.name} gives no stack`);
  return e.type;
}

/** {value, u32 tgid, u32 zero}: the process is needed to look its symbols up later. */
function withProcess(f: LoweringContext, to: { base: ValueId; offset: number }, value: ValueId): void {
  const { b } = f;
  b.store(to.base, to.offset, 8, value);
  b.store(to.base, to.offset + 8, 8, currentProcess(f));
}

/** Frames of a stack: of one that is taken here and not kept, by walking it. */
export function stackLength(f: LoweringContext, stack: TypedExpression): ValueId {
  const { b } = f;
  if (stack.type.kind !== "stack") throw new Error("len: no stack");
  if (stack.kind === "call" && isEmpty(stack.call)) return b.constInt(0);
  if (stack.kind === "call" && stackLowerings[stack.call.name]?.byTables !== true)
    return countFrames(f, stack.type);
  if (stack.type.space === "kernel") return b.arith("lshr", f.scalar(stack), b.constInt(32));
  const at = f.memory(stack);
  return f.walkedLength(b.load(at.base, at.offset, 8), () => b.load(at.base, at.offset + 4, 4));
}

/**
 * A symbol's address in the traced process: where the program is loaded shows in where the probe was hit. numbers: the
 * symbol's address in the file, then those of the places probed. That one was hit from which it is whole pages.
 */
function userAddress(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const [symbol = 0n, first = 0n, ...others] = call.numbers ?? [];
  const isReturn = call.text === "return";
  const here = isReturn ? b.helper("get_func_ip", [f.ctx()]) : b.load(f.ctx(), archOf(f.target.arch).ip, 8);
  const loadedAt = (place: bigint): ValueId => b.arith("sub", here, b.constInt(place));
  let bias = loadedAt(first);
  for (const place of others) {
    const [known, other] = [bias, loadedAt(place)];
    const inPage = b.arith("and", other, b.constInt(0xfff));
    bias = f.choose(
      b.compare("eq", inPage, b.constInt(0)),
      () => other,
      () => known,
    );
  }
  return b.arith("add", bias, b.constInt(symbol));
}

export const stackLowerings: Record<string, BuiltinLowering> = {
  kstack: { scalar: (f, call, e) => stackId(f, call, stackType(e)), straight: true },
  ustack: {
    into: (f, call, e, to) => withProcess(f, to, stackId(f, call, stackType(e))),
    straight: true,
  },
  dw_ustack: {
    into: (f, call, e, to) => {
      const id = isEmpty(call) ? f.b.constInt(-EFAULT) : f.walkStack(stackType(e).depth, e.span);
      withProcess(f, to, id);
    },
    byTables: true,
  },
  ksym: { scalar: (f, call) => f.scalar(operand(call, 0)), straight: true },
  usym: {
    into: (f, call, _e, to) => withProcess(f, to, f.scalar(operand(call, 0))),
    straight: true,
  },
  kaddr: { scalar: (f, call) => f.b.constInt(call.numbers?.[0] ?? 0n), straight: true },
  uaddr: { scalar: userAddress },
};
