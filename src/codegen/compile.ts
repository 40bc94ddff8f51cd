/** IR module to BPF items: selection, allocation, proof, frame, emission, one function after the other. */
import type { Item } from "../bpf/insn.js";
import { withTrampolines } from "../bpf/trampolines.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";
import type { IrFunction, IrModule } from "../ir/ir.js";
import { checkAllocation } from "./check-alloc.js";
import { emit } from "./emit.js";
import { type Frame, frameLimit, layOutFrame } from "./frame.js";
import { select } from "./isel.js";
import { allocate, type Allocation } from "./regalloc.js";
import { type CpuFeatures, SpanTable } from "./selection.js";

export interface CompiledFunction {
  readonly ir: IrFunction;
  readonly items: readonly Item[];
  readonly allocation: Allocation;
  readonly frame: Frame;
}

export interface CompiledModule {
  readonly module: IrModule;
  readonly functions: readonly CompiledFunction[];
  /** What `span` of an instruction indexes. */
  readonly spans: readonly Span[];
  readonly cpu: "v3" | "v4";
}

/** Compiles every function; undefined, with the reasons in `log`, when one does not fit the machine. */
export function compileModule(module: IrModule, features: CpuFeatures, log: Log): CompiledModule | undefined {
  const spans = new SpanTable();
  const functions: CompiledFunction[] = [];
  for (const fn of module.functions) {
    const compiled = compileFunction(fn, features, spans, log);
    if (compiled !== undefined) functions.push(compiled);
  }
  if (functions.length < module.functions.length) return undefined;
  return { module, functions, spans: spans.spans, cpu: features.cpuV4 ? "v4" : "v3" };
}

/** One function. Errors: TB5010 when its frame exceeds 512 bytes; TB9003 when an allocation cannot be proven. */
function compileFunction(
  ir: IrFunction,
  features: CpuFeatures,
  spans: SpanTable,
  log: Log,
): CompiledFunction | undefined {
  const allocation = allocate(select(ir, features, spans));
  const problems = checkAllocation(allocation);
  const place = firstSpan(ir);
  if (problems.length > 0) {
    log.error("TB9003", place, `register allocation of ${ir.name} is wrong: ${problems[0]}`);
    return undefined;
  }
  const frame = layOutFrame(ir, allocation.spills);
  if (frame.size > frameLimit) {
    log.error(
      "TB5010",
      place,
      `this needs ${frame.size} bytes of stack, and the kernel gives ${frameLimit}`,
      "use fewer large values at once, or set config on_stack_limit to a smaller number",
    );
    return undefined;
  }
  const items = emit(allocation, frame);
  return { ir, items: features.cpuV4 ? items : withTrampolines(items), allocation, frame };
}

/** The first place of the script a function mentions. */
export function firstSpan(fn: IrFunction): Span | undefined {
  for (const block of fn.blocks) {
    for (const insn of block.instructions) if (insn.span !== undefined) return insn.span;
    if (block.terminator.span !== undefined) return block.terminator.span;
  }
  return undefined;
}
