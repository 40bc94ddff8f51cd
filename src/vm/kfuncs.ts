/** Kernel functions the machine knows by itself; an environment may add others. */
import { ERRNO } from "./fault.js";
import type { HelperContext } from "./machine.js";

type KfuncBody = (vm: HelperContext, args: readonly bigint[]) => bigint;

/** struct bpf_iter_num as the kernel lays it out: current and end, s32 each. */
function iterator(vm: HelperContext, address: bigint) {
  const place = vm.memory.forProgram(address, 8, "write");
  const { region, offset } = place;
  return {
    current: region.view.getInt32(offset, true),
    end: region.view.getInt32(offset + 4, true),
    store(current: number, end: number) {
      region.view.setInt32(offset, current, true);
      region.view.setInt32(offset + 4, end, true);
      region.written?.fill(1, offset, offset + 8);
    },
  };
}

export const KFUNCS: Readonly<Record<string, KfuncBody>> = {
  bpf_rcu_read_lock: () => 0n,
  bpf_rcu_read_unlock: () => 0n,
  bpf_preempt_disable: () => 0n,
  bpf_preempt_enable: () => 0n,
  bpf_rdonly_cast: (_vm, [pointer = 0n]) => pointer,
  bpf_cast_to_kern_ctx: (_vm, [pointer = 0n]) => pointer,
  bpf_iter_num_new: (vm, [address = 0n, start = 0n, end = 0n]) => {
    const state = iterator(vm, address);
    const from = Number(BigInt.asIntN(32, start));
    const to = Number(BigInt.asIntN(32, end));
    if (from > to) {
      state.store(0, 0);
      return ERRNO.EINVAL;
    }
    state.store(from - 1, to);
    return 0n;
  },
  bpf_iter_num_next: (vm, [address = 0n]) => {
    const state = iterator(vm, address);
    if (state.current + 1 >= state.end) {
      state.store(0, 0);
      return 0n;
    }
    state.store(state.current + 1, state.end);
    return address;
  },
  bpf_iter_num_destroy: (vm, [address = 0n]) => {
    iterator(vm, address).store(0, 0);
    return 0n;
  },
};
