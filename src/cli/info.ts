import { hostTarget } from "../target/from-host.js";
import { version } from "../version.js";
import type { Io } from "./io.js";

const yes = (value: boolean): string => (value ? "yes" : "no");

/** `tsbt --info`: what this kernel offers, in bpftrace's layout, whose test engine greps these lines. */
export function infoCommand(io: Io): number {
  const target = hostTarget();
  const f = target.features;
  const helper = (name: string): string => yes(target.hasHelper(name));
  const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
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
        ["unsafe probe", "no"],
        ["bfd", "no"],
        ["libdw (DWARF support)", "no"],
        ["libsystemd (systemd notify support)", "no"],
      ],
    ],
    [
      "Kernel helpers",
      [
        "probe_read",
        "probe_read_str",
        "probe_read_user",
        "probe_read_user_str",
        "probe_read_kernel",
        "probe_read_kernel_str",
        "get_current_cgroup_id",
        "send_signal",
        "override_return",
        "get_boot_ns",
        "get_tai_ns",
        "skboutput",
        "get_func_ip",
        "jiffies64",
        "for_each_map_elem",
        "ktime_get_ns",
        "map_lookup_percpu_elem",
        "loop",
        "dpath",
      ].map((name) => [name, helper(helperNames[name] ?? name)]),
    ],
    [
      "Kernel features",
      [
        ["Instruction limit", "1000000"],
        ["Loop support", yes(f.boundedLoops)],
        ["btf", yes(target.hasBtf)],
        ["module btf", yes(target.modules().length > 0)],
        ["map batch", yes(f.mapBatch)],
        ["uprobe refcount (depends on BPF_PROG_ATTACH support)", yes(f.uprobe)],
      ],
    ],
    [
      "Map types",
      ["hash", "array", "percpu hash", "percpu array", "stack_trace", "perf_event_array"]
        .map((name): readonly [string, string] => [name, "yes"])
        .concat([["ringbuf", yes(f.ringbuf)]]),
    ],
    [
      "Probe types",
      [
        ["kprobe", yes(f.kprobe)],
        ["tracepoint", "yes"],
        ["perf_event", "yes"],
        ["fentry", yes(f.fentry)],
        ["kprobe_multi", yes(f.kprobeMulti && f.kprobe)],
        ["kprobe_session", yes(f.kprobeSession && f.kprobe)],
        ["uprobe_multi", yes(f.uprobeMulti && f.uprobe)],
        ["raw_tp_special", yes(f.tpBtf)],
        ["iter", yes(target.btf.findStruct("bpf_iter__task") !== undefined)],
      ],
    ],
  ];
  let out = "";
  for (const [title, rows] of groups) {
    out += `${title}\n${rows.map(([name, value]) => `  ${name}: ${value}\n`).join("")}\n`;
  }
  io.stdout(out);
  return 0;
}

/** Where bpftrace's name of a row differs from the helper's own. */
const helperNames: Readonly<Record<string, string>> = {
  get_boot_ns: "ktime_get_boot_ns",
  get_tai_ns: "ktime_get_tai_ns",
  skboutput: "skb_output",
  dpath: "d_path",
};
