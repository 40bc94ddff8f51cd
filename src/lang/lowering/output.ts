/** What the loader prints or does: each call is one event. */
import type { ManifestEventKind } from "../../object/manifest.js";
import type { ValueId } from "../../ir/ir.js";
import { irPtr } from "../../ir/types.js";
import {
  type BuiltinLowering,
  type EventArgument,
  type LoweringContext,
  type CallExpression,
  mapOperand,
  operand,
} from "./context.js";
import type { TypedCall } from "../../check/typed-program.js";

/** A format and its operands. */
function formatted(kind: ManifestEventKind): BuiltinLowering {
  return {
    effect: (f, call, e) => {
      const args = call.args.map((arg) => f.argument(arg));
      const { text: format = "", expandedFrom = [] } = call;
      f.send({ kind, format, args, expandedFrom }, e.span);
    },
  };
}

function ofMap(kind: ManifestEventKind): BuiltinLowering {
  return { effect: (f, call, e) => f.send({ kind, map: mapOperand(call) }, e.span) };
}

function print(f: LoweringContext, call: TypedCall, e: CallExpression): void {
  if (call.map === undefined) {
    f.send({ kind: "print_value", args: [f.argument(operand(call, 0))] }, e.span);
    return;
  }
  if (call.args.length === 0) {
    const [top = 0n, div = 0n] = call.numbers ?? [];
    const args = [top, div].map((n) => f.number(f.b.constInt(n)));
    f.send({ kind: "print_map", map: call.map, args }, e.span);
    return;
  }
  printElement(f, call, e);
}

/** One element, by its key: an aggregation is read over all CPUs here. */
function printElement(f: LoweringContext, call: TypedCall, e: CallExpression): void {
  const map = mapOperand(call);
  const key = operand(call, 0);
  const type = f.elementType(map);
  if (type === undefined) throw new Error("print: the checker refuses elements that have no value");
  const value = f.argument({ kind: "map", map, key, type, span: e.span });
  const args: EventArgument[] = [f.argument(key), value];
  f.send({ kind: "print_map_element", map, args }, e.span);
}

function exit(f: LoweringContext, call: TypedCall, e: CallExpression): void {
  const [code] = call.args;
  const value = code === undefined ? f.b.constInt(0) : f.scalar(code);
  f.send({ kind: "exit", args: [f.number(value)] }, e.span);
  f.leave();
}

/** Strings read from an array of pointers, at most. */
const JOIN_STRINGS = 16;

/** `char *argv[]` as strings; the first that is empty or unreadable ends them. */
function join(f: LoweringContext, call: TypedCall, e: CallExpression): void {
  const { b } = f;
  const pointer = operand(call, 0);
  const list = f.scalar(pointer);
  const space = pointer.type.kind === "pointer" && pointer.type.space === "user" ? "user" : "kernel";
  const size = f.maxStrlen;
  const fill: EventArgument["fill"] = (to) => {
    const at = f.temp(8);
    for (let i = 0; i < JOIN_STRINGS; i++) {
      const from = i === 0 ? list : b.arith("add", list, b.constInt(8 * i));
      b.helperVoid(`probe_read_${space}`, [f.address(at), b.constInt(8), from]);
      const text = { ...to, offset: to.offset + i * size };
      b.store(text.base, text.offset, 1, b.constInt(0));
      const string = b.load(at.base, at.offset, 8);
      b.helperVoid(`probe_read_${space}_str`, [f.address(text), b.constInt(size), string]);
    }
  };
  const element = { kind: "string", size } as const;
  const type = { kind: "array", element, length: JOIN_STRINGS, stride: size } as const;
  const strings: EventArgument = { type, size: JOIN_STRINGS * size, align: 1, fill };
  f.send({ kind: "join", format: call.text ?? " ", args: [strings] }, e.span);
}

/**
 * bpf_trace_vprintk's operands: an array of numbers and addresses. The kernel before 5.16 has the older helper,
 * which takes up to three operands in registers.
 */
