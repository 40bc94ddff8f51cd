/** Buckets of histograms: how many there are and which one a value falls into. */

/**
 * hist: bucket 0 holds the negative numbers, bucket v + 1 the v below 2^bits; above, each power of two is cut
 * into 2^bits equal parts. Numbers are signed 64-bit; the room suffices for unsigned ones too.
 */
export function histBuckets(bits: number): number {
  return ((65 - bits) << bits) + 1;
}

export function histBucket(value: bigint, bits: number): number {
  if (value < 0n) return 0;
  if (value < 1n << BigInt(bits)) return Number(value) + 1;
  const log = value.toString(2).length - 1;
  const part = Number((value >> BigInt(log - bits)) & ((1n << BigInt(bits)) - 1n));
  return ((log - bits + 1) << bits) + part + 1;
}

/** lhist: one bucket for each step, one below `min` and one from `max` on. */
export function lhistBuckets(min: bigint, max: bigint, step: bigint): number {
  return Number((max - min) / step) + 2;
}

export function lhistBucket(value: bigint, min: bigint, max: bigint, step: bigint): number {
  if (value < min) return 0;
  if (value >= max) return lhistBuckets(min, max, step) - 1;
  return Number((value - min) / step) + 1;
}
