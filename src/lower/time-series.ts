/**
 * tseries: a ring of slots {value, meta, epoch}, one an interval. Time cut into intervals gives the epoch, the epoch
 * modulo their number the slot; a slot of an older epoch starts anew. `runtime/tseries.c` combines the CPUs' rows.
 */
import type { ValueId } from "../ir/ir.js";
import { TSERIES_SLOT } from "../lang/aggregations.js";
import type { Aggregate } from "../types/type.js";
import { beats } from "./aggregate-read.js";
import type { FunctionLowering } from "./function.js";

type TimeSeries = Extract<Aggregate, { readonly function: "tseries" }>;

const VALUE = 0;
const META = 8;
const EPOCH = 16;

/** [epoch, slot, time] of a time. */
export function epoch(f: FunctionLowering, a: TimeSeries, [time]: readonly ValueId[]): readonly ValueId[] {
  const { b } = f;
  if (time === undefined) return [];
  const number = b.arith("udiv", time, b.constInt(a.intervalNs));
  return [number, b.arith("umod", number, b.constInt(a.intervals)), time];
}

/** Puts [value, epoch, slot, time] into a row. */
export function record(f: FunctionLowering, a: TimeSeries, row: ValueId, values: readonly ValueId[]): void {
  const { b } = f;
  const [value, number, index, time] = values;
  if (value === undefined || number === undefined || index === undefined || time === undefined) return;
  // Never false; it shows the verifier that the slot lies within the row.
  f.when(b.compare("ult", index, b.constInt(a.intervals)), () => {
    const slot = b.ptrAdd(row, b.arith("mul", index, b.constInt(TSERIES_SLOT)));
    f.when(b.compare("ne", b.load(slot, EPOCH, 8), number), () => {
      b.store(slot, VALUE, 8, b.constInt(0));
      b.store(slot, META, 8, b.constInt(0));
      b.store(slot, EPOCH, 8, number);
    });
    put(f, a, slot, value, time);
  });
}

/** meta: when the value came; of averages how many there are; else whether there is one. */
function put(f: FunctionLowering, a: TimeSeries, slot: ValueId, value: ValueId, time: ValueId): void {
  const { b } = f;
  const sum = (): void => b.store(slot, VALUE, 8, b.arith("add", b.load(slot, VALUE, 8), value));
  switch (a.reduce) {
    case "none":
      b.store(slot, VALUE, 8, value);
      return b.store(slot, META, 8, time);
    case "avg":
      sum();
      return b.store(slot, META, 8, b.arith("add", b.load(slot, META, 8), b.constInt(1)));
    case "sum":
      sum();
      return b.store(slot, META, 8, b.constInt(1));
    case "min":
    case "max": {
      const better = b.compare(beats(a.reduce, a.signed), value, b.load(slot, VALUE, 8));
      const first = b.compare("eq", b.load(slot, META, 8), b.constInt(0));
      f.when(b.arith("or", better, first), () => b.store(slot, VALUE, 8, value));
      return b.store(slot, META, 8, b.constInt(1));
    }
  }
}
