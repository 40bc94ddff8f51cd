/**
 * Loops that become callbacks are functions of their own. A local used by more than one of a probe's functions
 * must live in memory they all reach; this file finds those locals, and decides which loops are callbacks.
 */
import { nodesOf } from "./walk.js";
import type { LocalId, Place, TypedExpression, TypedProbe, TypedStatement } from "../check/typed-program.js";

/**
 * Loops whose rounds are known are plain branches while rounds times forks of the body are at most so many: the
 * verifier walks through every round, and each fork may double its ways. Cheaper than a callback, when small.
 */
const NATIVE_STEPS = 24n;

/** Rounds known at compile time. */
export function constantRounds(s: TypedStatement): bigint | undefined {
  if (s.kind === "unroll") return s.count.kind === "constant" ? s.count.value : undefined;
  if (s.kind !== "for_range" || s.from.kind !== "constant" || s.to.kind !== "constant") return undefined;
  return s.to.value > s.from.value ? s.to.value - s.from.value : 0n;
}

export function isCallbackLoop(s: TypedStatement): boolean {
  switch (s.kind) {
    case "while":
    case "for_map":
      return true;
    case "unroll":
    case "for_range": {
      const rounds = constantRounds(s);
      return rounds === undefined || rounds * (1n + forks(s.body)) > NATIVE_STEPS;
    }
    default:
      return false;
  }
}

/** Places in a body where the way parts: conditions, and what may be missing. A callback within is too much anyway. */
function forks(body: readonly TypedStatement[]): bigint {
  let count = 0n;
  for (const { statement, expression } of nodesOf(body)) {
    if (expression !== undefined) count += isFork(expression) ? 1n : 0n;
    else if (isCallbackLoop(statement)) return NATIVE_STEPS;
    else if (statement.kind === "unroll" || statement.kind === "for_range")
      count += constantRounds(statement) ?? 0n;
    else if (statement.kind === "if" || statement.kind === "set_map" || statement.kind === "aggregate")
      count++;
  }
  return count;
}

function isFork(e: TypedExpression): boolean {
  switch (e.kind) {
    case "ternary":
    case "logical":
    case "map":
    case "call":
      return true;
    case "step":
    case "update":
      return e.target.kind === "map";
    default:
      return false;
  }
}

/** Locals of the probe that more than one function touches, or whose address is taken. */
export function capturedLocals(probe: TypedProbe): ReadonlySet<LocalId> {
  const finder = new Finder();
  if (probe.predicate !== undefined) finder.expression(probe.predicate);
  finder.statements(probe.body);
  const shared = [...finder.users].filter(([, users]) => users.size > 1).map(([local]) => local);
  return new Set(shared);
}

class Finder {
  readonly users = new Map<LocalId, Set<number>>();
  private current = 0;
  private functions = 0;

  private use(local: LocalId): void {
    const users = this.users.get(local) ?? new Set<number>();
    users.add(this.current);
    this.users.set(local, users);
  }

  statements(list: readonly TypedStatement[]): void {
    for (const s of list) this.statement(s);
  }

  private inside(callback: boolean, walk: () => void): void {
    const outer = this.current;
    if (callback) this.current = ++this.functions;
    walk();
    this.current = outer;
  }

  private statement(s: TypedStatement): void {
    switch (s.kind) {
      case "expression":
        return this.expression(s.value);
      case "set_local":
        this.use(s.local);
        return this.expression(s.value);
      case "set_map":
        return this.all([s.key, s.value]);
      case "aggregate":
        return this.all([s.key, ...s.args]);
      case "if":
        this.expression(s.condition);
        this.statements(s.then);
        return this.statements(s.otherwise);
      case "while":
        return this.inside(true, () => {
          this.expression(s.condition);
          this.statements(s.body);
        });
      case "unroll":
        this.expression(s.count);
        return this.inside(isCallbackLoop(s), () => this.statements(s.body));
      case "for_range":
        this.all([s.from, s.to]);
        return this.inside(isCallbackLoop(s), () => {
          this.use(s.local);
          this.statements(s.body);
        });
      case "for_map":
        return this.inside(true, () => {
          this.use(s.local);
          this.statements(s.body);
        });
      case "return":
        return this.all([s.value]);
      case "block":
        return this.statements(s.body);
      case "break":
      case "continue":
        return;
    }
  }

  private all(list: readonly (TypedExpression | undefined)[]): void {
    for (const e of list) if (e !== undefined) this.expression(e);
  }

  private place(place: Place): void {
    if (place.kind === "local") this.use(place.local);
    else this.all([place.key]);
  }

  expression(e: TypedExpression): void {
    switch (e.kind) {
      case "constant":
      case "string":
        return;
      case "local":
        return this.use(e.local);
      case "map":
        return this.all([e.key]);
      case "convert":
      case "negate":
      case "invert":
      case "not":
        return this.expression(e.value);
      case "arithmetic":
      case "compare":
      case "logical":
        return this.all([e.left, e.right]);
      case "ternary":
        return this.all([e.condition, e.then, e.otherwise]);
      case "step":
      case "address_of":
        return this.place(e.target);
      case "update":
        this.place(e.target);
        return this.expression(e.value);
      case "dereference":
        return this.expression(e.pointer);
      case "field":
        return this.expression(e.object);
      case "index":
        return this.all([e.array, e.index]);
      case "pointer_add":
        return this.all([e.pointer, e.index]);
      case "tuple":
        return this.all(e.elements);
      case "element":
        return this.expression(e.tuple);
      case "call":
        return this.all(e.call.args);
      case "block":
        this.statements(e.body);
        return this.expression(e.result);
    }
  }
}
