/** Grows a little-endian byte sequence. Offsets are bytes from its start. */
export class ByteWriter {
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);
  private used = 0;

  get length(): number {
    return this.used;
  }

  u8(value: number): this {
    const at = this.grow(1);
    this.bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.grow(2);
    this.view.setUint16(at, value, true);
    return this;
  }

  /** Also for signed values: they are stored modulo 2^32. */
  u32(value: number): this {
    const at = this.grow(4);
    this.view.setUint32(at, value, true);
    return this;
  }

  /** Also for signed values: they are stored modulo 2^64. */
  u64(value: bigint): this {
    const at = this.grow(8);
    this.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    return this;
  }

  raw(data: Uint8Array): this {
    const at = this.grow(data.length);
    this.bytes.set(data, at);
    return this;
  }

  /** Pads with zeros to a multiple of `alignment`. */
  align(alignment: number): this {
    const rest = this.used % alignment;
    if (rest !== 0) this.grow(alignment - rest);
    return this;
  }

  /** Overwrites four bytes written before. */
  patchU32(at: number, value: number): void {
    if (at < 0 || at + 4 > this.used) throw new RangeError(`patch at ${at} outside ${this.used} bytes`);
    this.view.setUint32(at, value, true);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.used);
  }

  private grow(count: number): number {
    const at = this.used;
    this.used += count;
    if (this.used > this.bytes.length) {
      const next = new Uint8Array(Math.max(this.used, this.bytes.length * 2));
      next.set(this.bytes.subarray(0, at));
      this.bytes = next;
      this.view = new DataView(next.buffer);
    }
    return at;
  }
}
