/** Helpers that send data out of the program. */
import { PERF_OUTPUT_FLAG, RINGBUF_QUERY } from "../../bpf/constants.js";
import { ERRNO, VmFault } from "../fault.js";
import { type HelperBody, type HelperContext, sizeArg } from "../machine.js";
import { format } from "./format.js";
import { dynptrAt, makeDynptr, readValues } from "./memory.js";

const perfOutput: HelperBody = (vm, [, reference, flags, data, size]) => {
  const map = vm.mapAt(reference);
  const index = flags & PERF_OUTPUT_FLAG.index_mask;
  const cpu = index === PERF_OUTPUT_FLAG.current_cpu ? vm.environment.cpu : Number(index);
  if (cpu >= map.spec.maxEntries) return ERRNO.E2BIG;
  const content = vm.memory.readForHelper(data, sizeArg(size, "size"));
  vm.run.events.push({ kind: "perf", map: map.spec.name, cpu, data: content });
  return 0n;
};

const ringOutput: HelperBody = (vm, [reference, data, size]) => {
  const map = vm.mapAt(reference);
  const content = vm.memory.readForHelper(data, sizeArg(size, "size"));
  if (!map.takeRecordRoom(content.length)) return ERRNO.EAGAIN;
  vm.run.events.push({ kind: "ringbuf", map: map.spec.name, data: content });
  return 0n;
};

/** A record's content starts undefined in the kernel, so reading it before writing it is a fault. */
function reserve(vm: HelperContext, reference: bigint, size: number) {
  const map = vm.mapAt(reference);
  if (!map.takeRecordRoom(size)) return undefined;
  const region = vm.memory.allocate("record", `record of ring buffer ${map.spec.name}`, size);
  vm.run.openRecords.set(region.base, { map, region });
  return region;
}

/** Ends a reservation; with `submit` the record becomes an event. */
function finish(vm: HelperContext, address: bigint, submit: boolean): bigint {
  const record = vm.run.openRecords.get(address);
  if (!record) throw new VmFault("submit or discard of what is not a reserved ring buffer record");
  vm.run.openRecords.delete(address);
  const { map, region } = record;
  if (submit) vm.run.events.push({ kind: "ringbuf", map: map.spec.name, data: region.bytes.slice() });
  vm.memory.release(region);
  return 0n;
}

function finishDynptr(submit: boolean): HelperBody {
  return (vm, [pointer]) => {
    const { region } = dynptrAt(vm, pointer);
    vm.run.dynptrs.delete(pointer);
    // A dynptr of a failed reservation has no bytes, and giving it back does nothing.
    return region.kind === "record" ? finish(vm, region.base, submit) : 0n;
  };
}

const query: HelperBody = (vm, [reference, what]) => {
  const map = vm.mapAt(reference);
  switch (Number(what)) {
    case RINGBUF_QUERY.ring_size:
      return BigInt(map.spec.maxEntries);
    case RINGBUF_QUERY.avail_data:
    case RINGBUF_QUERY.prod_pos:
      return BigInt(map.pending);
    default:
      return 0n;
  }
};

function trace(vm: HelperContext, fmt: bigint, values: readonly bigint[]): bigint {
  const text = format(vm.memory, fmt, values);
  if (typeof text === "bigint") return text;
  vm.run.events.push({ kind: "trace", text: new TextDecoder().decode(text) });
  return BigInt(text.length);
}

/** Hands each waiting sample to the callback as a dynptr; a result of 1 stops. */
const drain: HelperBody = (vm, [reference, callback, context]) => {
  vm.mapAt(reference);
  const { userSamples } = vm.environment;
  let samples = 0n;
  while (vm.run.userSamplesTaken < userSamples.length) {
    const sample = userSamples[vm.run.userSamplesTaken++] ?? new Uint8Array(0);
    const region = vm.memory.allocate("record", "user ring buffer sample", sample.slice(), {
      writable: false,
    });
    const pointer = vm.memory.allocate("handle", "dynptr of a sample", 0);
    vm.run.dynptrs.set(pointer.base, { region, offset: 0, size: sample.length, writable: false });
    const stop = vm.callBack(callback, [pointer.base, context]);
    vm.run.dynptrs.delete(pointer.base);
    vm.memory.release(pointer);
    vm.memory.release(region);
    samples++;
    if (stop === 1n) break;
  }
  return samples;
};

export const OUTPUT_HELPERS = {
  perf_event_output: perfOutput,
  skb_output: perfOutput,
  ringbuf_output: ringOutput,
  ringbuf_reserve: (vm, [reference, size]) => reserve(vm, reference, sizeArg(size, "size"))?.base ?? 0n,
  ringbuf_submit: (vm, [record]) => finish(vm, record, true),
  ringbuf_discard: (vm, [record]) => finish(vm, record, false),
  ringbuf_query: query,
  ringbuf_reserve_dynptr: (vm, [reference, size, , pointer]) => {
    const region = reserve(vm, reference, sizeArg(size, "size"));
    const empty = vm.mapAt(reference).handle;
    makeDynptr(vm, pointer, {
      region: region ?? empty,
      offset: 0,
      size: region ? Number(size) : 0,
      writable: region !== undefined,
    });
    return region ? 0n : ERRNO.EAGAIN;
  },
  ringbuf_submit_dynptr: finishDynptr(true),
  ringbuf_discard_dynptr: finishDynptr(false),
  user_ringbuf_drain: drain,
  // The size counts the NUL; the text is looked at as a string all the same.
  trace_printk: (vm, [fmt, , a, b, c]) => trace(vm, fmt, [a, b, c]),
  trace_vprintk: (vm, [fmt, , data, size]) => trace(vm, fmt, readValues(vm, data, size)),
} as const satisfies Record<string, HelperBody>;
