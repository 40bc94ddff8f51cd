/** XZ files, as `.gnu_debugdata` holds one: The .xz File Format 1.2.0. Check sums are not looked at. */
import { BadLzma, decodeLzma2 } from "./lzma.js";

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const HEADER = 12;
const FILTER_LZMA2 = 0x21;
/** Bytes of a block's check, by the low half of the stream's second flag. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
/** No program's symbols are larger. */
const LIMIT = 1 << 30;

/** The bytes of all blocks; undefined if they are damaged, or filtered for other processors' code. */
export function unpackXz(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const checkSize = CHECK_SIZES[(bytes[7] ?? 0) & 0xf] ?? 0;
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    // A header size of 0 begins the index, which is behind all blocks.
    for (let at = HEADER; bytes[at] !== 0; ) {
      const headerSize = ((bytes[at] ?? 0) + 1) * 4;
      if (at + headerSize > bytes.length || !isPlain(bytes.subarray(at, at + headerSize))) return undefined;
      const { output, next } = decodeLzma2(bytes, at + headerSize, LIMIT - total);
      parts.push(output);
      total += output.length;
      at = next + ((4 - (next & 3)) & 3) + checkSize;
    }
  } catch (error) {
    if (error instanceof BadLzma) return undefined;
    throw error;
  }
  return Buffer.concat(parts);
}

/** A block whose only filter is LZMA2. */
function isPlain(header: Buffer): boolean {
  const flags = header[1] ?? 0;
  if ((flags & 3) !== 0) return false;
  let at = 2;
  const skipNumber = (): void => {
    while (((header[at++] ?? 0) & 0x80) !== 0);
  };
  if ((flags & 0x40) !== 0) skipNumber();
  if ((flags & 0x80) !== 0) skipNumber();
  return header[at] === FILTER_LZMA2;
}
