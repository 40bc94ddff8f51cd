/** Helpers that copy, format and compare memory. */
import { ERRNO, VmFault } from "../fault.js";
import { type Args, type Dynptr, type HelperBody, type HelperContext, sizeArg } from "../machine.js";
import { format, probedText } from "./format.js";

type Space = "kernel" | "user" | "either";

/** dst, size, address. A failed read leaves zeroes, as the kernel does. */
function probeRead(space: Space): HelperBody {
  return (vm, [dst, size, address]) => {
    const length = sizeArg(size, "size");
    const content = vm.memory.probe(address, length, space);
    vm.memory.writeForHelper(dst, content ?? new Uint8Array(length));
    return content ? 0n : ERRNO.EFAULT;
  };
}

/** The same for strings: stops behind the NUL, always ends with one, gives the length with it. */
function probeReadString(space: Space): HelperBody {
  return (vm, [dst, size, address]) => {
    const length = sizeArg(size, "size");
    if (length === 0) return 0n;
    const text = probedText(vm.memory, address, length - 1, space);
    if (!text) {
      vm.memory.writeForHelper(dst, new Uint8Array(length));
      return ERRNO.EFAULT;
    }
    const terminated = new Uint8Array(text.length + 1);
    terminated.set(text);
    // Bytes behind the NUL keep what they had; the verifier nevertheless counts them as initialised.
    const place = vm.memory.forProgram(dst, length, "write");
    place.region.written?.fill(1, place.offset, place.offset + length);
    vm.memory.writeForHelper(dst, terminated);
    return BigInt(terminated.length);
  };
}

/** dst, size, fmt, data, data size: copies what fits, gives the length it would have had with the NUL. */
const snprintf: HelperBody = (vm, [dst, size, fmt, data, dataSize]) => {
  const length = sizeArg(size, "size");
  const text = format(vm.memory, fmt, readValues(vm, data, dataSize));
  if (typeof text === "bigint") return text;
  if (length > 0) {
    const out = new Uint8Array(Math.min(text.length, length - 1) + 1);
    out.set(text.subarray(0, length - 1));
    vm.memory.writeForHelper(dst, out);
  }
  return BigInt(text.length + 1);
};

/** The array of u64 that snprintf and trace_vprintk take instead of variable arguments. */
export function readValues(vm: HelperContext, data: bigint, dataSize: bigint): bigint[] {
  const size = sizeArg(dataSize, "data size");
  if (size % 8 !== 0) throw new VmFault(`format data of ${size} bytes is no array of u64`);
  if (size === 0) return [];
  const view = new DataView(vm.memory.readForHelper(data, size).buffer);
  return Array.from({ length: size / 8 }, (_, i) => view.getBigUint64(i * 8, true));
}

const DYNPTR_SIZE = 16;

export function makeDynptr(vm: HelperContext, address: bigint, dynptr: Dynptr): void {
  vm.memory.writeForHelper(address, new Uint8Array(DYNPTR_SIZE));
  vm.run.dynptrs.set(address, dynptr);
}

export function dynptrAt(vm: HelperContext, address: bigint): Dynptr {
  const dynptr = vm.run.dynptrs.get(address);
  if (!dynptr) throw new VmFault("use of a dynptr that was not made or has been given back");
  return dynptr;
}

/** Region offset of a stretch inside a dynptr, or undefined when it does not fit. */
function within(dynptr: Dynptr, offset: bigint, size: bigint): number | undefined {
  return offset + size <= BigInt(dynptr.size) ? dynptr.offset + Number(offset) : undefined;
}

const dynptrRead: HelperBody = (vm, [dst, size, pointer, offset]) => {
  const dynptr = dynptrAt(vm, pointer);
  const start = within(dynptr, offset, size);
  if (start === undefined) return ERRNO.E2BIG;
  vm.memory.writeForHelper(dst, dynptr.region.bytes.slice(start, start + Number(size)));
  return 0n;
};

const dynptrWrite: HelperBody = (vm, [pointer, offset, source, size]) => {
  const dynptr = dynptrAt(vm, pointer);
  if (!dynptr.writable) return ERRNO.EINVAL;
  const start = within(dynptr, offset, size);
  if (start === undefined) return ERRNO.E2BIG;
  dynptr.region.bytes.set(vm.memory.readForHelper(source, Number(size)), start);
  return 0n;
};

const dynptrData: HelperBody = (vm, [pointer, offset, size]) => {
  const dynptr = dynptrAt(vm, pointer);
  const start = dynptr.writable ? within(dynptr, offset, size) : undefined;
  return start === undefined ? 0n : dynptr.region.base + BigInt(start);
};

/** Compares at most `size` bytes with a constant string, stopping at a NUL; -1, 0 or 1. */
const strncmp: HelperBody = (vm, [left, size, right]) => {
  const a = vm.memory.readForHelper(left, sizeArg(size, "size"));
  const b = probedText(vm.memory, right, a.length, "kernel") ?? new Uint8Array(0);
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    if (x !== y) return x < y ? -1n : 1n;
    if (x === 0) return 0n;
  }
  return 0n;
};

const writeUser: HelperBody = (vm, [address, source, size]: Args) => {
  const data = vm.memory.readForHelper(source, sizeArg(size, "size"));
  const place = vm.memory.find(address, data.length);
  if (place?.region.kind !== "user") return ERRNO.EFAULT;
  place.region.bytes.set(data, place.offset);
  vm.run.events.push({ kind: "userWrite", address, data });
  return 0n;
};

const dPath: HelperBody = (vm, [path, out, size]) => {
  const text = vm.environment.paths.get(path);
  if (text === undefined) return ERRNO.EFAULT;
  const bytes = new TextEncoder().encode(`${text}\0`);
  if (BigInt(bytes.length) > size) return -36n; // ENAMETOOLONG
  vm.memory.writeForHelper(out, bytes);
  return BigInt(bytes.length);
};

export const MEMORY_HELPERS = {
  probe_read: probeRead("either"),
  probe_read_user: probeRead("user"),
  probe_read_kernel: probeRead("kernel"),
  probe_read_str: probeReadString("either"),
  probe_read_user_str: probeReadString("user"),
  probe_read_kernel_str: probeReadString("kernel"),
  copy_from_user: probeRead("user"),
  copy_from_user_task: (vm, args) => (args[4] === 0n ? probeRead("user")(vm, args) : ERRNO.EINVAL),
  probe_write_user: writeUser,
  d_path: dPath,
  per_cpu_ptr: (vm, [variable, cpu]) => {
    const index = BigInt.asUintN(32, cpu);
    return index < BigInt(vm.environment.cpus) ? variable + index * vm.environment.perCpuStride : 0n;
  },
  this_cpu_ptr: (vm, [variable]) => variable + BigInt(vm.environment.cpu) * vm.environment.perCpuStride,
  snprintf,
  strncmp,
  dynptr_from_mem: (vm, [source, size, flags, dynptr]) => {
    if (flags !== 0n) return ERRNO.EINVAL;
    const place = vm.memory.forProgram(source, sizeArg(size, "size"), "write");
    makeDynptr(vm, dynptr, { ...place, size: Number(size), writable: true });
    return 0n;
  },
  dynptr_read: dynptrRead,
  dynptr_write: dynptrWrite,
  dynptr_data: dynptrData,
} as const satisfies Record<string, HelperBody>;
