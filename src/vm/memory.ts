/**
 * The address space of the machine: a set of regions with gaps between them, every access checked.
 *
 * Regions the machine makes itself (stack frames, map values, ring buffer records) live in a window of
 * addresses of their own, found without a search:
 *
 *      63           44 43        24 23          0
 *     +---------------+------------+-------------+
 *     |    0xffff0    | region id  | byte offset |
 *     +---------------+------------+-------------+
 *
 * A region begins in the middle of its 16 MiB, so that a pointer slightly before it is still known as its
 * own. Kernel and user memory is registered by the test, at addresses it chooses outside this window.
 */
import { VmFault } from "./fault.js";

export type RegionKind =
  | "stack"
  | "context"
  | "mapValue"
  | "mapKey"
  | "record"
  | "handle"
  | "kernel"
  | "user";

export interface Region {
  readonly kind: RegionKind;
  readonly name: string;
  readonly base: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** May the program itself store here (helpers that fill memory are held to the same rule). */
  readonly writable: boolean;
  /** Which bytes were written since the frame began; only stack frames keep this. */
  readonly written?: Uint8Array;
}

/** A place inside a region. */
export interface Place {
  readonly region: Region;
  readonly offset: number;
}

const WINDOW = 0xffff_0000_0000_0000n;
const OFFSET_BITS = 24n;
const WINDOW_END = WINDOW + (1n << 44n);
const MAX_REGIONS = 1 << 20;
const REGION_START = 1n << 23n;
const MAX_REGION_SIZE = 1 << 23;

export class Memory {
  private readonly own: (Region | undefined)[] = [];
  private readonly freed: number[] = [];
  private registered: Region[] = [];

  /** Makes a zeroed region, or one that shares `content`. */
  allocate(
    kind: RegionKind,
    name: string,
    content: number | Uint8Array,
    options: { readonly writable?: boolean; readonly tracked?: boolean } = {},
  ): Region {
    const bytes = typeof content === "number" ? new Uint8Array(content) : content;
    if (bytes.length > MAX_REGION_SIZE)
      throw new Error(`region ${name} has more than ${MAX_REGION_SIZE} bytes`);
    // Ids are reused only when none is left, so that a stale pointer faults instead of reading a stranger.
    const id = this.own.length < MAX_REGIONS ? this.own.length : this.freed.shift();
    if (id === undefined) throw new Error("the simulated address space is full");
    const region = makeRegion(
      kind,
      name,
      WINDOW + (BigInt(id) << OFFSET_BITS) + REGION_START,
      bytes,
      options,
    );
    this.own[id] = region;
    return region;
  }

  release(region: Region): void {
    const id = Number((region.base - WINDOW) >> OFFSET_BITS);
    if (this.own[id] !== region) return;
    this.own[id] = undefined;
    this.freed.push(id);
  }

  /** Puts kernel or user memory at an address. The bytes are shared, not copied. */
  register(kind: "kernel" | "user", address: bigint, bytes: Uint8Array, name: string = kind): Region {
    const end = address + BigInt(bytes.length);
    if (address < WINDOW_END && end > WINDOW)
      throw new Error(`${name}: addresses from 0xffff0... are the machine's own`);
    const clash = this.registered.find((r) => address < r.base + BigInt(r.bytes.length) && end > r.base);
    if (clash) throw new Error(`${name} at 0x${address.toString(16)} overlaps ${clash.name}`);
    const region = makeRegion(kind, name, address, bytes, { writable: false });
    this.registered = [...this.registered, region].sort((a, b) => (a.base < b.base ? -1 : 1));
    return region;
  }

  /** The region and offset of `size` bytes at `address`; undefined when any of them is outside. */
  find(address: bigint, size: number): Place | undefined {
    const region = this.regionAt(address);
    if (!region) return undefined;
    const offset = Number(address - region.base);
    return offset >= 0 && offset + size <= region.bytes.length ? { region, offset } : undefined;
  }

