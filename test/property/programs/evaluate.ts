/**
 * Runs a typed program directly, without IR, instructions or a machine: the meaning the compiled code is compared
 * with. Only what `generate.ts` writes; anything else is an error, never a guess.
 */
import type {
  LocalId,
  MapId,
  Place,
  TypedArithmetic,
  TypedComparison,
  TypedExpression,
  TypedProbe,
  TypedProgram,
  TypedStatement,
} from "../../../src/check/typed-program.js";
import { histBucket, histBuckets, lhistBucket, lhistBuckets } from "../../../src/types/buckets.js";
import type { Aggregate, Type } from "../../../src/types/type.js";

/** Numbers, bools; text; tuples. Aggregations: their row, combined over all CPUs. */
export type Value = bigint | string | readonly Value[];

/** Elements by their key's text; keyless maps have the one key "". */
export type MapContents = Map<string, Value>;

/** Contents of all maps after every probe ran once, in order. */
export function evaluate(program: TypedProgram): readonly MapContents[] {
  const maps = program.maps.map((): MapContents => new Map());
  for (const probe of program.probes) new Run(program, probe, maps).run();
  return maps;
}

export function keyText(value: Value): string {
  return typeof value === "object" ? value.map(keyText).join(",") : String(value);
}

type Outcome = "next" | "break" | "continue" | "return";

/** Enough for every generated program; a program that needs more does not end. */
const mostRounds = 100_000;

class Run {
  private readonly locals = new Map<LocalId, Value>();
  private rounds = 0;

  constructor(
    private readonly program: TypedProgram,
    private readonly probe: TypedProbe,
    private readonly maps: readonly MapContents[],
  ) {}

  run(): void {
    if (this.probe.predicate !== undefined && this.number(this.probe.predicate) === 0n) return;
    this.statements(this.probe.body);
  }

  // ---------------------------------------------------------------------------------------------- statements

  private statements(list: readonly TypedStatement[]): Outcome {
    for (const s of list) {
      const outcome = this.statement(s);
      if (outcome !== "next") return outcome;
    }
    return "next";
  }

  private statement(s: TypedStatement): Outcome {
    switch (s.kind) {
      case "expression":
        if (s.value.type.kind === "void" && s.value.kind !== "call") return "next";
        this.value(s.value);
        return "next";
      case "set_local":
        this.locals.set(s.local, this.value(s.value));
        return "next";
      case "set_map": {
        const value = this.value(s.value);
        this.contents(s.map).set(this.key(s.key), value);
        return "next";
      }
      case "aggregate": {
        const operands = s.args.map((arg) => this.number(arg));
        this.aggregate(s.map, this.key(s.key), operands);
        return "next";
      }
      case "if":
        return this.statements(this.number(s.condition) === 0n ? s.otherwise : s.then);
      case "while":
        return this.loop(() => this.number(s.condition) !== 0n, s.body);
      case "unroll": {
        let left = this.number(s.count);
        return this.loop(() => left-- > 0n, s.body);
      }
      case "for_range": {
        const [from, to] = [this.number(s.from), this.number(s.to)];
        let next = from;
        const type = this.localType(s.local);
        return this.loop(() => {
          if (next >= to) return false;
          this.locals.set(s.local, wrap(next++, type));
          return true;
        }, s.body);
      }
      case "break":
      case "continue":
        return s.kind;
      case "return":
        return "return";
      case "block":
        return this.statements(s.body);
      case "for_map":
        throw new Error("for over maps is not evaluated");
    }
  }

  private loop(goesOn: () => boolean, body: readonly TypedStatement[]): Outcome {
    while (goesOn()) {
      if (this.rounds++ > mostRounds) throw new Error("the program does not end");
      const outcome = this.statements(body);
      if (outcome === "break") break;
      if (outcome === "return") return outcome;
    }
    return "next";
  }

  private localType(local: LocalId): Type {
    const found = this.probe.locals[local];
    if (found === undefined) throw new Error(`no local ${local}`);
    return found.type;
  }

  // ---------------------------------------------------------------------------------------------------- maps

