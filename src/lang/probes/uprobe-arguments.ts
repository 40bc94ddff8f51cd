/** Arguments of user functions by name and type, from debug information: where the calling convention puts them. */
import type { DebugFunction, DebugParameter } from "../../binary/dwarf/debug-info.js";
import { archOf, type ArchName } from "../../target/arch.js";
import type { StructMember, StructType } from "../../types/type.js";
import { placesOf } from "./calling-convention.js";

/**
 * Members of `args`. What one register holds stands at the register's offset in `struct pt_regs`; all else says in
 * `place` where it is.
 */
export function argumentsOf(name: string, known: DebugFunction, archName: ArchName): StructType {
  const arch = archOf(archName);
  const places = placesOf(
    known.parameters.map((parameter) => parameter.shape()),
    known.resultShape(),
    arch,
  );
  const members = known.parameters.map((parameter, index): StructMember => {
    const place = places[index];
    const member = { name: parameter.name, type: parameter.type(), offset: 0, index };
    if (place?.kind === "registers" && place.offsets.length === 1)
      return { ...member, offset: place.offsets[0] ?? 0 };
    return place === undefined ? member : { ...member, place };
  });
  return {
    kind: "struct",
    union: false,
    name: "args",
    key: `args:${name}`,
    size: arch.ptRegsSize,
    align: 8,
    members,
  };
}

/** As a verbose listing prints them. */
export function argumentLines(known: DebugFunction): readonly string[] {
  return known.parameters.map((each: DebugParameter) => `${each.typeText()} ${each.name}`);
}
