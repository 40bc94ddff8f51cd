/** Arguments of user functions by name and type, from debug information: where the calling convention puts them. */
import type { DebugFunction, DebugParameter } from "../../binary/dwarf/debug-info.js";
import { registersFor } from "../../binary/dwarf/types.js";
import { type Arch, archOf, type ArchName } from "../../target/arch.js";
import { sizeOf } from "../../types/layout.js";
import type { StructMember, StructType, Type } from "../../types/type.js";

/** More is returned in memory, whose address is passed before all arguments (System V ABI 3.2.3). */
const RETURNED_IN_REGISTERS = 16;

/**
 * Members of `args`, at the offsets of registers in `struct pt_regs`. What is not passed in one integer register
 * (floating-point numbers, large structs, what comes after the last register) is left out.
 */
export function argumentsInRegisters(name: string, known: DebugFunction, arch: ArchName): StructType {
  const { args, ptRegsSize } = archOf(arch);
  return {
    kind: "struct",
    union: false,
    name: "args",
    key: `args:${name}`,
    size: ptRegsSize,
    align: 8,
    members: placed(known, archOf(arch), args),
  };
}

function placed(known: DebugFunction, arch: Arch, registers: readonly number[]): StructMember[] {
  const members: StructMember[] = [];
  let next = returnsInMemory(known.result(), arch) ? 1 : 0;
  for (const parameter of known.parameters) {
    const type = parameter.type();
    const count = registersFor(type);
    if (count === undefined) continue;
    const offset = registers[next];
    const fits = offset !== undefined && next + count <= registers.length;
    if (fits) next += count;
    if (fits && count === 1 && sizeOf(type) <= 8) {
      members.push({ name: parameter.name, type, offset, index: members.length });
    }
  }
  return members;
}

/** arm64 has a register of its own for that address. */
function returnsInMemory(result: Type, arch: Arch): boolean {
  return arch.name === "x86_64" && result.kind === "struct" && result.size > RETURNED_IN_REGISTERS;
}

/** As a verbose listing prints them. */
export function argumentLines(known: DebugFunction): readonly string[] {
  return known.parameters.map((each: DebugParameter) => `${each.typeText()} ${each.name}`);
}