function debugf(f: LoweringContext, call: TypedCall): void {
  const { b } = f;
  const text = new TextEncoder().encode(`${call.text ?? ""}\0`);
  const values = call.args.map((arg) =>
    arg.type.kind === "string" ? f.address(f.memory(arg)) : f.scalar(arg),
  );
  const format = [f.address(f.constant(text)), b.constInt(text.length)];
  if (values.length === 0 || !f.target.hasHelper("trace_vprintk")) {
    b.helperVoid("trace_printk", [...format, ...values]);
    return;
  }
  const list = f.temp(8 * values.length);
  for (const [index, value] of values.entries()) b.store(list.base, list.offset + 8 * index, 8, value);
  b.helperVoid("trace_vprintk", [...format, f.address(list), b.constInt(8 * values.length)]);
}

/** As debugf, into the file that is being read: `ctx->meta->seq`, the first members of both. */
function seqPrintf(f: LoweringContext, call: TypedCall): void {
  const { b } = f;
  const text = new TextEncoder().encode(`${call.text ?? ""}\0`);
  const list = f.temp(8 * Math.max(1, call.args.length));
  for (const [index, arg] of call.args.entries()) {
    const value = arg.type.kind === "string" ? f.address(f.memory(arg)) : f.scalar(arg);
    b.store(list.base, list.offset + 8 * index, 8, value);
  }
  const meta = b.load(f.ctx(), 0, 8, { type: irPtr("btf") });
  const seq = b.load(meta, 0, 8);
  const size = b.constInt(8 * call.args.length);
  b.helperVoid("seq_printf", [
    seq,
    f.address(f.constant(text)),
    b.constInt(text.length),
    f.address(list),
    size,
  ]);
}

function unwatch(f: LoweringContext, call: TypedCall, e: CallExpression): void {
  f.send({ kind: "unwatch", args: [f.number(f.scalar(operand(call, 0)))] }, e.span);
}

/** BPF_F_CURRENT_CPU (include/uapi/linux/bpf.h); the bytes wanted of the packet stand in the upper half. */
const CURRENT_CPU = 0xffff_ffff;
const LENGTH_SHIFT = 32;
/** The result is an errno in the lower half. */
const LOWER_HALF = 0xffff_ffff;

/** The kernel copies the packet behind the record itself; the loader takes off what lies before the offset. */
function packet(f: LoweringContext, call: TypedCall, e: CallExpression): ValueId {
  const { b } = f;
  const [skb, length, offset] = [0, 1, 2].map((index) => f.scalar(operand(call, index)));
  if (skb === undefined || length === undefined || offset === undefined)
    throw new Error("skboutput: operands");
  const now = b.helper("ktime_get_boot_ns", []);
  const type = { kind: "timestamp", format: "", clock: "boot" } as const;
  const args = [{ ...f.number(now), type }, f.number(offset), f.number(length)];
  const { at, size } = f.record({ kind: "skboutput", format: call.text ?? "", args }, e.span);
  const flags = b.arith("or", b.arith("shl", length, b.constInt(LENGTH_SHIFT)), b.constInt(CURRENT_CPU));
  const status = b.helper("skb_output", [
    skb,
    b.mapRef(f.packetMap()),
    flags,
    f.address(at),
    b.constInt(size),
  ]);
  return b.arith("and", status, b.constInt(LOWER_HALF));
}

export const outputLowerings: Record<string, BuiltinLowering> = {
  printf: formatted("printf"),
  errorf: formatted("errorf"),
  warnf: formatted("warnf"),
  system: formatted("system"),
  cat: formatted("cat"),
  debugf: { effect: debugf },
  print: { effect: print },
  clear: ofMap("clear"),
  zero: ofMap("zero"),
  time: { effect: (f, call, e) => f.send({ kind: "time", format: call.text ?? "%H:%M:%S\n" }, e.span) },
  join: { effect: join },
  exit: { effect: exit },
  unwatch: { effect: unwatch },
  seq_printf: { effect: seqPrintf },
  skboutput: { scalar: packet },
};
