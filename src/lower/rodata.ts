/** Constant bytes of the object. Equal bytes are stored once; every entry starts at a multiple of 8. */
import { roundUp } from "../types/layout.js";

export class Rodata {
  private readonly chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  private readonly known = new Map<string, number>();
  private zeroArea: { readonly offset: number; size: number } | undefined;
  private end = 0;

  /** Offset of these bytes in `.rodata`. */
  place(bytes: Uint8Array): number {
    const key = Buffer.from(bytes).toString("latin1");
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const offset = this.end;
    this.chunks.push({ offset, bytes });
    this.known.set(key, offset);
    this.end = roundUp(offset + bytes.length, 8);
    return offset;
  }

  /** Offset of so many zeroes: first values of histograms. */
  zeroes(size: number): number {
    if (this.zeroArea === undefined || this.zeroArea.size < size) {
      this.zeroArea = { offset: this.end, size };
      this.end = roundUp(this.end + size, 8);
    }
    return this.zeroArea.offset;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.end);
    for (const { offset, bytes } of this.chunks) all.set(bytes, offset);
    return all;
  }
}
