/**
 * What a function may find in its first block: the context, the program's scratch memory, and a zero of which the
 * verifier does not know that it is one. Read anywhere, they are defined last, when it is known which are wanted.
 */
import type { FunctionBuilder, Variable } from "../ir/builder.js";
import type { ValueId } from "../ir/ir.js";
import { irPtr } from "../ir/types.js";
import { FRAME_CTX, FRAME_SCRATCH, type ProbeContext } from "./probe-context.js";

export type EntryValue = "ctx" | "scratch" | "opaque";

export class EntryValues {
  private readonly variables: Readonly<Record<EntryValue, Variable>>;
  private readonly wanted = new Set<EntryValue>();

  constructor(
    private readonly b: FunctionBuilder,
    private readonly probe: ProbeContext,
  ) {
    this.variables = {
      ctx: b.declareVariable(irPtr("ctx")),
      scratch: b.declareVariable(irPtr("map_value")),
      opaque: b.declareVariable(),
    };
  }

  /** The value, which the first block must then define. */
  read(which: EntryValue): ValueId {
    this.wanted.add(which);
    return this.b.readVariable(this.variables[which]);
  }

  /** Was it read so far? */
  isWanted(which: EntryValue): boolean {
    return this.wanted.has(which);
  }

  /** In the function's first block: what `read` means everywhere after it. */
  define(which: EntryValue, value: ValueId): void {
    this.b.writeVariable(this.variables[which], value);
  }

  defineOpaque(): void {
    const { b, probe } = this;
    this.define("opaque", b.load(b.mapValueAddr(probe.module.opaqueZero()), 0, 8));
  }

  /** A callback's first block: takes what it wants from the program's `frame`, and tells the program to put it there. */
  loadFrom(frame: () => ValueId): void {
    const { b, probe } = this;
    if (this.isWanted("ctx")) {
      this.define("ctx", b.load(frame(), FRAME_CTX, 8, { type: irPtr("ctx") }));
      probe.ctxInCallbacks = true;
    }
    if (this.isWanted("scratch")) {
      this.define("scratch", b.load(frame(), FRAME_SCRATCH, 8, { type: irPtr("map_value") }));
      probe.scratchInCallbacks = true;
    }
    if (this.isWanted("opaque")) this.defineOpaque();
  }
}
