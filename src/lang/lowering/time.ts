/** Clocks. */
import type { ValueId } from "../../ir/ir.js";
import { type BuiltinLowering, type LoweringContext, operand } from "./context.js";

const CLOCKS: Readonly<Record<string, string>> = {
  boot: "ktime_get_boot_ns",
  monotonic: "ktime_get_ns",
  tai: "ktime_get_tai_ns",
  sw_tai: "ktime_get_boot_ns",
};

function now(f: LoweringContext, clock: string): ValueId {
  const time = f.b.helper(CLOCKS[clock] ?? "ktime_get_boot_ns", []);
  if (clock !== "sw_tai") return time;
  // What lies between the two clocks, as the loader measured it at the start.
  const offset = f.state(STATE_TAI_OFFSET);
  return f.b.arith("add", time, f.b.load(offset.base, offset.offset, 8));
}

/** In `runtime.state` (src/object/manifest.ts). */
const STATE_TAI_OFFSET = 16;

export const timeLowerings: Record<string, BuiltinLowering> = {
  nsecs: { scalar: (f, call) => now(f, call.text ?? "boot"), straight: true },
  /** Since the loader wrote its boot time into `runtime.state`, before it attached the first probe. */
  elapsed: {
    scalar: (f) => {
      const start = f.state(0);
      return f.b.arith("sub", now(f, "boot"), f.b.load(start.base, start.offset, 8));
    },
    straight: true,
  },
  strftime: { scalar: (f, call) => f.scalar(operand(call, 0)), straight: true },
};
