import type { Target } from "../target/target.js";
import { version } from "../version.js";
import type { Io } from "./io.js";
import type { OutputFormat } from "./option-values.js";

type Row = readonly [name: string, value: string | boolean];
type Group = readonly [title: string, rows: readonly Row[]];

/** `tsbt --info`: what this kernel and this build offer. The names of the rows are bpftrace's. */
export function infoCommand(format: OutputFormat, io: Io): number {
  const groups = infoGroups(io.kernel());
  if (format === "json") {
    const object = Object.fromEntries(groups.map(([title, rows]) => [title, Object.fromEntries(rows)]));
    io.stdout(`${JSON.stringify(object)}\n`);
    return 0;
  }
  for (const [title, rows] of groups) {
    const lines = rows.map(([name, value]) => `  ${name}: ${wordOf(value)}\n`);
    io.stdout(`${title}\n${lines.join("")}\n`);
  }
  return 0;
}

function wordOf(value: string | boolean): string {
  if (typeof value === "string") return value;
  return value ? "yes" : "no";
}

function infoGroups(target: Target): readonly Group[] {
  const f = target.features;
  return [
    [
      "System",
      [
        ["OS", `Linux ${target.kernel.release}`],
        ["Arch", target.arch],
      ],
    ],
    [
      "Build",
      [
        ["version", `v${version}`],
        ["LLVM", "none (own code generator)"],
        ["bfd", false],
        ["libdw (DWARF support)", true],
        ["libsystemd (systemd notify support)", false],
        ["blazesym (advanced symbolization)", false],
        ["dwunwind (DWARF stack unwinding)", target.arch === "x86_64"],
      ],
    ],
    ["Kernel helpers", helperRows(target)],
    [
      "Kernel features",
      [
        ["Instruction limit", "1000000"],
        ["Loop support", f.boundedLoops],
        ["btf", target.hasBtf],
        ["module btf", target.modules().length > 0],
        ["map batch", f.mapBatch],
        ["ringbuf", f.ringbuf],
      ],
    ],
    [
      "Probe types",
      [
        ["kprobe", f.kprobe],
        ["uprobe", f.uprobe],
        ["tracepoint", true],
        ["perf_event", true],
        ["fentry", f.fentry],
        ["kprobe_multi", f.kprobeMulti && f.kprobe],
        ["kprobe_session", f.kprobeSession && f.kprobe],
        ["uprobe_multi", f.uprobeMulti && f.uprobe],
        ["raw_tp_special", f.tpBtf],
        ["iter", target.btf.findStruct("bpf_iter__task") !== undefined],
      ],
    ],
  ];
}

/** Where bpftrace's name of a row differs from the helper's own, that stands behind it. */
const helpers: readonly (readonly [row: string, helper?: string])[] = [
  ["dpath", "d_path"],
  ["for_each_map_elem"],
  ["get_boot_ns", "ktime_get_boot_ns"],
  ["get_current_cgroup_id"],
  ["get_func_ip"],
  ["get_ktime_ns", "ktime_get_ns"],
  ["get_tai_ns", "ktime_get_tai_ns"],
  ["jiffies64"],
  ["lookup_percpu_elem", "map_lookup_percpu_elem"],
  ["loop"],
  ["override_return"],
  ["probe_read_kernel"],
  ["probe_read_kernel_str"],
  ["probe_read_user"],
  ["probe_read_user_str"],
  ["send_signal"],
  ["skboutput", "skb_output"],
];

function helperRows(target: Target): readonly Row[] {
  return helpers.map(([row, helper = row]) => [row, target.hasHelper(helper)]);
}
