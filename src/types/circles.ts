/** Structs that hold themselves: no compiler makes them, but a forged file may, and who walks through them never ends. */
import type { StructMember, StructType, Type } from "./type.js";

/**
 * The members of `struct` without those that hold it. `declared`: what the file says of a struct, circles and all.
 * A circle has at least one struct in one that is no larger; only there anything is searched.
 */
export function withoutCircles(
  struct: StructType,
  declared: (of: StructType) => readonly StructMember[],
): readonly StructMember[] {
  return declared(struct).filter(({ type }) => {
    const inner = structIn(type);
    return inner === undefined || inner.size < struct.size || !holds(inner, struct, declared);
  });
}

/** The struct of which a value of this type is one, or is made. */
function structIn(type: Type): StructType | undefined {
  let at = type;
  while (at.kind === "array") at = at.element;
  return at.kind === "struct" ? at : undefined;
}

function holds(
  from: StructType,
  wanted: StructType,
  declared: (of: StructType) => readonly StructMember[],
): boolean {
  // A set goes on to what is added to it meanwhile.
  const seen = new Set([from]);
  for (const struct of seen) {
    if (struct === wanted) return true;
    for (const { type } of declared(struct)) {
      const inner = structIn(type);
      if (inner !== undefined) seen.add(inner);
    }
  }
  return false;
}
