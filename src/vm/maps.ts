/**
 * Simulated BPF maps. Values live in memory regions, so a program can hold pointers to them; a deleted
 * value stays readable until the run ends, as RCU keeps it alive in the kernel.
 *
 * `get`, `set` and `entries` are what user space would do; the rest is what helpers do.
 */
import { UPDATE, type MapTypeName } from "../bpf/constants.js";
import { ERRNO } from "./fault.js";
import type { Memory, Region } from "./memory.js";

export interface MapSpec {
  readonly name: string;
  readonly type: MapTypeName;
  /** Bytes; 0 for ring buffers. */
  readonly keySize: number;
  /** Bytes; 0 for ring buffers. Stack traces: 8 times the frames kept. */
  readonly valueSize: number;
  /** Entries; for ring buffers the size in bytes. */
  readonly maxEntries: number;
  /** First bytes of element 0: how .rodata and .data arrive. */
  readonly initial?: Uint8Array;
  /** The program may only read it (.rodata). */
  readonly readOnly?: boolean;
}

/** One entry as user space sees it: a value per possible CPU for per-CPU maps, else exactly one. */
export interface MapEntry {
  readonly key: Uint8Array;
  readonly values: readonly Uint8Array[];
}

interface Element {
  readonly key: Uint8Array;
  readonly regions: readonly Region[];
}

interface MapTraits {
  readonly storage: "array" | "hash" | "records" | "stacks" | "queue" | "unsupported";
  readonly perCpu: boolean;
  /** Throws the element used longest ago out instead of failing when full. */
  readonly lru: boolean;
}

const TRAITS = {
  array: { storage: "array", perCpu: false, lru: false },
  percpu_array: { storage: "array", perCpu: true, lru: false },
  hash: { storage: "hash", perCpu: false, lru: false },
  percpu_hash: { storage: "hash", perCpu: true, lru: false },
  lru_hash: { storage: "hash", perCpu: false, lru: true },
  lru_percpu_hash: { storage: "hash", perCpu: true, lru: true },
  task_storage: { storage: "hash", perCpu: false, lru: false },
  cgrp_storage: { storage: "hash", perCpu: false, lru: false },
  ringbuf: { storage: "records", perCpu: false, lru: false },
  user_ringbuf: { storage: "records", perCpu: false, lru: false },
  perf_event_array: { storage: "records", perCpu: false, lru: false },
  stack_trace: { storage: "stacks", perCpu: false, lru: false },
  queue: { storage: "queue", perCpu: false, lru: false },
  stack: { storage: "queue", perCpu: false, lru: false },
  prog_array: { storage: "unsupported", perCpu: false, lru: false },
  cgroup_array: { storage: "unsupported", perCpu: false, lru: false },
  lpm_trie: { storage: "unsupported", perCpu: false, lru: false },
  array_of_maps: { storage: "unsupported", perCpu: false, lru: false },
  hash_of_maps: { storage: "unsupported", perCpu: false, lru: false },
  bloom_filter: { storage: "unsupported", perCpu: false, lru: false },
  arena: { storage: "unsupported", perCpu: false, lru: false },
} as const satisfies Record<MapTypeName, MapTraits>;

export class SimulatedMap {
  readonly traits: MapTraits;
  /** What a map reference in a register points to. */
  readonly handle: Region;
  private readonly elements = new Map<string, Element>();
  private retired: Region[] = [];
  /** Values of queue and stack maps, oldest first. */
  private readonly queued: Uint8Array[] = [];
  /** Bytes of a ring buffer no reader has taken yet. */
  private pendingBytes = 0;

  constructor(
    readonly spec: MapSpec,
    private readonly memory: Memory,
    private readonly cpus: number,
  ) {
    this.traits = TRAITS[spec.type];
    if (this.traits.storage === "unsupported")
      throw new Error(`map ${spec.name}: type ${spec.type} is not simulated`);
    this.handle = memory.allocate("handle", `map ${spec.name}`, 0);
    if (spec.initial) this.set(indexKey(0), padded(spec.initial, spec.valueSize));
  }

