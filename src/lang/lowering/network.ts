/** Addresses of networks. */
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

/** include/linux/socket.h */
const AF_INET = 2n;
const AF_INET6 = 10n;

function isNumber(e: TypedExpression): boolean {
  return e.type.kind === "int" || e.type.kind === "pointer" || e.type.kind === "enum";
}

/** {u32 family, 16 bytes}: an IPv4 address fills the first four. */
function ntop(f: LoweringContext, call: TypedCall, e: CallExpression, to: Memory): void {
  const { b } = f;
  const value = operand(call, call.args.length - 1);
  const size = isNumber(value) ? 4 : Math.min(16, sizeOf(value.type));
  const constant = call.numbers?.[0] ?? (size === 16 ? AF_INET6 : AF_INET);
  const family = call.args.length > 1 ? f.scalar(operand(call, 0)) : b.constInt(constant);
  b.zero(to.base, to.offset, sizeOf(e.type));
  b.store(to.base, to.offset, 4, family);
  const address: Memory = { ...to, offset: to.offset + 4, align: 4 };
  if (isNumber(value)) {
    b.store(address.base, address.offset, 4, f.scalar(value));
    return;
  }
  f.copy(address, f.memory(value), size);
}

function macaddr(f: LoweringContext, call: TypedCall, _e: CallExpression, to: Memory): void {
  const { at, own } = addressOperand(f, operand(call, 0));
  const helper = own || call.text !== "user" ? "probe_read_kernel" : "probe_read_user";
  f.b.helperVoid(helper, [f.address(to), f.b.constInt(6), at]);
}

/** The address is known: its bytes stand in the call. */
function pton(f: LoweringContext, call: TypedCall, _e: CallExpression, to: Memory): void {
  const bytes = Uint8Array.from((call.numbers ?? []).map(Number));
  f.copy(to, f.constant(bytes), bytes.length);
}

export const networkLowerings: Record<string, BuiltinLowering> = {
  ntop: { into: ntop, straight: true },
  pton: { into: pton, straight: true },
  macaddr: { into: macaddr, straight: true },
};
