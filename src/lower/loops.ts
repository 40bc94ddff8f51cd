/**
 * Loops. Few and known rounds are plain branches. All others are callbacks of bpf_loop (5.17) and
 * bpf_for_each_map_elem (5.13): the verifier looks at their body once, however often it runs. A callback
 * returns 0 to go on and 1 to stop; what it shares with the program lies in the frame (`probe-context.ts`).
 */
import type { MapId, TypedStatement } from "../check/typed-program.js";
import { FunctionBuilder, type Variable } from "../ir/builder.js";
import type { IrType, ValueId } from "../ir/ir.js";
import { irInt, irPtr } from "../ir/types.js";
import type { Memory } from "../lang/lowering/context.js";
import { constantRounds, isCallbackLoop } from "./captures.js";
import { FunctionLowering } from "./function.js";
import { pairValue } from "./locals.js";
import { valueAt } from "./map-access.js";
import { FRAME_FLAGS, FRAME_RESULT } from "./probe-context.js";
import { isSigned, scalarBits } from "./scalars.js";

type Kind<K extends TypedStatement["kind"]> = TypedStatement & { readonly kind: K };

/** Most rounds bpf_loop makes (BPF_MAX_LOOPS, include/linux/bpf.h). */
const MOST_ROUNDS = 1 << 23;

export function breakLoop(f: FunctionLowering): void {
  leaveRound(f, 1);
}
export function continueLoop(f: FunctionLowering): void {
  leaveRound(f, 0);
}

function leaveRound(f: FunctionLowering, result: 0 | 1): void {
  const { b } = f;
  const loop = f.loops.at(-1);
  if (loop === undefined) return;
  if (loop.kind === "blocks") b.jump(result === 1 ? loop.onBreak : loop.onContinue);
  else b.return(b.constInt(result));
  b.setBlock(b.newBlock());
}

export function whileLoop(f: FunctionLowering, s: Kind<"while">): void {
  const rounds = f.b.constInt(MOST_ROUNDS);
  bpfLoop(f, rounds, s, (inner) => {
    const { b } = inner;
    const go = inner.scoped(() => inner.scalar(s.condition));
    const [body, stop] = [b.newBlock(), b.newBlock()];
    b.branchIf(go, body, stop);
    b.setBlock(stop);
    b.return(b.constInt(1));
    b.setBlock(body);
    inner.statements(s.body);
  });
}

export function unroll(f: FunctionLowering, s: Kind<"unroll">): void {
  const rounds = constantRounds(s);
  if (!isCallbackLoop(s) && rounds !== undefined) return counted(f, 0n, rounds, () => f.statements(s.body));
  const count = f.scalar(s.count);
  bpfLoop(f, clamped(f, count), s, (inner) => inner.statements(s.body));
}

export function forRange(f: FunctionLowering, s: Kind<"for_range">): void {
  if (!isCallbackLoop(s) && s.from.kind === "constant" && s.to.kind === "constant") {
    return counted(f, s.from.value, s.to.value, (value) => {
      setRangeLocal(f, s, value);
      f.statements(s.body);
    });
  }
  const { b } = f;
  const from = f.scalar(s.from);
  const to = f.scalar(s.to);
  const forward = b.compare(isSigned(s.from.type) ? "slt" : "ult", from, to);
  const rounds = f.choose(
    forward,
    () => b.arith("sub", to, from),
    () => b.constInt(0),
  );
  // The start is kept where the callback finds it: in the local itself, which then counts up.
  const before = b.arith("sub", from, b.constInt(1));
  const start = hiddenLocal(f, s, before);
  bpfLoop(f, clamped(f, rounds), s, (inner) => {
    const next = inner.b.arith("add", start.read(inner), inner.b.constInt(1));
    start.write(inner, next);
    setRangeLocal(inner, s, next);
    inner.statements(s.body);
  });
}

/** The running number, apart from the local, which the body may change. */
function hiddenLocal(
  f: FunctionLowering,
  s: Kind<"for_range">,
  first: ValueId,
): { read(f: FunctionLowering): ValueId; write(f: FunctionLowering, value: ValueId): void } {
  const offset = f.probe.counterOffset(s);
  const place = (g: FunctionLowering): ValueId => g.frame();
  f.b.store(place(f), offset, 8, f.blurred(first));
  return {
    read: (g) => g.b.load(place(g), offset, 8),
    write: (g, value) => g.b.store(place(g), offset, 8, g.blurred(value)),
  };
}

function setRangeLocal(f: FunctionLowering, s: Kind<"for_range">, value: ValueId): void {
  const { type } = f.probe.local(s.local);
  const bits = scalarBits(type);
  const cut = bits === 64 ? value : f.b.extend(value, bits, isSigned(type));
  const binding = f.locals.binding(s.local);
  if (binding.kind === "variable") f.b.writeVariable(binding.variable, cut);
  else if (binding.kind === "memory") f.locals.store(s.local, binding.at(), cut);
}

/**
 * At most what the kernel makes; and not known to the verifier, which does not look at a callback that never runs and
 * throws it out as dead code: its address would still be passed on, and the program could not be compiled
 * (kernel/bpf/core.c, jit_subprogs).
 */
