/** Which addresses an entry covers (DWARF 5, section 2.17). */
import { AT, FORM, RANGE } from "./constants.js";
import { Cursor } from "./cursor.js";
import { address, type Entry, number } from "./entries.js";
import { indexedAddress } from "./forms.js";

export type Range = readonly [from: number, to: number];

/** `base`: what range lists count from, the unit's own low address. */
export function rangesOf(entry: Entry, base: number): readonly Range[] {
  const low = address(entry, AT.lowPc);
  const high = entry.attributes.get(AT.highPc);
  if (low !== undefined && high !== undefined) {
    // An address, or the length.
    const end = address(entry, AT.highPc) ?? low + (number(entry, AT.highPc) ?? 0);
    return end > low ? [[low, end]] : [];
  }
  const list = entry.attributes.get(AT.ranges);
  if (list === undefined || typeof list.value !== "number") return [];
  const { unit } = entry;
  if (unit.version < 5) return oldList(entry, list.value, base);
  const at =
    list.form === FORM.rnglistx
      ? unit.rnglistsBase +
        new Cursor(unit.sections.rnglists, unit.rnglistsBase + list.value * unit.offsetSize).sized(
          unit.offsetSize,
        )
      : list.value;
  return newList(entry, at, base);
}

export function covers(ranges: readonly Range[], at: number): boolean {
  return ranges.some(([from, to]) => at >= from && at < to);
}

/** Pairs of addresses; a first of all ones sets the base, two zeroes end the list. */
function oldList({ unit }: Entry, at: number, start: number): Range[] {
  const cursor = new Cursor(unit.sections.ranges, at);
  const found: Range[] = [];
  let base = start;
  while (!cursor.done) {
    const from = cursor.big();
    const to = Number(cursor.big());
    if (from === 0n && to === 0) break;
    if (from === 0xffff_ffff_ffff_ffffn) base = to;
    else if (to > Number(from)) found.push([base + Number(from), base + to]);
  }
  return found;
}

function newList({ unit }: Entry, at: number, start: number): Range[] {
  const cursor = new Cursor(unit.sections.rnglists, at);
  const size = unit.addressSize;
  const found: Range[] = [];
  let base = start;
  while (!cursor.done) {
    switch (cursor.u8()) {
      case RANGE.baseAddressx:
        base = indexedAddress(unit, cursor.uleb());
        break;
      case RANGE.startxEndx: {
        const from = indexedAddress(unit, cursor.uleb());
        found.push([from, indexedAddress(unit, cursor.uleb())]);
        break;
      }
      case RANGE.startxLength: {
        const from = indexedAddress(unit, cursor.uleb());
        found.push([from, from + cursor.uleb()]);
        break;
      }
      case RANGE.offsetPair: {
        const from = base + cursor.uleb();
        found.push([from, base + cursor.uleb()]);
        break;
      }
      case RANGE.baseAddress:
        base = cursor.sized(size);
        break;
      case RANGE.startEnd: {
        const from = cursor.sized(size);
        found.push([from, cursor.sized(size)]);
        break;
      }
      case RANGE.startLength: {
        const from = cursor.sized(size);
        found.push([from, from + cursor.uleb()]);
        break;
      }
      default:
        return found;
    }
  }
  return found;
}
