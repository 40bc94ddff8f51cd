/** Reads DWARF's numbers one after the other. Beyond the end everything is zero: debug information is not trusted. */
export class Cursor {
  constructor(
    readonly bytes: Buffer,
    public at: number,
    readonly end: number = bytes.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end;
  }

  private has(size: number): boolean {
    const fits = this.at + size <= this.bytes.length;
    if (!fits) this.at = this.bytes.length;
    return fits;
  }

  u8(): number {
    return this.bytes[this.at++] ?? 0;
  }
  u16(): number {
    if (!this.has(2)) return 0;
    this.at += 2;
    return this.bytes.readUInt16LE(this.at - 2);
  }
  u24(): number {
    return this.u16() | (this.u8() << 16);
  }
  u32(): number {
    if (!this.has(4)) return 0;
    this.at += 4;
    return this.bytes.readUInt32LE(this.at - 4);
  }
  /** As a number: addresses and sizes in files fit. */
  u64(): number {
    if (!this.has(8)) return 0;
    this.at += 8;
    return Number(this.bytes.readBigUInt64LE(this.at - 8));
  }
  big(): bigint {
    if (!this.has(8)) return 0n;
    this.at += 8;
    return this.bytes.readBigUInt64LE(this.at - 8);
  }
  sized(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 4:
        return this.u32();
      default:
        return this.u64();
    }
  }
  /** Unsigned LEB128. Bytes behind those of 64 bits count for nothing. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      if (scale < 2 ** 64) value += (byte & 0x7f) * scale;
      if (byte < 0x80 || this.at >= this.bytes.length) return value;
    }
  }
  /** Signed LEB128. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      if (scale < 2 ** 64) value += (byte & 0x7f) * scale;
      if (byte >= 0x80 && this.at < this.bytes.length) continue;
      return (byte & 0x40) === 0 || scale >= 2 ** 64 ? value : value - scale * 128;
    }
  }
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    const to = end < 0 ? this.bytes.length : end;
    const text = this.bytes.toString("utf8", this.at, to);
    this.at = to + 1;
    return text;
  }
  block(size: number): Buffer {
    const block = this.bytes.subarray(this.at, this.at + size);
    this.at += size;
    return block;
  }
}
