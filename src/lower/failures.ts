/**
 * What can go wrong in a running program without ending it: a map that is full, a division by zero. A program that
 * fails a million times a second must not drown what the script prints, so a failure is no event: it leaves its trace
 * in a word of the runtime's counters, which the loader looks at now and then, and tells of once for each place.
 */
import type { Span } from "../base/span.js";
import type { ValueId } from "../ir/ir.js";
import type { FunctionLowering } from "./function.js";
import type { FailureKind } from "./module.js";

/** Notes a failure at `span`; `code` is what the helper returned. Three instructions. */
export function fail(f: FunctionLowering, what: FailureKind, span: Span | undefined, code?: ValueId): void {
  const { b, probe } = f;
  const offset = probe.module.failure(what, span ?? probe.probe.span);
  b.store(b.mapValueAddr(probe.module.counters(), offset), 0, 8, code ?? b.constInt(1));
}

/** Counts an event that found the ring full: exactly, on whatever CPU. */
export function countLost(f: FunctionLowering): void {
  const { b } = f;
  b.atomic("add", 8, b.mapValueAddr(f.probe.module.counters(), 0), 0, b.constInt(1));
}