  /** Pointer the program gets for a key, on one CPU; undefined where the kernel gives null. */
  lookup(key: Uint8Array, cpu: number): Region | undefined {
    const element = this.element(key);
    if (!element) return undefined;
    if (this.traits.lru) this.refresh(element);
    return element.regions[this.traits.perCpu ? cpu : 0];
  }

  /** Result of map_update_elem: zero or a negative errno. Per-CPU maps change one CPU's value only. */
  update(key: Uint8Array, value: Uint8Array, flags: bigint, cpu: number): bigint {
    if (this.traits.storage !== "array" && this.traits.storage !== "hash") return ERRNO.EINVAL;
    if (flags > BigInt(UPDATE.exist)) return ERRNO.EINVAL;
    const existing = this.element(key);
    if (this.traits.storage === "array" && !existing) return ERRNO.E2BIG;
    if (flags === BigInt(UPDATE.noexist) && existing) return ERRNO.EEXIST;
    if (flags === BigInt(UPDATE.exist) && !existing) return ERRNO.ENOENT;
    const element = existing ?? this.insert(key);
    if (!element) return ERRNO.E2BIG;
    if (this.traits.lru) this.refresh(element);
    element.regions[this.traits.perCpu ? cpu : 0]?.bytes.set(value);
    return 0n;
  }

  /** Result of map_delete_elem. */
  delete(key: Uint8Array): bigint {
    if (this.traits.storage === "array") return ERRNO.EINVAL;
    const element = this.elements.get(keyText(key));
    if (!element) return ERRNO.ENOENT;
    this.elements.delete(keyText(key));
    this.retired.push(...element.regions);
    return 0n;
  }

  /** Lets go of deleted values. The machine calls it between runs, when no pointer is left. */
  settle(): void {
    for (const region of this.retired) this.memory.release(region);
    this.retired = [];
    this.pendingBytes = 0;
  }

  /** Copies of all entries, in insertion order; arrays in index order, all of them. */
  entries(): MapEntry[] {
    if (this.traits.storage === "array") {
      for (let index = 0; index < this.spec.maxEntries; index++) this.element(indexKey(index));
    }
    const entries = [...this.elements.values()].map(({ key, regions }) => ({
      key: key.slice(),
      values: regions.map((region) => region.bytes.slice(0, this.spec.valueSize)),
    }));
    return this.traits.storage === "array"
      ? entries.sort((a, b) => indexOf(a.key) - indexOf(b.key))
      : entries;
  }

  /** Keys present now, for helpers that walk a map. Values may vanish during the walk. */
  keys(): Uint8Array[] {
    return this.entries().map((entry) => entry.key);
  }

  /** Copies of the values of one key, one per CPU for per-CPU maps. */
  get(key: Uint8Array): Uint8Array[] | undefined {
    return this.element(key)?.regions.map((region) => region.bytes.slice(0, this.spec.valueSize));
  }

  /** Puts one value, on all CPUs for per-CPU maps, regardless of readOnly. Throws when the map refuses. */
  set(key: Uint8Array, value: Uint8Array): void {
    for (let cpu = 0; cpu < (this.traits.perCpu ? this.cpus : 1); cpu++) {
      const status = this.update(key, padded(value, this.spec.valueSize), 0n, cpu);
      if (status < 0n) throw new Error(`map ${this.spec.name} refuses the value: errno ${-status}`);
    }
  }

  get size(): number {
    return this.traits.storage === "array" ? this.spec.maxEntries : this.elements.size + this.queued.length;
  }

