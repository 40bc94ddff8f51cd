/** Helpers that steer the program's own flow. */
import { MAX_LOOPS } from "../../bpf/constants.js";
import { ERRNO } from "../fault.js";
import type { HelperBody } from "../machine.js";

export const CONTROL_HELPERS = {
  /** The callback gets the round's number and the context; a result other than 0 stops. */
  loop: (vm, [rounds, callback, context, flags]) => {
    if (flags !== 0n) return ERRNO.EINVAL;
    const limit = BigInt.asUintN(32, rounds);
    if (limit > BigInt(MAX_LOOPS)) return ERRNO.E2BIG;
    for (let round = 0n; round < limit; round++) {
      if (vm.callBack(callback, [round, context]) !== 0n) return round + 1n;
    }
    return limit;
  },
} as const satisfies Record<string, HelperBody>;