function clamped(f: FunctionLowering, count: ValueId): ValueId {
  const { b } = f;
  const rounds = f.blurred(count);
  const most = b.constInt(MOST_ROUNDS);
  return f.choose(
    b.compare("ult", rounds, most),
    () => rounds,
    () => most,
  );
}

/** A loop of plain branches; the verifier walks through each round. */
function counted(f: FunctionLowering, from: bigint, to: bigint, body: (value: ValueId) => void): void {
  const { b } = f;
  const counter: Variable = b.declareVariable();
  const [head, round, next, done] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
  b.writeVariable(counter, b.constInt(from));
  b.jump(head);
  b.setBlock(head);
  b.branch("slt", b.readVariable(counter), b.constInt(to), round, done);
  b.setBlock(round);
  f.loops.push({ kind: "blocks", onBreak: done, onContinue: next });
  body(b.readVariable(counter));
  f.loops.pop();
  b.jump(next);
  b.setBlock(next);
  b.writeVariable(counter, b.arith("add", b.readVariable(counter), b.constInt(1)));
  b.jump(head);
  b.setBlock(done);
}

function bpfLoop(
  f: FunctionLowering,
  rounds: ValueId,
  s: TypedStatement,
  body: (inner: FunctionLowering) => void,
): void {
  if (!f.target.features.bpfLoop) return tooOld(f, s, "bpf_loop", "5.17");
  const name = callback(f, s, [irInt, irPtr("slot")], 1, body);
  const { b } = f;
  b.helperVoid("loop", [rounds, b.funcRef(name), f.frame(), b.constInt(0)]);
  afterLoop(f);
}

function tooOld(f: FunctionLowering, s: TypedStatement, what: string, since: string): void {
  f.log.error("TB5003", s.span, `this loop needs ${what}, which kernels have since ${since}`);
}

export function forMap(f: FunctionLowering, s: Kind<"for_map">): void {
  if (!f.target.features.forEachMapElem) return tooOld(f, s, "bpf_for_each_map_elem", "5.13");
  const plan = f.map(s.map);
  // Parameters: map, key, value, frame.
  const params = [irPtr("map"), irPtr("map_value"), irPtr("map_value"), irPtr("slot")];
  const name = callback(f, s, params, 3, (inner) => {
    bindPair(inner, s);
    inner.statements(s.body);
  });
  const { b } = f;
  b.helperVoid("for_each_map_elem", [b.mapRef(plan.symbol), b.funcRef(name), f.frame(), b.constInt(0)]);
  afterLoop(f);
}

/** `$kv`: the element where it lies. If inner loops use it, its pointers are kept in the frame. */
function bindPair(f: FunctionLowering, s: Kind<"for_map">): void {
  const { b } = f;
  const [, key, value] = b.params;
  if (key === undefined || value === undefined) return;
  const place = f.probe.places.get(s.local);
  if (place !== undefined) {
    b.store(f.frame(), place.offset, 8, key);
    b.store(f.frame(), place.offset + 8, 8, value);
  }
  const keyAt = (): Memory => valueAt(key);
  const element = pairValue(f, s.map, keyAt, () => valueAt(value));
  f.locals.bind(s.local, { kind: "pair", key: keyAt, value: element, map: s.map });
}

/** Builds the callback's function; returns its name. */
function callback(
  f: FunctionLowering,
  s: TypedStatement,
  params: readonly IrType[],
  frameParam: number,
  body: (inner: FunctionLowering) => void,
): string {
  const name = f.probe.callbackName();
  const b = new FunctionBuilder({ name, role: "callback", section: "", params });
  b.at(s.span);
  const inner = new FunctionLowering(b, f.probe, f.rules, "callback", () => {
    const frame = b.params[frameParam];
    if (frame === undefined) throw new Error("a callback without frame");
    return frame;
  });
  inner.locals.inherit(f.locals);
  const start = b.newBlock();
  b.setBlock(start);
  inner.loops.push({ kind: "callback" });
  body(inner);
  b.return(b.constInt(0));
  b.setBlock(b.entry);
  inner.entry.loadFrom(inner.frame);
  inner.locals.zero();
  b.jump(start);
  f.probe.module.functions.push(b.finish());
  return name;
}

/** A callback that met `return` or exit() has set the flag. */
function afterLoop(f: FunctionLowering): void {
  const { b } = f;
  if (!f.probe.leavesFromLoops) return;
  const flag = b.load(f.frame(), FRAME_FLAGS, 8);
  f.when(flag, () => (f.role === "program" ? f.leave(b.load(f.frame(), FRAME_RESULT, 8)) : leaveRound(f, 1)));
}

/** `len(@a)`: bpf_for_each_map_elem returns how many elements it went through. */
export function countElements(f: FunctionLowering, map: MapId): ValueId {
  const { b } = f;
  const plan = f.map(map);
  if (plan.key === undefined) return b.constInt(1);
  const name = f.probe.callbackName();
  const params = [irPtr("map"), irPtr("map_value"), irPtr("map_value"), irPtr("slot")];
  const inner = new FunctionBuilder({ name, role: "callback", section: "", params });
  inner.return(inner.constInt(0));
  f.probe.module.functions.push(inner.finish());
  const none = b.nullPtr(irPtr("slot"));
  return b.helper("for_each_map_elem", [b.mapRef(plan.symbol), b.funcRef(name), none, b.constInt(0)]);
}
