import type { TargetFeatures } from "./target.js";

/** What a version and the presence of helpers and PMUs tell. No system call: profiles must answer the same. */
export function deriveFeatures(source: {
  readonly version: readonly [number, number, number];
  readonly hasHelper: (name: string) => boolean;
  readonly kprobePmu: boolean;
  readonly uprobePmu: boolean;
  /** Asked only when needed: the answer is in the kernel's BTF, and reading that takes time. */
  readonly hasFunctionTracing: () => boolean;
  readonly hasFprobe: () => boolean;
}): TargetFeatures {
  const [major, minor] = source.version;
  const since = (a: number, b: number): boolean => major > a || (major === a && minor >= b);
  const { hasHelper } = source;
  return {
    ringbuf: hasHelper("ringbuf_output"),
    kprobe: source.kprobePmu,
    uprobe: source.uprobePmu,
    get fentry() {
      return since(5, 5) && source.hasFunctionTracing();
    },
    get kprobeMulti() {
      return since(5, 18) && source.hasFprobe();
    },
    get kprobeSession() {
      return since(6, 10) && source.hasFprobe();
    },
    uprobeMulti: since(6, 6) && source.uprobePmu,
    tpBtf: since(5, 5),
    bpfLoop: hasHelper("loop"),
    forEachMapElem: hasHelper("for_each_map_elem"),
    cookie: hasHelper("get_attach_cookie"),
    getFuncIp: hasHelper("get_func_ip"),
    strncmp: hasHelper("strncmp"),
    probeReadKernel: hasHelper("probe_read_kernel"),
    currentTaskBtf: hasHelper("get_current_task_btf"),
    ktimeBoot: hasHelper("ktime_get_boot_ns"),
    ktimeTai: hasHelper("ktime_get_tai_ns"),
    nsPidTgid: hasHelper("get_ns_current_pid_tgid"),
    dPath: hasHelper("d_path"),
    mapLookupPercpu: hasHelper("map_lookup_percpu_elem"),
    cgroupId: hasHelper("get_current_cgroup_id"),
    mapBatch: since(5, 6),
    cpuV3: since(5, 1),
    atomics: since(5, 12),
    cpuV4: since(6, 6),
    boundedLoops: since(5, 3),
    commPadded: since(6, 12),
  };
}
