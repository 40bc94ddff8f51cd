/** Helpers about the event that fired: stacks, arguments, and acting on the traced task. */
import { STACK_FLAG } from "../../bpf/constants.js";
import { ERRNO } from "../fault.js";
import { type HelperBody, type HelperContext, intArg, sizeArg } from "../machine.js";

function stackOf(vm: HelperContext, flags: bigint): readonly bigint[] {
  const { userStack, kernelStack } = vm.environment;
  const stack = (flags & BigInt(STACK_FLAG.user_stack)) !== 0n ? userStack : kernelStack;
  return stack.slice(Number(flags & BigInt(STACK_FLAG.skip_mask)));
}

/** Writes as many frames as fit, zeroes the rest, gives the bytes written. */
function fillStack(vm: HelperContext, out: bigint, size: bigint, flags: bigint): bigint {
  const length = sizeArg(size, "size");
  if (length % 8 !== 0) return ERRNO.EINVAL;
  const buffer = new Uint8Array(length);
  const view = new DataView(buffer.buffer);
  const frames = stackOf(vm, flags).slice(0, length / 8);
  for (const [i, address] of frames.entries()) view.setBigUint64(i * 8, address, true);
  vm.memory.writeForHelper(out, buffer);
  return frames.length === 0 ? ERRNO.EFAULT : BigInt(frames.length * 8);
}

function store64(vm: HelperContext, out: bigint, value: bigint): void {
  const buffer = new Uint8Array(8);
  new DataView(buffer.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  vm.memory.writeForHelper(out, buffer);
}

function signal(target: "process" | "thread"): HelperBody {
  return (vm, [number]) => {
    const sent = intArg(number);
    if (sent < 0 || sent > 64) return ERRNO.EINVAL;
    vm.run.events.push({ kind: "signal", signal: sent, target });
    return 0n;
  };
}

export const PROBE_HELPERS = {
  get_stackid: (vm, [, reference, flags]) => {
    const reuse = (flags & BigInt(STACK_FLAG.reuse_stackid)) !== 0n;
    return vm.mapAt(reference).internStack(stackOf(vm, flags), reuse);
  },
  get_stack: (vm, [, out, size, flags]) => fillStack(vm, out, size, flags),
  get_task_stack: (vm, [, out, size, flags]) => fillStack(vm, out, size, flags),
  send_signal: signal("process"),
  send_signal_thread: signal("thread"),
  override_return: (vm, [, value]) => {
    vm.run.events.push({ kind: "override", value });
    return 0n;
  },
  get_func_ip: (vm) => vm.environment.functionAddress,
  get_attach_cookie: (vm) => vm.environment.attachCookie,
  get_func_arg: (vm, [, index, out]) => {
    const value = vm.environment.functionArgs[Number(BigInt.asUintN(32, index))];
    if (value === undefined) return ERRNO.EINVAL;
    store64(vm, out, value);
    return 0n;
  },
  get_func_ret: (vm, [, out]) => {
    const { functionResult } = vm.environment;
    if (functionResult === undefined) return ERRNO.EOPNOTSUPP;
    store64(vm, out, functionResult);
    return 0n;
  },
  get_func_arg_cnt: (vm) => BigInt(vm.environment.functionArgs.length),
} as const satisfies Record<string, HelperBody>;
