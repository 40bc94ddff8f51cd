import { ByteWriter } from "../base/byte-writer.js";

/** An ELF string table: NUL-terminated strings, each stored once, offset 0 being the empty one. */
export class StringTable {
  private readonly out = new ByteWriter().u8(0);
  private readonly offsets = new Map<string, number>([["", 0]]);

  /** Offset of the string, added if new. */
  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.out.length;
    this.out.raw(Buffer.from(text, "utf8")).u8(0);
    this.offsets.set(text, offset);
    return offset;
  }

  finish(): Uint8Array {
    return this.out.finish();
  }
}
