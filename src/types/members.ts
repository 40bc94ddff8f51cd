/** Finding a struct's member by name, through anonymous structs and unions. */
import type { StructMember, StructType } from "./type.js";

/**
 * The way to member `name`: the anonymous members on the path, then the member itself. Each offset counts from
 * its own parent, so that lowering (and CO-RE) sees every step. Undefined if there is none.
 */
export function memberPath(struct: StructType, name: string): readonly StructMember[] | undefined {
  const direct = struct.members.find((member) => member.name === name);
  if (direct !== undefined) return [direct];
  for (const member of struct.members) {
    if (member.name !== "" || member.type.kind !== "struct") continue;
    const rest = memberPath(member.type, name);
    if (rest !== undefined) return [member, ...rest];
  }
  return undefined;
}

/** All names that `memberPath` finds: candidates of spelling suggestions. */
export function memberNames(struct: StructType): string[] {
  return struct.members.flatMap((member) =>
    member.name !== "" ? [member.name] : member.type.kind === "struct" ? memberNames(member.type) : [],
  );
}
