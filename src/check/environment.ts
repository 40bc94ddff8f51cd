/** What inference knows so far of maps and variables. It only grows; `changed` tells whether to go round again. */
import type { MapDeclaration } from "../ast/ast.js";
import type { NodeId } from "../base/ids.js";
import type { Span } from "../base/span.js";
import { promote, typeKey } from "../types/compat.js";
import type { PointerSpace, Type } from "../types/type.js";
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
}

/** Type of one variable, of one probe. */
export interface VariableState {
  type: Type | undefined;
  /** Written in its `let`: other types convert to it, it never grows. */
  fixed: boolean;
  poisoned?: boolean;
  /** Where an address kept in it points, if that is known: integers forget. */
  space?: PointerSpace;
}

export class Environment {
  readonly maps = new Map<string, MapState>();
  private readonly variables = new Map<string, VariableState>();
  changed = false;

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

  /** `current` with room for `next`; undefined if they do not go together. */
  private grown(current: Type | undefined, next: Type): Type | undefined {
    const type = current === undefined ? next : promote(current, next);
    if (type !== undefined && (current === undefined || typeKey(type) !== typeKey(current)))
      this.changed = true;
    return type;
  }

  /** Each returns false when the types do not go together; the state then stays. */
  growVariable(state: VariableState, type: Type): boolean {
    if (state.fixed) return true;
    const grown = this.grown(state.type, type);
    if (grown === undefined) return false;
    state.type = grown;
    return true;
  }

  growValue(state: MapState, type: Type): boolean {
    const grown = this.grown(state.value, type);
    if (grown === undefined) return false;
    state.value = grown;
    return true;
  }

  growKey(state: MapState, type: Type): boolean {
    const grown = this.grown(state.key, type);
    if (grown === undefined) return false;
    state.key = grown;
    return true;
  }
}