  /** The region `address` points into, or near when it is one of the machine's own. */
  regionAt(address: bigint): Region | undefined {
    if (address >= WINDOW && address < WINDOW_END) {
      return this.own[Number((address - WINDOW) >> OFFSET_BITS)];
    }
    let low = 0;
    let high = this.registered.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const region = this.registered[middle] as Region;
      if (address < region.base) high = middle;
      else if (address >= region.base + BigInt(region.bytes.length)) low = middle + 1;
      else return region;
    }
    return undefined;
  }

  /** Bytes the program hands to a helper. Copied. */
  readForHelper(address: bigint, size: number): Uint8Array {
    const { region, offset } = this.forProgram(address, size, "read");
    return region.bytes.slice(offset, offset + size);
  }

  /** Fills memory the program handed to a helper. */
  writeForHelper(address: bigint, content: Uint8Array): void {
    if (content.length === 0) return;
    const { region, offset } = this.forProgram(address, content.length, "write");
    region.bytes.set(content, offset);
    region.written?.fill(1, offset, offset + content.length);
  }

  /**
   * Kernel or user bytes by the rules of the probe_read helpers: undefined instead of a fault. Kernel
   * reads may also look at the program's own memory, as in the kernel.
   */
  probe(address: bigint, size: number, space: "kernel" | "user" | "either"): Uint8Array | undefined {
    if (size === 0) return new Uint8Array(0);
    const place = this.find(address, size);
    if (!place || place.region.kind === "handle") return undefined;
    const isUser = place.region.kind === "user";
    if ((space === "user" && !isUser) || (space === "kernel" && isUser)) return undefined;
    return place.region.bytes.slice(place.offset, place.offset + size);
  }

  /** The place of an access by the program itself, or a fault that says what is wrong with it. */
  forProgram(address: bigint, size: number, access: "read" | "write"): Place {
    const place = this.find(address, size);
    if (!place) throw new VmFault(this.explain(address, size, access));
    const { region, offset } = place;
    if (region.kind === "user") throw new VmFault(`direct ${access} of user memory at ${hex(address)}`);
    if (region.kind === "handle") throw new VmFault(`${access} through ${region.name}, which is not memory`);
    if (access === "write" && !region.writable)
      throw new VmFault(`write to read-only ${region.name} at offset ${offset}`);
    if (access === "read" && region.written?.subarray(offset, offset + size).includes(0)) {
      throw new VmFault(`read of uninitialised stack at fp${offset - region.bytes.length}, ${size} bytes`);
    }
    return place;
  }

  private explain(address: bigint, size: number, access: string): string {
    const what = `${access} of ${size} bytes`;
    if (address < 4096n) return `${what} at ${hex(address)}: null pointer`;
    const region = this.regionAt(address);
    if (!region) return `${what} at ${hex(address)}: no memory there`;
    const offset = address - region.base;
    return `${what} at offset ${offset} of ${region.name}, which has ${region.bytes.length}`;
  }
}

function makeRegion(
  kind: RegionKind,
  name: string,
  base: bigint,
  bytes: Uint8Array,
  { writable = true, tracked = false }: { readonly writable?: boolean; readonly tracked?: boolean },
): Region {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const region = { kind, name, base, bytes, view, writable };
  return tracked ? { ...region, written: new Uint8Array(bytes.length) } : region;
}

export function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

/** Reads `size` bytes, little-endian, unsigned. */
export function loadLe(place: Place, size: 1 | 2 | 4 | 8): bigint {
  const { region, offset } = place;
  switch (size) {
    case 1:
      return BigInt(region.view.getUint8(offset));
    case 2:
      return BigInt(region.view.getUint16(offset, true));
    case 4:
      return BigInt(region.view.getUint32(offset, true));
    case 8:
      return region.view.getBigUint64(offset, true);
  }
}

/** Writes the low `size` bytes of `value`, little-endian. */
export function storeLe(place: Place, size: 1 | 2 | 4 | 8, value: bigint): void {
  const { region, offset } = place;
  region.written?.fill(1, offset, offset + size);
  switch (size) {
    case 1:
      region.view.setUint8(offset, Number(value & 0xffn));
      return;
    case 2:
      region.view.setUint16(offset, Number(value & 0xffffn), true);
      return;
    case 4:
      region.view.setUint32(offset, Number(value & 0xffff_ffffn), true);
      return;
    case 8:
      region.view.setBigUint64(offset, BigInt.asUintN(64, value), true);
      return;
  }
}