  /**
   * Takes room for a ring buffer record: 8 bytes header, content rounded up to 8. False when full. The
   * simulated reader empties the buffer between runs.
   */
  takeRecordRoom(size: number): boolean {
    const need = 8 + Math.ceil(size / 8) * 8;
    if (this.pendingBytes + need > this.spec.maxEntries) return false;
    this.pendingBytes += need;
    return true;
  }

  get pending(): number {
    return this.pendingBytes;
  }

  /** Queue and stack maps. `exist` as flag drops the oldest value when full. */
  push(value: Uint8Array, flags: bigint): bigint {
    if (this.traits.storage !== "queue") return ERRNO.EINVAL;
    if (this.queued.length >= this.spec.maxEntries) {
      if (flags !== BigInt(UPDATE.exist)) return ERRNO.E2BIG;
      this.queued.shift();
    }
    this.queued.push(value.slice());
    return 0n;
  }

  /** Next value of a queue (oldest) or stack (newest), removed with `remove`. */
  take(remove: boolean): Uint8Array | undefined {
    const at = this.spec.type === "queue" ? 0 : this.queued.length - 1;
    const value = this.queued[at];
    if (remove && value) this.queued.splice(at, 1);
    return value;
  }

  /**
   * Id of a stack trace, the same for the same addresses, or a negative errno: -EEXIST when another
   * stack holds the bucket and `reuse` does not allow to replace it.
   */
  internStack(addresses: readonly bigint[], reuse: boolean): bigint {
    if (this.traits.storage !== "stacks") return ERRNO.EINVAL;
    if (addresses.length === 0) return ERRNO.EFAULT;
    const value = new Uint8Array(this.spec.valueSize);
    const view = new DataView(value.buffer);
    for (const [i, address] of addresses.slice(0, this.spec.valueSize / 8).entries()) {
      view.setBigUint64(i * 8, address, true);
    }
    const id = fnv1a(value) % this.spec.maxEntries;
    const key = indexKey(id);
    const existing = this.elements.get(keyText(key));
    if (existing) {
      const same = existing.regions[0]?.bytes.every((byte, i) => byte === value[i]) ?? false;
      if (!same && !reuse) return ERRNO.EEXIST;
      if (same) return BigInt(id);
    }
    const element = existing ?? this.insert(key);
    element?.regions[0]?.bytes.set(value);
    return BigInt(id);
  }

  private element(key: Uint8Array): Element | undefined {
    const found = this.elements.get(keyText(key));
    if (found || this.traits.storage !== "array") return found;
    // Array elements exist from the start; they are made when first looked at.
    return indexOf(key) < this.spec.maxEntries ? this.create(key) : undefined;
  }

  private insert(key: Uint8Array): Element | undefined {
    if (this.elements.size >= this.spec.maxEntries) {
      const [oldest] = this.elements.values();
      if (!this.traits.lru || !oldest) return undefined;
      this.delete(oldest.key);
    }
    return this.create(key);
  }

  private create(key: Uint8Array): Element {
    const { name, valueSize, readOnly = false } = this.spec;
    const count = this.traits.perCpu ? this.cpus : 1;
    const regions = Array.from({ length: count }, () =>
      this.memory.allocate("mapValue", `value of map ${name}`, valueSize, { writable: !readOnly }),
    );
    const element = { key: key.slice(), regions };
    this.elements.set(keyText(key), element);
    return element;
  }

  /** Moves an element to the young end: a Map keeps insertion order. */
  private refresh(element: Element): void {
    this.elements.delete(keyText(element.key));
    this.elements.set(keyText(element.key), element);
  }
}

/** Key of an array element: its index as u32. */
export function indexKey(index: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, index, true);
  return key;
}

function indexOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

function keyText(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

function padded(value: Uint8Array, size: number): Uint8Array {
  if (value.length > size) throw new Error(`a value of ${value.length} bytes does not fit ${size}`);
  const result = new Uint8Array(size);
  result.set(value);
  return result;
}

/** 32-bit FNV-1a: any hash will do to spread stacks over buckets. */
function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