  private contents(map: MapId): MapContents {
    const found = this.maps[map];
    if (found === undefined) throw new Error(`no map ${map}`);
    return found;
  }

  private mapType(map: MapId): Type {
    const found = this.program.maps[map];
    if (found === undefined) throw new Error(`no map ${map}`);
    return found.value;
  }

  private key(key: TypedExpression | undefined): string {
    return key === undefined ? "" : keyText(this.value(key));
  }

  private element(map: MapId, key: string): Value {
    const type = this.mapType(map);
    if (type.kind === "aggregate") throw new Error("aggregations are not read back");
    return this.contents(map).get(key) ?? emptyOf(type);
  }

  private aggregate(map: MapId, key: string, [value = 1n]: readonly bigint[]): void {
    const type = this.mapType(map);
    if (type.kind !== "aggregate") throw new Error("no aggregation");
    const contents = this.contents(map);
    contents.set(key, added(type.aggregate, contents.get(key), value));
  }

  // --------------------------------------------------------------------------------------------- expressions

  private number(e: TypedExpression): bigint {
    const value = this.value(e);
    if (typeof value !== "bigint") throw new Error(`${e.kind} gives no number`);
    return value;
  }

  private value(e: TypedExpression): Value {
    switch (e.kind) {
      case "constant":
        return wrap(e.value, e.type);
      case "string":
        return fitted(new TextDecoder().decode(e.bytes), e.type);
      case "local":
        return this.locals.get(e.local) ?? emptyOf(this.localType(e.local));
      case "map":
        return this.element(e.map, this.key(e.key));
      case "convert":
        return converted(this.value(e.value), e.type);
      case "negate":
        return wrap(-this.number(e.value), e.type);
      case "invert":
        return wrap(~this.number(e.value), e.type);
      case "not":
        return truth(this.number(e.value) === 0n);
      case "arithmetic":
        return arithmetic(e.operator, this.number(e.left), this.number(e.right), e.type);
      case "compare":
        return truth(compare(e.operator, this.value(e.left), this.value(e.right)));
      case "logical":
        if ((this.number(e.left) !== 0n) === (e.operator === "||")) return truth(e.operator === "||");
        return truth(this.number(e.right) !== 0n);
      case "ternary":
        return this.value(this.number(e.condition) === 0n ? e.otherwise : e.then);
      case "step": {
        const place = this.place(e.target);
        const old = place.read();
        const fresh = wrap(old + e.step, e.type);
        place.write(fresh);
        return e.result === "before" ? old : fresh;
      }
      case "update": {
        const operand = this.number(e.value);
        const place = this.place(e.target);
        const fresh = arithmetic(e.operator, place.read(), operand, e.type);
        place.write(fresh);
        return fresh;
      }
      case "tuple":
        return e.elements.map((element) => this.value(element));
      case "element": {
        const tuple = this.value(e.tuple);
        const found = typeof tuple === "object" ? tuple[e.index] : undefined;
        if (found === undefined) throw new Error("no such element");
        return found;
      }
      case "block":
        this.statements(e.body);
        return this.value(e.result);
      case "call":
        return this.call(e);
      case "dereference":
      case "field":
      case "index":
      case "pointer_add":
      case "address_of":
        throw new Error(`${e.kind} is not evaluated`);
    }
  }

  /** Its key is evaluated once. */
  private place(place: Place): { read(): bigint; write(value: Value): void } {
    const number = (value: Value): bigint => {
      if (typeof value !== "bigint") throw new Error("steps are for numbers");
      return value;
    };
    if (place.kind === "local") {
      const { local } = place;
      return {
        read: () => number(this.locals.get(local) ?? emptyOf(this.localType(local))),
        write: (value) => this.locals.set(local, value),
      };
    }
    const key = this.key(place.key);
    return {
      read: () => number(this.element(place.map, key)),
      write: (value) => this.contents(place.map).set(key, value),
    };
  }

  private call({ call }: TypedExpression & { readonly kind: "call" }): Value {
    if (call.map === undefined) throw new Error(`${call.name} is not evaluated`);
    const key = this.key(call.args[0]);
    if (call.name === "has_key") return truth(this.contents(call.map).has(key));
    if (call.name === "delete") return truth(this.contents(call.map).delete(key));
    throw new Error(`${call.name} is not evaluated`);
  }
}

