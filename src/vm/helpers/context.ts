/** Helpers that ask about the moment: time, task, CPU. */
import { TASK_COMM_LEN } from "../../bpf/constants.js";
import { ERRNO } from "../fault.js";
import { type HelperBody, type HelperContext, intArg, sizeArg } from "../machine.js";

function clock(offset: (vm: HelperContext) => bigint): HelperBody {
  return (vm) => {
    const now = vm.environment.monotonicNs + vm.run.elapsedNs + offset(vm);
    vm.run.elapsedNs += vm.environment.tickNs;
    return now;
  };
}

/** Two 32-bit ids in one register, as the kernel packs pid and tgid, uid and gid. */
function pack(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const comm: HelperBody = (vm, [out, size]) => {
  const length = sizeArg(size, "size");
  const buffer = new Uint8Array(length);
  const name = new TextEncoder().encode(vm.environment.comm);
  buffer.set(name.subarray(0, Math.max(0, Math.min(length, TASK_COMM_LEN) - 1)));
  vm.memory.writeForHelper(out, buffer);
  return 0n;
};

/** Size of struct bpf_pidns_info: pid and tgid, u32 each. */
const PIDNS_INFO_SIZE = 8n;

const namespacePid: HelperBody = (vm, [dev, ino, out, size]) => {
  const { namespace } = vm.environment;
  if (size !== PIDNS_INFO_SIZE) return ERRNO.EINVAL;
  const info = new Uint8Array(Number(PIDNS_INFO_SIZE));
  const known = namespace?.dev === dev && namespace.ino === ino;
  if (known) {
    const view = new DataView(info.buffer);
    view.setUint32(0, namespace.pid, true);
    view.setUint32(4, namespace.tgid, true);
  }
  vm.memory.writeForHelper(out, info);
  return known ? 0n : ERRNO.EINVAL;
};

export const CONTEXT_HELPERS = {
  ktime_get_ns: clock(() => 0n),
  ktime_get_coarse_ns: clock(() => 0n),
  ktime_get_boot_ns: clock((vm) => vm.environment.suspendedNs),
  ktime_get_tai_ns: clock((vm) => vm.environment.taiOffsetNs),
  jiffies64: (vm) => vm.environment.jiffies,
  get_prandom_u32: (vm) => BigInt(vm.random()),
  get_smp_processor_id: (vm) => BigInt(vm.environment.cpu),
  get_numa_node_id: (vm) => BigInt(vm.environment.numaNode),
  get_current_pid_tgid: (vm) => pack(vm.environment.tgid, vm.environment.pid),
  get_current_uid_gid: (vm) => pack(vm.environment.gid, vm.environment.uid),
  get_current_comm: comm,
  get_ns_current_pid_tgid: namespacePid,
  get_current_task: (vm) => vm.environment.currentTask,
  get_current_task_btf: (vm) => vm.environment.currentTask,
  task_pt_regs: (vm) => vm.environment.taskRegisters,
  get_current_cgroup_id: (vm) => vm.environment.cgroupId,
  get_current_ancestor_cgroup_id: (vm, [level]) => vm.environment.ancestorCgroupIds[intArg(level)] ?? 0n,
} as const satisfies Record<string, HelperBody>;
