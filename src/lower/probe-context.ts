/**
 * What the functions of one probe share: the program itself and the callbacks of its loops.
 *
 * Frame: one piece of the program's stack that callbacks get as their context argument: a word of flags, the
 * context pointer, the scratch pointer, the result, then the captured locals. One frame serves all levels of loops, since
 * a probe's functions never recurse.
 *
 * Scratch: values too large for the stack lie in a per-CPU array of one entry, looked up once a run (or, beyond what
 * a per-CPU value may hold, in one element for each CPU of a plain array: `ModuleContext.scratch`). Every
 * program has its own: the kernel does not let a tracing program interrupt itself on the same CPU
 * (bpf_prog_active, prog->active), so no other run can overwrite it. The exception are uprobe programs, which
 * may be preempted by another process running the same program; bpftrace has the same weakness.
 */
import type { LocalId, TypedProbe, TypedStatement } from "../check/typed-program.js";
import type { MemorySize } from "../ir/ir.js";
import { alignOf, roundUp, sizeOf } from "../types/layout.js";
import { capturedLocals, isCallbackLoop } from "./captures.js";
import type { ModuleContext } from "./module.js";
import { asAlign } from "./scalars.js";
import { nodesOf } from "./walk.js";

export const FRAME_FLAGS = 0;
export const FRAME_CTX = 8;
export const FRAME_SCRATCH = 16;
/** What a `return` in a loop gives; only used where somebody asks for it. */
export const FRAME_RESULT = 24;
const FRAME_HEAD = 32;

/**
 * Bytes of slots in a program and its callbacks together. The kernel gives 512 to a whole chain of calls; the
 * rest is for spilled registers and the rounding of each function's share.
 */
const STACK_FOR_SLOTS = 320;
/** Nobody means to hold more of each CPU's memory than this. */
const SCRATCH_LIMIT = 1 << 20;

export interface FramePlace {
  readonly area: "frame" | "scratch";
  readonly offset: number;
  readonly size: number;
  readonly align: MemorySize;
}

export class ProbeContext {
  readonly captured: ReadonlySet<LocalId>;
  readonly places = new Map<LocalId, FramePlace>();
  readonly frameSize: number;
  scratchSize = 0;
  ctxInCallbacks = false;
  scratchInCallbacks = false;
  /** A callback may end the program: loops test the frame's flag afterwards. */
  leavesFromLoops = false;
  private readonly counters = new Map<TypedStatement, number>();
  private stackUsed = 0;
  private callbacks = 0;
  private limitReported = false;

  constructor(
    readonly module: ModuleContext,
    readonly probe: TypedProbe,
  ) {
    this.captured = capturedLocals(probe);
    let end = FRAME_HEAD;
    for (const local of this.captured) {
      const type = this.local(local).type;
      // A loop's (key, value) pair is captured as two pointers.
      const pair = isPairOf(probe, local);
      const size = pair ? 16 : sizeOf(type);
      if (size > module.program.config.onStackLimit) {
        this.places.set(local, { area: "scratch", offset: this.allocateScratch(size), size, align: 8 });
        continue;
      }
      const align = pair ? 8 : alignOf(type);
      end = roundUp(end, align);
      this.places.set(local, { area: "frame", offset: end, size, align: asAlign(align) });
      end += size;
    }
    end = roundUp(end, 8);
    for (const loop of rangeLoops(probe.body)) {
      this.counters.set(loop, end);
      end += 8;
    }
    this.frameSize = end;
    this.stackUsed = hasCallbacks(probe.body) ? this.frameSize : 0;
  }

  local(id: LocalId): TypedProbe["locals"][number] {
    const local = this.probe.locals[id];
    if (local === undefined) throw new Error(`${this.probe.name}: no local ${id}`);
    return local;
  }

  /** Where in the frame a range loop keeps its running number. */
  counterOffset(loop: TypedStatement): number {
    const offset = this.counters.get(loop);
    if (offset === undefined) throw new Error("a loop without counter");
    return offset;
  }

  /** May a slot of this size be on the stack? Counts it if so. */
  takeStack(size: number): boolean {
    const small = size <= 8;
    if (!small && size > this.module.program.config.onStackLimit) return false;
    if (!small && this.stackUsed + size > STACK_FOR_SLOTS) return false;
    this.stackUsed += roundUp(size, 8);
    return true;
  }

  /** Offset in the scratch value, a multiple of 8. */
  allocateScratch(size: number): number {
    const offset = this.scratchSize;
    this.scratchSize += roundUp(size, 8);
    if (this.scratchSize > SCRATCH_LIMIT && !this.limitReported) {
      this.limitReported = true;
      this.module.log.error(
        "TB5010",
        this.probe.span,
        `the probe needs more than ${SCRATCH_LIMIT} bytes of memory for large values`,
        "lower max_strlen or use fewer large values in one probe",
      );
    }
    return offset;
  }

  /** Name for the next callback of this probe. */
  callbackName(): string {
    return `${this.probe.name}_l${this.callbacks++}`;
  }
}

/** All statements of a probe's body, those of nested loops, branches and blocks in expressions too. */
function statementsOf(body: readonly TypedStatement[]): readonly TypedStatement[] {
  return [...nodesOf(body)].flatMap(({ statement }) => (statement === undefined ? [] : [statement]));
}

function isPairOf(probe: TypedProbe, local: LocalId): boolean {
  return statementsOf(probe.body).some((s) => s.kind === "for_map" && s.local === local);
}

function rangeLoops(body: readonly TypedStatement[]): readonly TypedStatement[] {
  return statementsOf(body).filter((s) => s.kind === "for_range" && isCallbackLoop(s));
}

function hasCallbacks(body: readonly TypedStatement[]): boolean {
  return statementsOf(body).some(isCallbackLoop);
}
