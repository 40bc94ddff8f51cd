/** Reading memory of the kernel and of processes, and the few ways to change it. */
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

/** The address a call reads at: a pointer's value, or where an array lies. `base`: what a member's place is counted from. */
export function addressOperand(
  f: LoweringContext,
  arg: TypedExpression,
): { at: ValueId; own: boolean; base?: ValueId } {
  switch (arg.type.kind) {
    case "array":
    case "string":
    case "buffer":
    case "struct": {
      const at = f.locate(arg);
      if (at.kind === "memory") return { at: f.address(at), own: true };
      const pointer = f.b.typeOf(at.base).kind === "ptr";
      const address =
        at.offset === 0
          ? at.base
          : pointer
            ? f.b.fieldAddr(at.base, at.offset)
            : f.b.arith("add", at.base, f.b.constInt(at.offset));
      return { at: address, own: false, base: at.base };
    }
    default:
      return { at: f.scalar(arg), own: false };
  }
}

/** "user" or "kernel"; bytes of ours are kernel memory to the helpers. */
function spaceOf(call: TypedCall, own: boolean): string {
  return own || call.text !== "user" ? "kernel" : "user";
}

/** min(wanted, most), in a form the verifier can follow. */
function atMost(f: LoweringContext, wanted: ValueId, most: number): ValueId {
  const { b } = f;
  return f.choose(
    b.compare("ult", wanted, b.constInt(most)),
    () => wanted,
    () => b.constInt(most),
  );
}

/**
 * `str(p, n)`: n bytes at most, the NUL among them; what is left of the string is zero. Without n, a `max_strlen`
 * below its default fills the string to its last byte when the text goes on: that there is no NUL marks it as cut.
 */
function str(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const capacity = sizeOf(e.type);
  const { at, own } = addressOperand(f, operand(call, 0));
  const [, length] = call.args;
  const size = length === undefined ? b.constInt(capacity) : atMost(f, f.scalar(length), capacity);
  b.zero(to.base, to.offset, capacity);
  const space = spaceOf(call, own);
  const read = [f.address(to), size, at] as const;
  if (capacity < f.maxStrlen || capacity >= UNMARKED_STRLEN) {
    b.helperVoid(`probe_read_${space}_str`, read);
    return;
  }
  const count = b.helper(`probe_read_${space}_str`, read);
  f.when(b.compare("eq", count, b.constInt(capacity)), () => {
    const last = capacity - 1;
    const from = b.typeOf(at).kind === "ptr" ? b.fieldAddr(at, last) : b.arith("add", at, b.constInt(last));
    b.helperVoid(`probe_read_${space}`, [
      f.address({ ...to, offset: to.offset + last }),
      b.constInt(1),
      from,
    ]);
  });
}

/** From this max_strlen on, strings always end in a NUL (bpftrace's Config::pad_max_strlen). */
const UNMARKED_STRLEN = 1024;

/** u32 length, then the bytes. */
function buf(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const capacity = sizeOf(e.type) - 4;
  const { at, own } = addressOperand(f, operand(call, 0));
  const [, length] = call.args;
  const size = length === undefined ? b.constInt(capacity) : atMost(f, f.scalar(length), capacity);
  b.zero(to.base, to.offset, capacity + 4);
  b.store(to.base, to.offset, 4, size);
  const bytes = { ...to, offset: to.offset + 4 };
  b.helperVoid(`probe_read_${spaceOf(call, own)}`, [f.address(bytes), size, at]);
}

function bswap(f: LoweringContext, call: TypedCall, e: CallExpression): ValueId {
  const value = f.scalar(operand(call, 0));
  const bits = e.type.kind === "int" ? e.type.bits : 64;
  return bits === 8 ? value : f.b.bswap(value, bits);
}

/** The bytes are read to memory of ours first: the helper takes nothing else. */
function writeUser(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const [to, source, length] = [operand(call, 0), operand(call, 1), operand(call, 2)];
  const pointer = source.type.kind === "pointer" || source.type.kind === "int";
  const most = pointer ? f.maxStrlen : sizeOf(source.type);
  const size = atMost(f, f.scalar(length), most);
  const target = f.scalar(to);
  const from = pointer ? f.temp(most) : f.memory(source);
  if (pointer) {
    b.zero(from.base, from.offset, most);
    b.helperVoid("probe_read_kernel", [f.address(from), size, f.scalar(source)]);
  }
  const status = b.helper("probe_write_user", [target, f.address(from), size]);
  return b.compare("eq", status, b.constInt(0));
}

/**
 * `struct path *`, or a `struct path` in the memory of a typed context: its address stays a kernel pointer. What it is
 * a member of may be missing, as the file is after an iterator's last: then there is no path.
 */
function path(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const { at, base = at } = addressOperand(f, operand(call, 0));
  const size = sizeOf(e.type);
  b.zero(to.base, to.offset, size);
  f.when(b.compare("ne", base, b.constInt(0)), () =>
    f.noteFailure("d_path", b.helper("d_path", [at, f.address(to), b.constInt(size)]), e.span),
  );
}

/** numbers: the variable, the table of the CPUs' offsets, how many CPUs there are. */
function perCpuAddress(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const [symbol = 0n, offsets = 0n, cpus = 0n] = call.numbers ?? [];
  const cpu = f.scalar(operand(call, 0));
  return f.choose(
    b.compare("ult", cpu, b.constInt(cpus)),
    () => {
      const entry = b.arith("add", b.constInt(offsets), b.arith("shl", cpu, b.constInt(3)));
      const offset = f.temp(8);
      b.helperVoid("probe_read_kernel", [f.address(offset), b.constInt(8), entry]);
      return b.arith("add", b.load(offset.base, offset.offset, 8), b.constInt(symbol));
    },
    () => b.constInt(0),
  );
}

export const memoryLowerings: Record<string, BuiltinLowering> = {
  str: { into: str, straight: true },
  buf: { into: buf, straight: true },
  bswap: { scalar: bswap, straight: true },
  write_user: { scalar: writeUser },
  path: { into: path, straight: true },
  socket_cookie: { scalar: (f, call) => f.b.helper("get_socket_cookie", [f.scalar(operand(call, 0))]) },
  percpu_kaddr: { scalar: perCpuAddress, straight: true },
};
