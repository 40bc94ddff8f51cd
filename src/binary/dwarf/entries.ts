/** Debugging information entries: one at a time, children on demand. */
import { AT } from "./constants.js";
import { Cursor } from "./cursor.js";
import { type AttributeValue, addressOf, readForm, referenceOf, textOf } from "./forms.js";
import type { Unit } from "./units.js";

export interface Entry {
  readonly unit: Unit;
  readonly offset: number;
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: ReadonlyMap<number, AttributeValue>;
  /** Of what stands behind it: its first child, or its sibling. */
  readonly next: number;
}

/** Undefined: the end of a list of children, or broken. */
export function readEntry(unit: Unit, offset: number): Entry | undefined {
  const cursor = new Cursor(unit.sections.info, offset, unit.end);
  if (offset < unit.root || cursor.done) return undefined;
  const abbreviation = unit.abbreviations().get(cursor.uleb());
  if (abbreviation === undefined) return undefined;
  const attributes = new Map<number, AttributeValue>();
  for (const [attribute, form, implicit] of abbreviation.attributes) {
    const value = readForm(cursor, form, unit, implicit);
    if (value === undefined) return undefined;
    attributes.set(attribute, value);
  }
  const { tag, hasChildren } = abbreviation;
  return { unit, offset, tag, hasChildren, attributes, next: cursor.at };
}

export function* children(entry: Entry): Generator<Entry> {
  if (!entry.hasChildren) return;
  for (let at = entry.next; ; ) {
    const child = readEntry(entry.unit, at);
    if (child === undefined) return;
    yield child;
    at = behind(child);
  }
}

/** Offset of the next sibling. */
function behind(entry: Entry): number {
  if (!entry.hasChildren) return entry.next;
  const sibling = entry.attributes.get(AT.sibling);
  const told = sibling === undefined ? undefined : referenceOf(sibling, entry.unit);
  if (told !== undefined && told > entry.offset) return told;
  let at = entry.next;
  for (let child = readEntry(entry.unit, at); child !== undefined; child = readEntry(entry.unit, at)) {
    at = behind(child);
  }
  // The zero byte that ends the list.
  return at + 1;
}

export function text(entry: Entry, attribute: number): string | undefined {
  const value = entry.attributes.get(attribute);
  return value === undefined ? undefined : textOf(value, entry.unit);
}

export function number(entry: Entry, attribute: number): number | undefined {
  const value = entry.attributes.get(attribute)?.value;
  return typeof value === "number" ? value : undefined;
}

export function address(entry: Entry, attribute: number): number | undefined {
  const value = entry.attributes.get(attribute);
  return value === undefined ? undefined : addressOf(value, entry.unit);
}

/** The entry that an attribute refers to, if it is in the same unit or another unit of the same file. */
export function refer(entry: Entry, attribute: number, units: readonly Unit[]): Entry | undefined {
  const value = entry.attributes.get(attribute);
  const offset = value === undefined ? undefined : referenceOf(value, entry.unit);
  if (offset === undefined) return undefined;
  const { unit } = entry;
  const inside = offset >= unit.start && offset < unit.end;
  const home = inside ? unit : units.find((each) => offset >= each.start && offset < each.end);
  return home === undefined ? undefined : readEntry(home, offset);
}
