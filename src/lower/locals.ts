/** Where a function's locals are: in SSA variables, in memory of its own, in the program's frame, or in a map's element. */
import type { LocalId, MapId } from "../check/typed-program.js";
import type { Variable } from "../ir/builder.js";
import type { ValueId } from "../ir/ir.js";
import { irPtr } from "../ir/types.js";
import type { Memory } from "../lang/lowering/context.js";
import { alignOf, sizeOf } from "../types/layout.js";
import type { FunctionLowering } from "./function.js";
import { storeScalar } from "./memory.js";
import { asAlign, isScalar, pointerType } from "./scalars.js";
import type { Temporaries } from "./temporaries.js";

export type Binding =
  | { readonly kind: "variable"; readonly variable: Variable }
  | { readonly kind: "memory"; readonly at: () => Memory }
  /** Key and value of the map element a loop is at. */
  | { readonly kind: "pair"; readonly key: () => Memory; readonly value: () => Memory; readonly map: MapId };

/** Ids of locals that the checker does not know, counted from above all of its own. */
const FIRST_HIDDEN = 1 << 20;

export class Locals {
  private readonly bindings = new Map<LocalId, Binding>();
  /** In memory of this function alone, and zero at first. */
  private readonly zeroed: { readonly at: () => Memory; readonly size: number }[] = [];
  private nextHidden = FIRST_HIDDEN;

  constructor(
    private readonly f: FunctionLowering,
    private readonly temporaries: Temporaries,
  ) {}

  /** A callback sees the loop variables of the callbacks around it, through their pointers in the frame. */
  inherit(outer: Locals): void {
    const { f } = this;
    for (const [local, binding] of outer.bindings) {
      const place = f.probe.places.get(local);
      if (binding.kind !== "pair" || place === undefined) continue;
      const pointer = (at: number) => (): Memory => {
        const base = f.b.load(f.frame(), place.offset + at, 8, { type: irPtr("map_value") });
        return { kind: "memory", base, offset: 0, align: 8 };
      };
      this.bind(local, {
        ...binding,
        key: pointer(0),
        value: pairValue(f, binding.map, pointer(0), pointer(8)),
      });
    }
  }

  /** Locals in memory start as zeroes; called in the function's first block. */
  zero(): void {
    for (const { at, size } of this.zeroed) {
      const place = at();
      this.f.b.zero(place.base, place.offset, size);
    }
  }

  bind(local: LocalId, binding: Binding): void {
    this.bindings.set(local, binding);
  }

  /** A local that names a place already known. */
  bindMemory(at: Memory): LocalId {
    const id = this.nextHidden++ as LocalId;
    this.bindings.set(id, { kind: "memory", at: () => at });
    return id;
  }

  binding(id: LocalId): Binding {
    const known = this.bindings.get(id);
    if (known !== undefined) return known;
    const made = this.makeBinding(id);
    this.bindings.set(id, made);
    return made;
  }

  private makeBinding(id: LocalId): Binding {
    const { f } = this;
    const place = f.probe.places.get(id);
    if (place !== undefined) {
      const at = (): Memory => ({
        kind: "memory",
        base: place.area === "frame" ? f.frame() : f.scratchBase(),
        offset: place.offset,
        align: place.align,
      });
      return { kind: "memory", at };
    }
    const local = f.probe.local(id);
    if (isScalar(local.type) && !local.addressed)
      return { kind: "variable", variable: f.b.declareVariable(pointerType(local.type)) };
    const size = sizeOf(local.type);
    const piece = this.temporaries.allocate(size, asAlign(alignOf(local.type)), local.name);
    const at = (): Memory => this.temporaries.at(piece);
    this.zeroed.push({ at, size });
    return { kind: "memory", at };
  }

  /** Stores a scalar into the local's memory; what callbacks share is blurred. */
  store(local: LocalId, at: Memory, value: ValueId): void {
    const { f } = this;
    const { type } = f.probe.local(local);
    const shared = f.probe.places.get(local)?.area === "frame" && type.kind !== "pointer";
    storeScalar(f, at, type, shared ? f.blurred(value) : value);
  }
}

/** The value of the element a loop is at: an aggregation's rows of all CPUs are made one number. */
export function pairValue(
  f: FunctionLowering,
  map: MapId,
  key: () => Memory,
  value: () => Memory,
): () => Memory {
  const plan = f.map(map);
  if (plan.value.kind !== "aggregate") return value;
  return () => {
    const at = f.temp(8);
    f.b.store(at.base, at.offset, 8, f.rules.aggregate(f, plan, key()));
    return at;
  };
}
