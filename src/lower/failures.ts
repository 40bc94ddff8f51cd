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

const READS = /^probe_read(_kernel|_user)?(_str)?$/;

/**
 * With -k a read that fails is told each time, by an event: those who ask want to see which of many it was. Helpers
 * that write are told without being asked, see above.
 */
export function watchReads(f: FunctionLowering): void {
  const { b } = f;
  if (!f.probe.module.program.helperErrors) return;
  b.watchHelpers = (name, result) => {
    if (READS.test(name)) f.when(b.compare("slt", result, b.constInt(0)), () => helperError(f, name, result));
  };
}

/** With -k, a lookup that found nothing. */
export function lookupFailed(f: FunctionLowering): void {
  if (f.probe.module.program.helperErrors) helperError(f, "map_lookup_elem", f.b.constInt(0));
}

function helperError(f: FunctionLowering, name: string, result: ValueId): void {
  f.send({ kind: "helper_error", format: name, args: [f.number(result)] }, f.b.place ?? f.probe.probe.span);
}

/** Counts an event that found the ring full: exactly, on whatever CPU. */
export function countLost(f: FunctionLowering): void {
  const { b } = f;
  b.atomic("add", 8, b.mapValueAddr(f.probe.module.counters(), 0), 0, b.constInt(1));
}
