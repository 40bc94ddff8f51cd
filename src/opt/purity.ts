/** What optimisations may assume of helpers. A helper that is not listed does something and is left alone. */

/** Give the same answer during one run of a program: who runs, where, and how it was entered. */
const stableHelpers: ReadonlySet<string> = new Set([
  "get_current_pid_tgid",
  "get_current_uid_gid",
  "get_current_cgroup_id",
  "get_current_task",
  "get_current_task_btf",
  "get_smp_processor_id",
  "get_numa_node_id",
  "get_attach_cookie",
  "get_func_ip",
  "get_func_arg_cnt",
]);

/** Change nothing a program can see, but may answer differently each time. */
const readingHelpers: ReadonlySet<string> = new Set([
  "ktime_get_ns",
  "ktime_get_boot_ns",
  "ktime_get_coarse_ns",
  "ktime_get_tai_ns",
  "jiffies64",
  "get_prandom_u32",
  "map_lookup_elem",
  "map_lookup_percpu_elem",
  "get_current_ancestor_cgroup_id",
  "per_cpu_ptr",
  "this_cpu_ptr",
  "task_pt_regs",
]);

/** Two calls with the same arguments in one run are one call. Programs do not migrate while they run. */
export function isStableHelper(helper: string): boolean {
  return stableHelpers.has(helper);
}

/** A call whose result nobody reads may go. */
export function isRemovableHelper(helper: string): boolean {
  return stableHelpers.has(helper) || readingHelpers.has(helper);
}
