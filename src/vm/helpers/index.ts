/** The behaviour of every helper the machine simulates, by the names of the helper table. */
import { HELPERS, type HelperName } from "../../bpf/helpers.js";
import type { HelperBody } from "../machine.js";
import { CONTEXT_HELPERS } from "./context.js";
import { CONTROL_HELPERS } from "./control.js";
import { MAP_HELPERS } from "./map.js";
import { MEMORY_HELPERS } from "./memory.js";
import { OUTPUT_HELPERS } from "./output.js";
import { PROBE_HELPERS } from "./probe.js";

const BODIES = {
  ...MAP_HELPERS,
  ...MEMORY_HELPERS,
  ...CONTEXT_HELPERS,
  ...PROBE_HELPERS,
  ...OUTPUT_HELPERS,
  ...CONTROL_HELPERS,
} as const satisfies Partial<Record<HelperName, HelperBody>>;

/**
 * Helpers that only hardware or the kernel's own data could answer: performance counters, branch records,
 * printing by BTF, foreign memory maps, cgroup arrays, files being read. Calling one is a fault that says so.
 */
export const NOT_SIMULATED = [
  "perf_event_read",
  "perf_event_read_value",
  "read_branch_records",
  "get_branch_snapshot",
  "snprintf_btf",
  "find_vma",
  "current_task_under_cgroup",
  "get_socket_cookie",
  "seq_printf",
] as const satisfies readonly HelperName[];

const BY_ID = new Map<number, HelperBody>(
  Object.entries(BODIES).map(([name, body]) => [HELPERS[name as HelperName].id, body]),
);

export function helperBody(id: number): HelperBody | undefined {
  return BY_ID.get(id);
}
