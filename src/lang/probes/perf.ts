/** Events of the perf subsystem: software and hardware. Numbers: include/uapi/linux/perf_event.h. */
import type { AttachPoint } from "../../ast/ast.js";
import { didYouMean } from "../../diag/suggest.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { perfContext } from "./perf-context.js";
import { parseCount } from "./timed.js";

interface PerfEvent {
  readonly config: number;
  /** Period when the script gives none: bpftrace's own defaults. */
  readonly period: bigint;
}

const SOFTWARE: Readonly<Record<string, PerfEvent>> = {
  "cpu-clock": { config: 0, period: 1_000_000n },
  cpu: { config: 0, period: 1_000_000n },
  "task-clock": { config: 1, period: 1_000_000n },
  "page-faults": { config: 2, period: 100n },
  faults: { config: 2, period: 100n },
  "context-switches": { config: 3, period: 1000n },
  cs: { config: 3, period: 1000n },
  "cpu-migrations": { config: 4, period: 1n },
  "minor-faults": { config: 5, period: 100n },
  "major-faults": { config: 6, period: 1n },
  "alignment-faults": { config: 7, period: 1n },
  "emulation-faults": { config: 8, period: 1n },
  dummy: { config: 9, period: 1n },
  "bpf-output": { config: 10, period: 1n },
};

const HARDWARE: Readonly<Record<string, PerfEvent>> = {
  "cpu-cycles": { config: 0, period: 1_000_000n },
  cycles: { config: 0, period: 1_000_000n },
  instructions: { config: 1, period: 1_000_000n },
  "cache-references": { config: 2, period: 1_000_000n },
  "cache-misses": { config: 3, period: 1_000_000n },
  "branch-instructions": { config: 4, period: 100_000n },
  branches: { config: 4, period: 100_000n },
  "branch-misses": { config: 5, period: 100_000n },
  "bus-cycles": { config: 6, period: 100_000n },
  "frontend-stalls": { config: 7, period: 1_000_000n },
  "backend-stalls": { config: 8, period: 1_000_000n },
  "ref-cycles": { config: 9, period: 1_000_000n },
};

const MOST_PERIOD = (1n << 64n) - 1n;

function expand(
  point: AttachPoint,
  context: ProviderContext,
  provider: "software" | "hardware",
  type: number,
  events: Readonly<Record<string, PerfEvent>>,
): readonly ExpandedProbe[] {
  const [name = "", count = ""] = point.parts.map((part) => part.text);
  const event = Object.hasOwn(events, name) ? events[name] : undefined;
  if (point.parts.length > 2 || name === "") {
    const message = `${provider} probe type requires 1 or 2 arguments, found ${point.parts.length}`;
    context.error("TB4002", message, point.span, `write ${provider}:EVENT[:COUNT]`);
    return [];
  }
  if (event === undefined) {
    context.error(
      "TB4007",
      `${name} is not a ${provider} probe`,
      point.span,
      didYouMean(name, Object.keys(events)),
    );
    return [];
  }
  // None and 0 are the event's own.
  const period = count === "" || parseCount(count) === 0n ? event.period : parseCount(count);
  if (period === undefined || period > MOST_PERIOD) {
    const why =
      period === undefined
        ? `Invalid count for ${provider} probe: invalid integer: ${count}`
        : `Invalid count for ${provider} probe: overflow error, maximum value is ${MOST_PERIOD}: ${count}`;
    context.error("TB4002", why, point.span, "the count says at which events it fires: every so many");
    return [];
  }
  return [
    {
      provider,
      name: `${provider}:${name}:${count}`,
      type: provider,
      section: "perf_event",
      context: "perf_event",
      attach: { kind: "perf", type, config: `${event.config}`, period: `${period}` },
      space: "kernel",
      ctx: perfContext(context),
    },
  ];
}

export const software: ProviderEntry = {
  name: "software",
  aliases: ["s"],
  forms: ["software:EVENT", "software:EVENT:COUNT"],
  doc: "Counts the kernel's software events; fires once every COUNT.",
  example: "software:faults:100 { @[comm] = count(); } interval:s:1 { exit(); }",
  expand: (point, context) => expand(point, context, "software", 1, SOFTWARE),
  list: () => Object.keys(SOFTWARE).map((name) => `${name}:`),
  listedAlways: true,
  countsLast: true,
};

export const hardware: ProviderEntry = {
  name: "hardware",
  aliases: ["h"],
  forms: ["hardware:EVENT", "hardware:EVENT:COUNT"],
  doc: "Counts the processor's events; fires once every COUNT.",
  example: "hardware:cache-misses:1e6 { @[pid] = count(); } interval:s:1 { exit(); }",
  expand: (point, context) => expand(point, context, "hardware", 0, HARDWARE),
  list: () => Object.keys(HARDWARE).map((name) => `${name}:`),
  listedAlways: true,
  countsLast: true,
};
