/**
 * What stops a simulated program: something the kernel's verifier would have refused, or that would have
 * been undefined in the kernel. Thrown inside the machine, returned as a value at its edge.
 */
export class VmFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "VmFault";
  }
}

/** Negative errno values helpers return. Source: include/uapi/asm-generic/errno-base.h, errno.h. */
export const ERRNO = {
  ENOENT: -2n,
  E2BIG: -7n,
  EAGAIN: -11n,
  ENOMEM: -12n,
  EFAULT: -14n,
  EBUSY: -16n,
  EEXIST: -17n,
  EINVAL: -22n,
  ENOSPC: -28n,
  EOPNOTSUPP: -95n,
} as const;
