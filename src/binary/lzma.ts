/**
 * LZMA2 decompression, as far as XZ files need it. Written from the LZMA specification (lzma-specification.txt of the LZMA
 * SDK) and the XZ file format 1.2.0; nothing in Node knows the format.
 */

/** The data are damaged, or not of this format. */
export class BadLzma extends Error {}

const STATES = 12;
const POSITION_STATES = 1 << 4;
/** Probabilities are 11 bits, and adapt by a 32nd. */
const HALF = 1 << 10;
const ONE = 1 << 11;
const MATCH_LEAST = 2;
/** Distances from slot 4 on have extra bits; from 14 on the lowest four have probabilities of their own. */
const FIRST_MODEL = 4;
const LAST_MODEL = 14;
const ALIGN_BITS = 4;
/** State after a literal: lzma-specification.txt, UpdateState_Literal. */
const AFTER_LITERAL = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5];

const fresh = (count: number): Uint16Array => new Uint16Array(count).fill(HALF);

/** Arithmetic decoder of bits. */
class RangeDecoder {
  private range = 0xffff_ffff;
  private code = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly end: number,
  ) {
    for (let i = 0; i < 5; i++) this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  private next(): number {
    if (this.at >= this.end) throw new BadLzma("it ends too early");
    return this.bytes[this.at++] ?? 0;
  }

  private normalise(): void {
    if (this.range >= 0x100_0000) return;
    this.range = (this.range << 8) >>> 0;
    this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  bit(probabilities: Uint16Array, index: number): 0 | 1 {
    this.normalise();
    const p = probabilities[index] ?? HALF;
    const bound = (this.range >>> 11) * p;
    if (this.code < bound) {
      this.range = bound;
      probabilities[index] = p + ((ONE - p) >> 5);
      return 0;
    }
    this.range -= bound;
    this.code -= bound;
    probabilities[index] = p - (p >> 5);
    return 1;
  }

  /** Highest bit first, each by what came before it. */
  tree(probabilities: Uint16Array, bits: number, base = 0): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.bit(probabilities, base + symbol);
    return symbol - (1 << bits);
  }

  reverseTree(probabilities: Uint16Array, bits: number, base = 0): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.bit(probabilities, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  /** Bits that are as likely one as the other. */
  direct(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.normalise();
      this.range >>>= 1;
      const bit = this.code >= this.range ? 1 : 0;
      if (bit === 1) this.code -= this.range;
      value = value * 2 + bit;
    }
    return value;
  }
}

class LengthDecoder {
  private readonly choice = fresh(2);
  private readonly low = fresh(POSITION_STATES << 3);
  private readonly middle = fresh(POSITION_STATES << 3);
  private readonly high = fresh(256);

  read(range: RangeDecoder, position: number): number {
    if (range.bit(this.choice, 0) === 0) return MATCH_LEAST + range.tree(this.low, 3, position << 3);
    if (range.bit(this.choice, 1) === 0) return MATCH_LEAST + 8 + range.tree(this.middle, 3, position << 3);
    return MATCH_LEAST + 16 + range.tree(this.high, 8);
  }
}

/** What adapts, and is forgotten at a reset. */
class Model {
  state = 0;
  readonly distances: [number, number, number, number] = [0, 0, 0, 0];
  readonly isMatch = fresh(STATES << 4);
  readonly isRepeat = fresh(STATES);
  readonly isRepeat0 = fresh(STATES);
  readonly isRepeat1 = fresh(STATES);
  readonly isRepeat2 = fresh(STATES);
  readonly isLong = fresh(STATES << 4);
  readonly slots = fresh(4 << 6);
  readonly special = fresh(1 + 128 - LAST_MODEL);
  readonly align = fresh(1 << ALIGN_BITS);
  readonly length = new LengthDecoder();
  readonly repeatLength = new LengthDecoder();
  readonly literals: Uint16Array;

  constructor(
    readonly literalContext: number,
    readonly literalPosition: number,
    readonly position: number,
  ) {
    this.literals = fresh(0x300 << (literalContext + literalPosition));
  }
}

/** What was written so far; matches copy from it. */
class Output {
  bytes = new Uint8Array(1 << 16);
  length = 0;
  /** Where the dictionary begins. */
  start = 0;

