/**
 * Where a function finds its parameters when it starts. Sources: System V ABI, AMD64 supplement, 3.2.3 (Parameter
 * Passing); Procedure Call Standard for the Arm 64-bit Architecture, 6.8.2 (stage C).
 */
import type { Shape } from "../../binary/dwarf/shape.js";
import type { Arch } from "../../target/arch.js";
import { roundUp } from "../../types/layout.js";
import type { ArgumentPlace } from "../../types/type.js";

const WORD = 8;
/** Larger values go to memory: the caller's stack (x86-64), or a copy whose address is passed (arm64). */
const LARGEST_IN_REGISTERS = 16;
const VECTOR_REGISTERS = 8;

const IN_VECTOR: ArgumentPlace = {
  kind: "nowhere",
  why: "it is passed in a floating-point register, and BPF programs see none of those",
};
const EMPTY: ArgumentPlace = { kind: "nowhere", why: "it is empty, so nothing is passed" };

/** What parameters so far have taken. */
interface Taken {
  general: number;
  vector: number;
  /** Bytes on the stack. */
  stack: number;
}

/** The place of each parameter, in their order. */
export function placesOf(parameters: readonly Shape[], result: Shape, arch: Arch): readonly ArgumentPlace[] {
  const taken: Taken = { general: 0, vector: 0, stack: 0 };
  if (arch.name === "aarch64") return parameters.map((shape) => placeArm64(shape, taken, arch));
  // The address of a result in memory is passed before all else; arm64 has a register of its own for it.
  if (result.byReference || goesToMemory(result)) taken.general++;
  return parameters.map((shape) => placeX86(shape, taken, arch));
}

function onStack(size: number, align: number, taken: Taken, arch: Arch): ArgumentPlace {
  const at = roundUp(taken.stack, align >= 16 ? 16 : WORD);
  taken.stack = at + roundUp(size, WORD);
  return { kind: "stack", offset: arch.stackArgs + at };
}

/** So many general registers from the next one on; undefined: there are not that many left. */
function inRegisters(count: number, taken: Taken, arch: Arch): ArgumentPlace | undefined {
  const offsets = arch.args.slice(taken.general, taken.general + count);
  if (offsets.length < count) return undefined;
  taken.general += count;
  return { kind: "registers", offsets };
}

function address(taken: Taken, arch: Arch): ArgumentPlace {
  const at = inRegisters(1, taken, arch) ?? onStack(WORD, WORD, taken, arch);
  return { kind: "reference", at };
}

// ------------------------------------------------------------------------------------------------------ x86-64

/** Class MEMORY: too large, not aligned, or with an x87 number in it. */
function goesToMemory({ size, scalars, isComposite }: Shape): boolean {
  if (size > LARGEST_IN_REGISTERS) return true;
  return scalars.some(
    (scalar) =>
      (isComposite && scalar.kind === "extended") ||
      scalar.offset % Math.max(1, Math.min(scalar.size, WORD)) !== 0,
  );
}

function placeX86(shape: Shape, taken: Taken, arch: Arch): ArgumentPlace {
  if (shape.byReference) return address(taken, arch);
  if (shape.size === 0 || (shape.isComposite && shape.scalars.length === 0 && shape.size <= 1)) return EMPTY;
  const isExtended = shape.scalars.some(({ kind }) => kind === "extended");
  if (isExtended || goesToMemory(shape)) return onStack(shape.size, shape.align, taken, arch);
  // Each eight bytes are an integer's unless all that lies in them is floating-point.
  const words = Array.from({ length: Math.ceil(shape.size / WORD) }, (_, word) =>
    shape.scalars.some(
      ({ kind, offset, size }) =>
        kind === "integer" && offset < (word + 1) * WORD && offset + size > word * WORD,
    ),
  );
  const general = words.filter((isInteger) => isInteger).length;
  const vector = words.length - general;
  if (taken.general + general > arch.args.length || taken.vector + vector > VECTOR_REGISTERS)
    return onStack(shape.size, shape.align, taken, arch);
  taken.vector += vector;
  const place = inRegisters(general, taken, arch) ?? EMPTY;
  return vector > 0 ? IN_VECTOR : place;
}

// ------------------------------------------------------------------------------------------------------- arm64

/** One to four floating-point numbers of one size, and nothing else (HFA). */
function vectorNumbers({ size, scalars }: Shape): number {
  const [first] = scalars;
  if (first === undefined || scalars.length > 4) return 0;
  const isUniform = scalars.every(({ kind, size: own }) => kind !== "integer" && own === first.size);
  return isUniform && first.size * scalars.length === size ? scalars.length : 0;
}

function placeArm64(shape: Shape, taken: Taken, arch: Arch): ArgumentPlace {
  if (shape.byReference) return address(taken, arch);
  if (shape.size === 0) return EMPTY;
  const vector = vectorNumbers(shape);
  if (vector > 0) {
    if (taken.vector + vector <= VECTOR_REGISTERS) {
      taken.vector += vector;
      return IN_VECTOR;
    }
    taken.vector = VECTOR_REGISTERS;
    return onStack(shape.size, shape.align, taken, arch);
  }
  if (shape.size > LARGEST_IN_REGISTERS) return address(taken, arch);
  if (shape.align >= 16) taken.general = roundUp(taken.general, 2);
  const place = inRegisters(Math.ceil(shape.size / WORD), taken, arch);
  if (place !== undefined) return place;
  // Once something went to the stack, nothing behind it goes back to registers.
  taken.general = arch.args.length;
  return onStack(shape.size, shape.align, taken, arch);
}
