/** Instructions and terminators of IR text. The first word says which it is and, attached to it, how wide. */
import type {
  ArithmeticOp,
  CompareOp,
  IrInstruction,
  IrTerminator,
  IrType,
  MemorySize,
  ValueId,
  Width,
} from "./ir.js";
import type { LineReader } from "./line-reader.js";
import { irInt } from "./types.js";

const arithmetic: readonly ArithmeticOp[] = [
  "add",
  "sub",
  "mul",
  "udiv",
  "umod",
  "sdiv",
  "smod",
  "and",
  "or",
  "xor",
  "shl",
  "lshr",
  "ashr",
];
const comparisons: readonly CompareOp[] = [
  "eq",
  "ne",
  "ult",
  "ule",
  "ugt",
  "uge",
  "slt",
  "sle",
  "sgt",
  "sge",
];
const atomics = ["add", "or", "and", "xor", "xchg"] as const;

/** Notes the result's type in `types`. */
export function parseInstruction(line: LineReader, types: IrType[]): IrInstruction {
  const result = line.take("%") ? (line.number() as ValueId) : undefined;
  let type: IrType = irInt;
  if (result !== undefined) {
    if (line.take(":")) type = line.type();
    line.expect("=");
    types[result] = type;
  }
  return result === undefined ? parseEffect(line) : parseValue(line, result);
}

function parseEffect(line: LineReader): IrInstruction {
  const store = line.match(/store\d+/);
  if (store !== undefined) {
    const place = parsePlace(line);
    line.expect(",");
    return { op: "store", size: bytes(store.slice(5)), ...place, value: line.value() };
  }
  if (line.take("zero ")) {
    const place = parsePlace(line);
    line.expect(",");
    return { op: "zero", ...place, size: line.number() };
  }
  if (line.take("copy ")) return parseCopy(line);
  if (line.take("atomic ")) return parseAtomic(line, undefined);
  return parseCall(line, undefined) ?? line.fail("an instruction");
}

function parseValue(line: LineReader, result: ValueId): IrInstruction {
  if (line.take("const ")) return { op: "const", result, value: line.integer() };
  if (line.take("slot_addr s")) {
    const slot = line.number() as Extract<IrInstruction, { op: "slot_addr" }>["slot"];
    line.expect("+");
    return { op: "slot_addr", result, slot, offset: line.number() };
  }
  if (line.take("map_ref ")) return { op: "map_ref", result, map: line.word() };
  if (line.take("map_value_addr ")) {
    const map = line.word();
    line.expect("+");
    return { op: "map_value_addr", result, map, offset: line.number() };
  }
  if (line.take("func_ref ")) return { op: "func_ref", result, function: line.word() };
  if (line.take("ptr_add ")) return { op: "ptr_add", result, ...pair(line, "base", "index") };
  if (line.take("field_addr ")) return parseFieldAddress(line, result);
  if (line.take("atomic ")) return parseAtomic(line, result);
  return parseSized(line, result) ?? parseCall(line, result) ?? line.fail("an instruction");
}