  put(byte: number): void {
    if (this.length === this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = byte;
  }

  back(distance: number): number {
    if (distance >= this.length - this.start) throw new BadLzma("it refers to what is not there");
    return this.bytes[this.length - 1 - distance] ?? 0;
  }
}

function literal(range: RangeDecoder, model: Model, out: Output): void {
  const at = out.length - out.start;
  const before = at === 0 ? 0 : out.back(0);
  const context =
    ((at & ((1 << model.literalPosition) - 1)) << model.literalContext) +
    (before >> (8 - model.literalContext));
  const base = 0x300 * context;
  let symbol = 1;
  if (model.state >= 7) {
    // Behind a match: the byte it would have gone on with tells something.
    let expected = out.back(model.distances[0]);
    while (symbol < 0x100) {
      const expectedBit = expected >> 7;
      expected = (expected << 1) & 0xff;
      const bit = range.bit(model.literals, base + ((1 + expectedBit) << 8) + symbol);
      symbol = (symbol << 1) | bit;
      if (bit !== expectedBit) break;
    }
  }
  while (symbol < 0x100) symbol = (symbol << 1) | range.bit(model.literals, base + symbol);
  out.put(symbol & 0xff);
  model.state = AFTER_LITERAL[model.state] ?? 0;
}

function readDistance(range: RangeDecoder, model: Model, length: number): number {
  const slot = range.tree(model.slots, 6, Math.min(length - MATCH_LEAST, 3) << 6);
  if (slot < FIRST_MODEL) return slot;
  const bits = (slot >> 1) - 1;
  const base = (2 | (slot & 1)) * 2 ** bits;
  if (slot < LAST_MODEL) return base + range.reverseTree(model.special, bits, base - slot);
  const upper = range.direct(bits - ALIGN_BITS) * (1 << ALIGN_BITS);
  return base + upper + range.reverseTree(model.align, ALIGN_BITS);
}

/** One of the last four distances again; undefined: a single byte of the last one was copied. */
function repeated(range: RangeDecoder, model: Model, out: Output, position: number): number | undefined {
  const { state, distances } = model;
  if (range.bit(model.isRepeat0, state) === 0) {
    if (range.bit(model.isLong, (state << 4) + position) === 0) {
      model.state = state < 7 ? 9 : 11;
      out.put(out.back(distances[0]));
      return undefined;
    }
  } else {
    const [a, b, c, d] = distances;
    if (range.bit(model.isRepeat1, state) === 0) distances.splice(0, 2, b, a);
    else if (range.bit(model.isRepeat2, state) === 0) distances.splice(0, 3, c, a, b);
    else distances.splice(0, 4, d, a, b, c);
  }
  model.state = state < 7 ? 8 : 11;
  return model.repeatLength.read(range, position);
}

/** Writes `size` more bytes. */
function decodeChunk(range: RangeDecoder, model: Model, out: Output, size: number): void {
  const end = out.length + size;
  while (out.length < end) {
    const position = (out.length - out.start) & ((1 << model.position) - 1);
    if (range.bit(model.isMatch, (model.state << 4) + position) === 0) {
      literal(range, model, out);
      continue;
    }
    let length: number | undefined;
    if (range.bit(model.isRepeat, model.state) === 1) {
      length = repeated(range, model, out, position);
      if (length === undefined) continue;
    } else {
      const [a, b, c] = model.distances;
      length = model.length.read(range, position);
      model.state = model.state < 7 ? 7 : 10;
      model.distances.splice(0, 4, readDistance(range, model, length), a, b, c);
    }
    if (out.length + length > end) throw new BadLzma("a match goes on behind its chunk");
    for (let i = 0; i < length; i++) out.put(out.back(model.distances[0]));
  }
}

function modelOf(properties: number): Model {
  const rest = Math.floor(properties / 9);
  const [literalContext, literalPosition, position] = [properties % 9, rest % 5, Math.floor(rest / 5)];
  if (properties >= 9 * 5 * 5 || literalContext + literalPosition > 4)
    throw new BadLzma("its properties are impossible");
  return new Model(literalContext, literalPosition, position);
}

/**
 * Decompresses the chunks from `at` on, until the one that ends them. Throws BadLzma. `next`: behind the last chunk.
 * `limit`: bytes of output that are no more believed.
 */
export function decodeLzma2(
  bytes: Uint8Array,
  from: number,
  limit: number,
): { readonly output: Uint8Array; readonly next: number } {
  const out = new Output();
  let model: Model | undefined;
  let at = from;
  const byte = (offset: number): number => {
    const value = bytes[at + offset];
    if (value === undefined) throw new BadLzma("it ends too early");
    return value;
  };
  for (;;) {
    const control = byte(0);
    if (control === 0) return { output: out.bytes.subarray(0, out.length), next: at + 1 };
    // 1: bytes as they are, dictionary reset; 2: without. From 0x80: LZMA, with what is reset in bits 5 and 6.
    if (control === 1 || control >= 0xe0) out.start = out.length;
    if (control < 0x80) {
      if (control > 2) throw new BadLzma("a chunk is of no kind");
      const size = (byte(1) << 8) + byte(2) + 1;
      for (let i = 0; i < size; i++) out.put(byte(3 + i));
      at += 3 + size;
    } else {
      const size = ((control & 0x1f) << 16) + (byte(1) << 8) + byte(2) + 1;
      const packed = (byte(3) << 8) + byte(4) + 1;
      const hasProperties = control >= 0xc0;
      if (hasProperties) model = modelOf(byte(5));
      else if (control >= 0xa0 && model !== undefined)
        model = new Model(model.literalContext, model.literalPosition, model.position);
      if (model === undefined) throw new BadLzma("its first chunk has no properties");
      at += hasProperties ? 6 : 5;
      if (out.length + size > limit) throw new BadLzma(`it is larger than ${limit} bytes`);
      decodeChunk(new RangeDecoder(bytes, at, Math.min(bytes.length, at + packed)), model, out, size);
      at += packed;
    }
  }
}