// --------------------------------------------------------------------------------------------------- values

function truth(is: boolean): bigint {
  return is ? 1n : 0n;
}

function emptyOf(type: Type): Value {
  if (type.kind === "string") return "";
  return type.kind === "tuple" ? type.elements.map(emptyOf) : 0n;
}

function wrap(value: bigint, type: Type): bigint {
  if (type.kind === "bool") return truth(value !== 0n);
  if (type.kind !== "int") throw new Error(`${type.kind} is no number`);
  return type.signed ? BigInt.asIntN(type.bits, value) : BigInt.asUintN(type.bits, value);
}

function fitted(text: string, type: Type): string {
  if (type.kind !== "string") throw new Error(`${type.kind} is no string`);
  return text.slice(0, type.size - 1);
}

function converted(value: Value, type: Type): Value {
  if (typeof value === "bigint") return wrap(value, type);
  if (typeof value === "string") return fitted(value, type);
  if (type.kind !== "tuple") throw new Error(`a tuple becomes ${type.kind}`);
  return value.map((element, i) => converted(element, type.elements[i] ?? type));
}

/** 8 and 16 bits are computed in 32; a shift's count is taken modulo the width computed in; by zero gives 1, as in bpftrace. */
function arithmetic(operator: TypedArithmetic, left: bigint, right: bigint, type: Type): bigint {
  if (type.kind !== "int") throw new Error(`arithmetic on ${type.kind}`);
  const count = BigInt.asUintN(64, right) % (type.bits === 64 ? 64n : 32n);
  switch (operator) {
    case "+":
      return wrap(left + right, type);
    case "-":
      return wrap(left - right, type);
    case "*":
      return wrap(left * right, type);
    case "/":
      return right === 0n ? 1n : wrap(left / right, type);
    case "%":
      return right === 0n ? 1n : wrap(left % right, type);
    case "&":
      return wrap(left & right, type);
    case "|":
      return wrap(left | right, type);
    case "^":
      return wrap(left ^ right, type);
    case "<<":
      return wrap(left << count, type);
    case ">>":
      return wrap(left >> count, type);
  }
}

function compare(operator: TypedComparison, left: Value, right: Value): boolean {
  if (operator === "==" || operator === "!=") {
    return isSame(left, right) === (operator === "==");
  }
  switch (operator) {
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
  }
}

function isSame(left: Value, right: Value): boolean {
  if (typeof left !== "object" || typeof right !== "object") return left === right;
  return left.every((element, i) => isSame(element, right[i] ?? 0n));
}

/** The row after one more value: total, or extreme, or total and count, or buckets. */
function added(aggregate: Aggregate, row: Value | undefined, value: bigint): Value {
  const list = typeof row === "object" ? (row as readonly bigint[]) : undefined;
  const signed = (sum: bigint): bigint => BigInt.asIntN(64, sum);
  switch (aggregate.function) {
    case "count":
      return ((row as bigint | undefined) ?? 0n) + 1n;
    case "sum":
      return signed(((row as bigint | undefined) ?? 0n) + value);
    case "min":
      return row === undefined || value < (row as bigint) ? value : row;
    case "max":
      return row === undefined || value > (row as bigint) ? value : row;
    case "avg":
    case "stats":
      return [signed((list?.[0] ?? 0n) + value), (list?.[1] ?? 0n) + 1n];
    case "hist":
      return counted(list, histBuckets(aggregate.bits), histBucket(value, aggregate.bits));
    case "lhist": {
      const { min, max, step } = aggregate;
      return counted(list, lhistBuckets(min, max, step), lhistBucket(value, min, max, step));
    }
    case "tseries":
      throw new Error("tseries is not evaluated");
  }
}

function counted(row: readonly bigint[] | undefined, buckets: number, at: number): readonly bigint[] {
  return Array.from({ length: buckets }, (_, i) => (row?.[i] ?? 0n) + (i === at ? 1n : 0n));
}
