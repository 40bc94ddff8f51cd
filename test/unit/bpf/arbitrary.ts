/** Random BPF instructions for property tests. */
import fc from "fast-check";
import {
  type AluOp,
  type Insn,
  type Item,
  type JmpOp,
  label,
  type Operand,
  type Reg,
} from "../../../src/bpf/insn.js";

export const ALU_OPS = [
  "add",
  "sub",
  "mul",
  "div",
  "sdiv",
  "mod",
  "smod",
  "or",
  "and",
  "xor",
  "lsh",
  "rsh",
  "arsh",
  "mov",
] as const satisfies readonly AluOp[];

export const JMP_OPS = [
  "eq",
  "ne",
  "set",
  "gt",
  "ge",
  "lt",
  "le",
  "sgt",
  "sge",
  "slt",
  "sle",
] as const satisfies readonly JmpOp[];

export const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
/** Random 64-bit values with the edges of all widths over-represented. */
export const word64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.constantFrom(
    0n,
    1n,
    31n,
    32n,
    63n,
    64n,
    0x7fn,
    0x80n,
    0xffffn,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
  ),
  fc.constantFrom(0x1_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn),
);

const register = fc.integer({ min: 0, max: 10 }) as fc.Arbitrary<Reg>;
const offset = fc.integer({ min: -0x8000, max: 0x7fff });
const size = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const symbol = fc.constantFrom("events", "counts", "__loop_body");
const operand: fc.Arbitrary<Operand> = fc.oneof(
  fc.record({ kind: fc.constant("reg" as const), reg: register }),
  fc.record({ kind: fc.constant("imm" as const), value: int32 }),
);

function of<K extends Insn["kind"]>(
  kind: K,
  fields: {
    [F in keyof Omit<Extract<Insn, { kind: K }>, "kind" | "span" | "core">]-?: fc.Arbitrary<
      Extract<Insn, { kind: K }>[F]
    >;
  },
): fc.Arbitrary<Insn> {
  return fc.record({ kind: fc.constant(kind), ...fields }) as unknown as fc.Arbitrary<Insn>;
}

const bool = fc.boolean();

/** Everything but jumps, in the form decoding gives: canonical, so that a round trip is an identity. */
const straight: fc.Arbitrary<Insn> = fc.oneof(
  of("alu", { op: fc.constantFrom(...ALU_OPS), is64: bool, dst: register, src: operand }),
  of("neg", { is64: bool, dst: register }),
  of("movsx", { is64: bool, bits: fc.constantFrom(8 as const, 16 as const), dst: register, src: register }),
  of("movsx", { is64: fc.constant(true), bits: fc.constant(32 as const), dst: register, src: register }),
  of("endian", {
    to: fc.constantFrom("le" as const, "be" as const, "swap" as const),
    bits: fc.constantFrom(16 as const, 32 as const, 64 as const),
    dst: register,
  }),
  of("loadImm64", { dst: register, value: word64 }),
  of("loadMap", { dst: register, map: symbol }),
  of("loadMapValue", { dst: register, map: symbol, offset: fc.nat(0x7fffffff) }),
  of("loadFunction", { dst: register, symbol }),
  of("ldx", { size, signed: fc.constant(false), dst: register, src: register, off: offset }),
  of("ldx", {
    size: fc.constantFrom(1 as const, 2 as const, 4 as const),
    signed: fc.constant(true),
    dst: register,
    src: register,
    off: offset,
  }),
  of("st", { size, dst: register, off: offset, imm: int32 }),
  of("stx", { size, dst: register, off: offset, src: register }),
  of("atomic", {
    op: fc.constantFrom("add" as const, "or" as const, "and" as const, "xor" as const),
    fetch: bool,
    size: fc.constantFrom(4 as const, 8 as const),
    dst: register,
    off: offset,
    src: register,
  }),
  of("atomic", {
    op: fc.constantFrom("xchg" as const, "cmpxchg" as const),
    fetch: fc.constant(true),
    size: fc.constantFrom(4 as const, 8 as const),
    dst: register,
    off: offset,
    src: register,
  }),
  of("callHelper", { helper: fc.integer({ min: 1, max: 211 }) }),
  of("callKfunc", { symbol }),
  of("callFunction", { symbol }),
  of("exit", {}),
);

/** A jump to be aimed at the instruction `aim` modulo the program's length. */
const jump = fc.record({
  aim: fc.nat(1000),
  condition: fc.option(
    fc.record({ op: fc.constantFrom(...JMP_OPS), is64: bool, dst: register, src: operand }),
  ),
});

/** A program whose labels are exactly those jumped to, numbered by their places as `decode` numbers them. */
export const program: fc.Arbitrary<Item[]> = fc
  .array(fc.oneof({ weight: 4, arbitrary: straight }, { weight: 1, arbitrary: jump }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((parts) => {
    const aims = parts.flatMap((part) => ("aim" in part ? [part.aim % (parts.length + 1)] : []));
    const order = [...new Set(aims)].sort((a, b) => a - b);
    const items: Item[] = [];
    parts.forEach((part, index) => {
      if (order.includes(index)) items.push({ kind: "label", label: label(order.indexOf(index)) });
      if (!("aim" in part)) items.push(part);
      else {
        const target = label(order.indexOf(part.aim % (parts.length + 1)));
        items.push(part.condition ? { kind: "jmp", ...part.condition, target } : { kind: "ja", target });
      }
    });
    if (order.includes(parts.length))
      items.push({ kind: "label", label: label(order.indexOf(parts.length)) });
    return items;
  });
