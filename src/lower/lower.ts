/** Typed program to IR: each probe one function, its loops' callbacks beside it. */
import type { Sources } from "../base/source.js";
import { SESSION_IS_RETURN } from "../check/sessions.js";
import type { TypedProbe, TypedProgram } from "../check/typed-program.js";
import type { Log } from "../diag/diagnostic.js";
import { FunctionBuilder } from "../ir/builder.js";
import type { BlockId, IrModule, SlotId } from "../ir/ir.js";
import { irNullable, irPtr } from "../ir/types.js";
import type { Manifest } from "../object/manifest.js";
import type { Target } from "../target/target.js";
import { readAggregate } from "./aggregate-read.js";
import { argument, number, recordInMemory, send } from "./events.js";
import { scalar } from "./expressions.js";
import { FunctionLowering } from "./function.js";
import { into } from "./into.js";
import { locate, memory } from "./locate.js";
import { countElements } from "./loops.js";
import { keyMemory } from "./map-access.js";
import { ModuleContext } from "./module.js";
import { FRAME_CTX, FRAME_SCRATCH, ProbeContext } from "./probe-context.js";
import type { Rules } from "./rules.js";
import { lowerStatements } from "./statements.js";
import { filterSyscalls } from "./syscall-filter.js";

const RULES: Rules = {
  scalar,
  into,
  locate,
  memory,
  key: keyMemory,
  aggregate: readAggregate,
  countElements,
  argument,
  number,
  send,
  record: recordInMemory,
  statements: lowerStatements,
};

/** `sources` gives events and failures their places in the script; without it they have none. With `relocatable`, fields of kernel structs carry CO-RE accesses. */
export function lower(
  program: TypedProgram,
  target: Target,
  log: Log,
  sources?: Sources,
  relocatable = false,
): { readonly module: IrModule; readonly manifest: Manifest } {
  const context = new ModuleContext(program, target, log, sources, relocatable);
  for (const probe of program.probes) lowerProbe(context, probe);
  const manifest = context.manifest();
  return { module: context.irModule(), manifest };
}

function lowerProbe(module: ModuleContext, probe: TypedProbe): void {
  const { name, section, onReturn } = probe;
  const b = new FunctionBuilder({ name, role: "program", section, params: [irPtr("ctx")] });
  b.at(probe.span);
  if (onReturn === undefined) lowerBody(module, probe, b, b.entry);
  else {
    const [entering, returning] = [b.newBlock(), b.newBlock()];
    // The callee sets eight bits of its result.
    const isReturn = b.extend(b.kfunc(SESSION_IS_RETURN, []), 8, false);
    b.branch("ne", isReturn, b.constInt(0), returning, entering);
    lowerBody(module, probe, b, entering);
    lowerBody(module, onReturn, b, returning);
  }
  module.functions.push(b.finish());
}

/** Predicate and action, from block `entry` to the program's end. */
function lowerBody(module: ModuleContext, probe: TypedProbe, b: FunctionBuilder, entry: BlockId): void {
  const context = new ProbeContext(module, probe);
  let frame: SlotId | undefined;
  const f: FunctionLowering = new FunctionLowering(b, context, RULES, "program", () => {
    frame ??= b.slot(context.frameSize, 8, "frame");
    return b.slotAddr(frame);
  });
  // Written last, when it is known what the body needs: the first blocks of predicate and body.
  const predicate = b.newBlock();
  const prepare = b.newBlock();
  const body = b.newBlock();
  b.setBlock(predicate);
  const early = lowerPredicate(f, probe, prepare);
  const opaqueEarly = f.entry.isWanted("opaque");
  b.setBlock(body);
  f.statements(probe.body);
  b.return(b.constInt(0));
  b.setBlock(entry).at(probe.span);
  const ctx = b.params[0];
  if (ctx !== undefined) f.entry.define("ctx", ctx);
  if (probe.context === "iter") endBehindLast(f);
  if (probe.syscalls !== undefined) filterSyscalls(f, probe.syscalls);
  if (opaqueEarly) f.entry.defineOpaque();
  if (early) lookUpScratch(f, module);
  b.jump(predicate);
  b.setBlock(prepare);
  if (f.entry.isWanted("opaque") && !opaqueEarly) f.entry.defineOpaque();
  prepareBody(f, module, frame !== undefined, early);
  b.jump(body);
}

/** An iterator is called once more when all objects are through, without one: that call is none for the script. */
function endBehindLast(f: FunctionLowering): void {
  const { b } = f;
  // The object stands behind the iteration's own state: struct bpf_iter__task and its like.
  const object = b.load(f.ctx(), 8, 8);
  const [there, absent] = [b.newBlock(), b.newBlock()];
  b.branch("ne", object, b.constInt(0), there, absent);
  b.setBlock(absent);
  b.return(b.constInt(0));
  b.setBlock(there);
}

/** True if the predicate itself uses scratch memory, which is then looked up before it. */
function lowerPredicate(f: FunctionLowering, probe: TypedProbe, next: BlockId): boolean {
  const { b } = f;
  const { predicate } = probe;
  if (predicate === undefined) {
    b.jump(next);
    return false;
  }
  const out = b.newBlock();
  const holds = f.scoped(() => f.scalar(predicate));
  b.branchIf(holds, next, out);
  b.setBlock(out);
  b.return(b.constInt(0));
  return f.entry.isWanted("scratch");
}

function prepareBody(f: FunctionLowering, module: ModuleContext, framed: boolean, early: boolean): void {
  const { b, probe } = f;
  if (f.entry.isWanted("ctx") || probe.ctxInCallbacks) f.ctx();
  if (!early && (f.entry.isWanted("scratch") || probe.scratchInCallbacks)) lookUpScratch(f, module);
  f.locals.zero();
  if (!framed) return;
  const frame = f.frame();
  b.zero(frame, 0, probe.frameSize);
  if (probe.ctxInCallbacks) b.store(frame, FRAME_CTX, 8, f.ctx());
  if (probe.scratchInCallbacks) b.store(frame, FRAME_SCRATCH, 8, f.scratchBase());
  for (const place of probe.places.values())
    if (place.area === "scratch") b.zero(f.scratchBase(), place.offset, place.size);
}

/** The program's piece of this CPU's scratch memory; it always exists, but the verifier wants to see a test. */
function lookUpScratch(f: FunctionLowering, module: ModuleContext): void {
  const { b, probe } = f;
  const { symbol, byCpu } = module.scratch(probe.probe.name, probe.scratchSize);
  const key = b.slotAddr(b.slot(8, 8, "zero"));
  b.store(key, 0, 4, byCpu ? b.helper("get_smp_processor_id", []) : b.constInt(0));
  const found = b.helper("map_lookup_elem", [b.mapRef(symbol), key], irNullable("map_value"));
  const [there, absent] = [b.newBlock([irPtr("map_value")]), b.newBlock()];
  b.branch("ne", found, b.constInt(0), { block: there, args: [found] }, absent);
  b.setBlock(absent);
  b.return(b.constInt(0));
  b.setBlock(there);
  const [base] = b.blockParams(there);
  if (base !== undefined) f.entry.define("scratch", base);
}
