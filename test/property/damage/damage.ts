/**
 * Files as nobody writes them: bytes flipped, numbers forged, parts copied elsewhere, the end cut off. The numbers are
 * those that break readers: 0, -1, powers of two and their neighbours, and places in the file itself.
 */
import fc from "fast-check";

/** Bytes that are worth damaging: [from, to). */
export type Region = readonly [from: number, to: number];

/** One wound. `region`, `at` and `from` are chosen by remainders, so that they fit any file. */
interface Wound {
  readonly kind: "flip" | "byte" | "number" | "copy";
  readonly region: number;
  readonly at: number;
  readonly from: number;
  readonly size: number;
  readonly number: bigint;
}

export interface Damage {
  readonly wounds: readonly Wound[];
  /** Where the file ends, as a part of its length; undefined: where it ended before. */
  readonly cut: number | undefined;
}

const edges = fc
  .tuple(fc.nat({ max: 63 }), fc.integer({ min: -2, max: 2 }))
  .map(([bit, near]) => BigInt.asUintN(64, (1n << BigInt(bit)) + BigInt(near)));

const wound: fc.Arbitrary<Wound> = fc.record({
  kind: fc.constantFrom("flip", "byte", "number", "copy"),
  region: fc.nat(),
  at: fc.nat(),
  from: fc.nat(),
  size: fc.nat({ max: 15 }),
  number: fc.oneof(fc.bigInt({ min: 0n, max: 300n }), edges, fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })),
});

/** Damage to any file; shrinks to fewer wounds. */
export const anyDamage = (mostWounds: number): fc.Arbitrary<Damage> =>
  fc.record({
    wounds: fc.array(wound, { maxLength: mostWounds, size: "max" }),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 12, nil: undefined }),
  });

/** A damaged copy of `bytes`. Every region is hit as often as another, however long it is. */
export function damaged(bytes: Buffer, regions: readonly Region[], { wounds, cut }: Damage): Buffer {
  const copy = Buffer.from(bytes);
  for (const { kind, region, at, from, size, number } of wounds) {
    const [start, end] = regions[region % regions.length] ?? [0, bytes.length];
    if (end <= start) continue;
    const place = start + (at % (end - start));
    switch (kind) {
      case "flip":
        copy[place] = (copy[place] ?? 0) ^ (1 << (size & 7));
        break;
      case "byte":
        copy[place] = Number(number & 0xffn);
        break;
      case "number": {
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(number);
        word.copy(copy, place, 0, 1 << (size & 3));
        break;
      }
      case "copy":
        bytes.copy(copy, place, start + (from % (end - start)), start + (from % (end - start)) + size);
        break;
    }
  }
  return cut === undefined ? copy : copy.subarray(0, Math.floor(copy.length * cut));
}
