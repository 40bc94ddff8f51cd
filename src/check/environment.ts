/** What inference knows so far of maps and variables. It only grows; `changed` tells whether to go round again. */
import type { MapDeclaration } from "../ast/ast.js";
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import { promote, typeKey } from "../types/compat.js";
import { int64, type PointerSpace, type Type } from "../types/type.js";
import type { MapId } from "./typed-program.js";

export interface MapState {
  readonly id: MapId;
  /** With the `@`. */
  readonly name: string;
  /** First use. */
  readonly span: Span;
  readonly declaration: MapDeclaration | undefined;
  /** Undefined: not seen with or without brackets yet. */
  keyed: boolean | undefined;
  key: Type | undefined;
  value: Type | undefined;
  /** What was assigned had an error of its own: not to be reported again as an unknown type. */
  poisoned?: boolean;
  /** That its declaration does not fit was said. */
  kindReported?: boolean;
  /** Its value was asked for when nothing was known of it. */
  read?: boolean;
  /** Nothing is ever assigned to it: it reads as the number 0. */
  assumed?: boolean;
  /** A compile-time branch hangs on it: it must not grow any more. */
  keyLocked?: boolean;
  valueLocked?: boolean;
}

/** Type of one variable, of one probe. */
export interface VariableState {
  type: Type | undefined;
  /** Written in its `let`: other types convert to it, it never grows. */
  fixed: boolean;
  poisoned?: boolean;
  locked?: boolean;
  /** Declared `string`: of what length is learnt from what is assigned. */
  text?: boolean;
  /** Where an address kept in it points, if that is known: integers forget. */
  space?: PointerSpace;
}

/** Rounds after which a type that still grows is helped along. */
const PATIENCE = 8;

export class Environment {
  readonly maps = new Map<string, MapState>();
  private readonly variables = new Map<string, VariableState>();
  changed = false;
  /** Nothing grows any more: `comptime` conditions that ask for types are answered. */
  deciding = false;
  /** Answers given, by probe and node: they stand, whatever grows later. */
  readonly decisions = new Map<string, boolean>();
  /** Rounds of inference so far. */
  rounds = 0;

  /**
   * Maps whose values are asked for, and of which nothing else is known when all other types are, are numbers: those
   * with values made of their own (scripts add up that way) and those that nothing is assigned to. True if there was one.
   */
  settleUnknown(): boolean {
    for (const state of this.maps.values()) {
      if (state.value !== undefined || state.read !== true) continue;
      // Until an assignment is met.
      state.assumed = true;
      this.growValue(state, int64);
    }
    return this.changed;
  }

  /**
   * Is it too early to work with what is known of a variable or map? Plain assignments come first: after `@ = 1` and
   * `@ = nsecs`, `@ += 5` adds without a sign, wherever the three stand.
   */
  isLearning(type: Type | undefined): boolean {
    const early =
      this.rounds === 1 && (type === undefined || (type.kind === "int" && type.flexible === true));
    if (early) this.changed = true;
    return early;
  }

  map(name: string, span: Span, declaration?: MapDeclaration): MapState {
    let state = this.maps.get(name);
    if (state === undefined) {
      state = {
        id: this.maps.size as MapId,
        name,
        span,
        declaration,
        keyed: undefined,
        key: undefined,
        value: undefined,
      };
      this.maps.set(name, state);
      this.changed = true;
    }
    return state;
  }

  /** A variable by the node that declares it, within one probe. */
  variable(probe: number, declaration: NodeId): VariableState {
    const key = `${probe}:${declaration}`;
    let state = this.variables.get(key);
    if (state === undefined) {
      state = { type: undefined, fixed: false };
      this.variables.set(key, state);
    }
    return state;
  }

  /** A string that grows round after round (`$a = str_concat("x", $a)`) takes longer strides, to reach its limit soon. */
  private widened(current: Type, grown: Type | undefined): Type | undefined {
    if (this.rounds < PATIENCE || grown?.kind !== "string" || typeKey(grown) === typeKey(current))
      return grown;
    return { kind: "string", size: 2 ** Math.ceil(Math.log2(grown.size)) };
  }

  /** `current` with room for `next`; undefined if they do not go together. */
  private grown(current: Type | undefined, next: Type, locked: boolean | undefined): Type | undefined {
    const type = current === undefined ? next : this.widened(current, promote(current, next));
    if (type === undefined || (current !== undefined && typeKey(type) === typeKey(current))) return type;
    if (locked === true) return undefined;
    this.changed = true;
    return type;
  }

  /** Each returns false when the types do not go together; the state then stays. */
  growVariable(state: VariableState, type: Type): boolean {
    if (state.fixed) return true;
    const grown = this.grown(state.type, type, state.locked);
    if (grown === undefined) return false;
    state.type = grown;
    return true;
  }

  growValue(state: MapState, type: Type): boolean {
    const grown = this.grown(state.value, type, state.valueLocked);
    if (grown === undefined) return false;
    state.value = grown;
    return true;
  }

  growKey(state: MapState, type: Type): boolean {
    const grown = this.grown(state.key, type, state.keyLocked);
    if (grown === undefined) return false;
    state.key = grown;
    return true;
  }
}