/** Operations with their width behind the name: `add64`, `zext8`, `loadu32`. */
function parseSized(line: LineReader, result: ValueId): IrInstruction | undefined {
  const name = line.match(/[a-z]+\d+(?= [%[])/);
  if (name === undefined) return undefined;
  const stem = name.replace(/\d+$/, "");
  const bits = Number(name.slice(stem.length));
  if (stem === "loadu" || stem === "loads") {
    const place = parsePlace(line);
    const core = parseCore(line);
    return { op: "load", result, size: bytes(String(bits)), signed: stem === "loads", ...place, ...core };
  }
  if (stem === "zext" || stem === "sext") {
    const width = bits as 1 | 8 | 16 | 32;
    return { op: "extend", result, bits: width, signed: stem === "sext", value: line.value() };
  }
  if (stem === "bswap") return { op: "bswap", result, bits: bits as 16 | 32 | 64, value: line.value() };
  const width = bits as Width;
  const kind = arithmetic.find((each) => each === stem);
  if (kind !== undefined) return { op: "arith", result, kind, width, ...pair(line, "left", "right") };
  const comparison = comparisons.find((each) => each === stem) ?? line.fail("an operation");
  return { op: "compare", result, kind: comparison, width, ...pair(line, "left", "right") };
}

function pair<A extends string, B extends string>(line: LineReader, a: A, b: B): Record<A | B, ValueId> {
  const first = line.value();
  line.expect(",");
  return { [a]: first, [b]: line.value() } as Record<A | B, ValueId>;
}

function bytes(bits: string): MemorySize {
  return (Number(bits) / 8) as MemorySize;
}

/** `[%1 + 8]` */
function parsePlace(line: LineReader): { readonly address: ValueId; readonly offset: number } {
  line.expect("[");
  const address = line.value();
  const offset = line.take("+") ? line.number() : 0;
  line.expect("]");
  return { address, offset };
}

function parseCopy(line: LineReader): IrInstruction {
  const to = parsePlace(line);
  line.expect(",");
  const from = parsePlace(line);
  line.expect(",");
  const size = line.number();
  line.expect("align ");
  const align = line.number() as MemorySize;
  const places = { to: to.address, toOffset: to.offset, from: from.address, fromOffset: from.offset };
  return { op: "copy", ...places, size, align };
}

function parseFieldAddress(line: LineReader, result: ValueId): IrInstruction {
  const base = line.value();
  line.expect("+");
  const offset = line.number();
  return { op: "field_addr", result, base, offset, ...parseCore(line) };
}

function parseCore(line: LineReader): Pick<Extract<IrInstruction, { op: "load" }>, "core"> {
  if (!line.take("core ")) return {};
  const module = line.match(/\w+\//)?.slice(0, -1);
  const root = line.number();
  line.expect(":");
  const access = line.match(/[\d:]+/) ?? line.fail("an access");
  const kind = (["lshift", "rshift", "size"] as const).find(
    (word) => line.take(` ${word}`) || line.take(word),
  );
  return {
    core: {
      root,
      access,
      ...(module === undefined ? {} : { module }),
      ...(kind === undefined ? {} : { kind }),
    },
  };
}

function parseAtomic(line: LineReader, result: ValueId | undefined): IrInstruction {
  const kind = atomics.find((each) => line.take(each)) ?? line.fail("an atomic operation");
  const size = line.number() === 32 ? 4 : 8;
  const place = parsePlace(line);
  line.expect(",");
  const made = result === undefined ? {} : { result };
  return { op: "atomic", kind, size, ...place, value: line.value(), ...made };
}

function parseCall(line: LineReader, result: ValueId | undefined): IrInstruction | undefined {
  const made = result === undefined ? {} : { result };
  if (line.take("helper ")) return { op: "helper", helper: line.word(), args: line.values(), ...made };
  if (line.take("kfunc ")) return { op: "kfunc", name: line.word(), args: line.values(), ...made };
  if (line.take("call ")) return { op: "call", function: line.word(), args: line.values(), ...made };
  return undefined;
}

export function parseTerminator(line: LineReader): IrTerminator | undefined {
  if (line.take("jump ")) return { op: "jump", to: line.jump() };
  if (line.take("unreachable")) return { op: "unreachable" };
  if (line.take("return ")) return { op: "return", value: line.value() };
  if (line.take("switch ")) return parseSwitch(line);
  return line.take("branch ") ? parseBranch(line) : undefined;
}

function parseBranch(line: LineReader): IrTerminator {
  const name = line.match(/[a-z]+\d+/) ?? line.fail("a comparison");
  const width: Width = name.endsWith("32") ? 32 : 64;
  const kind = comparisons.find((each) => `${each}${width}` === name) ?? line.fail("a comparison");
  const sides = pair(line, "left", "right");
  line.expect(",");
  const then = line.jump();
  line.expect(",");
  return { op: "branch", kind, width, ...sides, then, otherwise: line.jump() };
}

function parseSwitch(line: LineReader): IrTerminator {
  const value = line.value();
  const cases: Extract<IrTerminator, { op: "switch" }>["cases"][number][] = [];
  while (line.take(",") && !line.take("else ")) {
    const wanted = line.integer();
    line.expect("->");
    cases.push({ value: wanted, to: line.jump() });
  }
  return { op: "switch", value, cases, otherwise: line.jump() };
}
