/** What the probe was given: arguments, registers, return values. */
import type { TypedCall } from "../../check/typed-program.js";
import type { ValueId } from "../../ir/ir.js";
import { archOf } from "../../target/arch.js";
import type { Type } from "../../types/type.js";
import type { BuiltinLowering, CallExpression, LoweringContext } from "./context.js";
import { currentProcess } from "./process.js";

function register(f: LoweringContext, offset: number): ValueId {
  return f.b.load(f.ctx(), offset, 8);
}

/** The n-th 8-byte word of a typed context's arguments. */
function word(f: LoweringContext, index: number): ValueId {
  return f.b.load(f.ctx(), 8 * index, 8);
}

function argument(f: LoweringContext, index: number): ValueId {
  const arch = archOf(f.target.arch);
  switch (f.contextKind) {
    case "raw_tracepoint":
    case "tp_btf":
    case "fentry":
    case "fexit":
      return word(f, index);
    case "none":
    case "tracepoint":
    case "pt_regs":
    case "perf_event":
    case "iter": {
      const offset = arch.args[index];
      return offset === undefined ? stackArgument(f, index - arch.args.length) : register(f, offset);
    }
  }
}

/** Arguments that found no register lie above the return address, in the traced code's own memory. */
function stackArgument(f: LoweringContext, index: number): ValueId {
  const { b } = f;
  const arch = archOf(f.target.arch);
  const address = b.arith("add", register(f, arch.sp), b.constInt(arch.stackArgs + 8 * index));
  const at = f.temp(8);
  // One address space holds both kernel and user probes' stacks only for the reader that may fail softly.
  b.helperVoid("probe_read_kernel", [f.address(at), b.constInt(8), address]);
  const kernel = b.load(at.base, at.offset, 8);
  b.helperVoid("probe_read_user", [f.address(at), b.constInt(8), address]);
  return b.arith("or", kernel, b.load(at.base, at.offset, 8));
}

/** 64 bits of a register, cut to what the type says. */
function cut(f: LoweringContext, value: ValueId, type: Type): ValueId {
  if (type.kind === "bool") return f.b.extend(value, 8, false);
  if ((type.kind !== "int" && type.kind !== "enum") || type.bits === 64) return value;
  return f.b.extend(value, type.bits, type.signed);
}

function index(numbers: readonly bigint[] | undefined): number {
  return Number(numbers?.[0] ?? 0n);
}

/** `args` and `ctx` are the context itself; a raw pointer for a script that casts it. */
function context(f: LoweringContext, e: CallExpression): ValueId {
  const direct = e.type.kind === "pointer" && e.type.space === "ctx";
  return direct ? f.ctx() : f.b.fieldAddr(f.ctx(), 0);
}

export const contextLowerings: Record<string, BuiltinLowering> = {
  ctx: { scalar: (f, _call, e) => context(f, e), straight: true },
  // Registers of a system call are the first argument of both its raw tracepoints.
  args: { scalar: (f, call, e) => (call.text === "registers" ? word(f, 0) : context(f, e)), straight: true },
  arg: { scalar: (f, call, e) => cut(f, argument(f, index(call.numbers)), e.type), straight: true },
  sarg: { scalar: (f, call) => stackArgument(f, index(call.numbers)), straight: true },
  reg: {
    scalar: (f, call) => register(f, archOf(f.target.arch).registers[call.text ?? ""] ?? 0),
    straight: true,
  },
  retval: {
    scalar: (f, call, e) => {
      const isTyped = f.contextKind === "fexit";
      const value = isTyped ? word(f, index(call.numbers)) : register(f, archOf(f.target.arch).ret);
      return cut(f, value, e.type);
    },
    straight: true,
  },
  func: { scalar: func, into: funcInto, straight: true },
};

/** Where the traced function starts: the helper knows, also when the probe sits on a return. */
function func(f: LoweringContext, call: TypedCall): ValueId {
  if (call.text !== "ip" && f.target.features.getFuncIp && f.contextKind !== "perf_event")
    return f.b.helper("get_func_ip", [f.ctx()]);
  return register(f, archOf(f.target.arch).ip);
}

function funcInto(
  f: LoweringContext,
  call: TypedCall,
  _e: CallExpression,
  to: Parameters<LoweringContext["copy"]>[0],
): void {
  const { b } = f;
  b.store(to.base, to.offset, 8, func(f, call));
  b.store(to.base, to.offset + 8, 8, currentProcess(f));
}
