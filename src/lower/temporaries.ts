/** Memory of one function by pieces: lent to what works values out, and lent again when that is done. */
import type { FunctionBuilder } from "../ir/builder.js";
import type { MemorySize, SlotId, ValueId } from "../ir/ir.js";
import type { Memory } from "../lang/lowering/context.js";
import { roundUp } from "../types/layout.js";
import type { ProbeContext } from "./probe-context.js";

/** A piece on the stack, or in the probe's scratch memory once the stack is full. */
export interface Piece {
  readonly size: number;
  readonly place: { readonly slot: SlotId } | { readonly scratch: number };
}

const WORD = 8;

export class Temporaries {
  private free: Piece[] = [];
  /** Lent in the innermost scope. */
  private open: Piece[] = [];

  constructor(
    private readonly b: FunctionBuilder,
    private readonly probe: ProbeContext,
    private readonly scratchBase: () => ValueId,
  ) {}

  /** At least `size` bytes, aligned to eight, with anything in them. */
  take(size: number): Memory {
    const rounded = Math.max(WORD, roundUp(size, WORD));
    const index = this.free.findIndex((piece) => piece.size === rounded);
    const known = index >= 0 ? this.free.splice(index, 1)[0] : undefined;
    const taken = known ?? this.allocate(rounded, WORD, "");
    this.open.push(taken);
    return this.at(taken);
  }

  /** What is taken by `build` is free again after it. */
  scoped<T>(build: () => T): T {
    const outer = this.open;
    this.open = [];
    const result = build();
    this.free = this.free.concat(this.open);
    this.open = outer;
    return result;
  }

  /** A piece that is never given back; `name`: of a slot, for whoever reads the IR. */
  allocate(size: number, align: MemorySize, name: string): Piece {
    if (this.probe.takeStack(size)) return { size, place: { slot: this.b.slot(size, align, name) } };
    return { size, place: { scratch: this.probe.allocateScratch(size) } };
  }

  at({ place }: Piece): Memory {
    if ("slot" in place) return { kind: "memory", base: this.b.slotAddr(place.slot), offset: 0, align: WORD };
    return { kind: "memory", base: this.scratchBase(), offset: place.scratch, align: WORD };
  }
}
