/** What each operation demands of its operands. `verify.ts` calls this for every instruction and terminator. */
import type { AddressSpace, BlockId, IrBlock, IrFunction, IrInstruction, IrType, ValueId } from "./ir.js";
import { jumps, resultOf } from "./uses.js";
import type { Symbols } from "./verify.js";

export interface Checks {
  readonly fn: IrFunction;
  readonly symbols: Symbols;
  readonly report: (where: string, what: string) => void;
  readonly definitions: ReadonlyMap<ValueId, IrInstruction>;
  readonly paramsOf: ReadonlyMap<BlockId, readonly ValueId[]>;
}

type NonNull = ReadonlySet<ValueId>;

/** Spaces a program may read itself, write itself, and change indivisibly. */
const readable: ReadonlySet<AddressSpace> = new Set(["ctx", "slot", "map_value", "ringbuf", "btf"]);
const writable: ReadonlySet<AddressSpace> = new Set(["slot", "map_value", "ringbuf"]);
const atomic: ReadonlySet<AddressSpace> = new Set(["slot", "map_value"]);

export function checkInstruction(
  insn: IrInstruction,
  block: BlockId,
  index: number,
  known: NonNull,
  c: Checks,
): void {
  const say = (what: string): void => c.report(`b${block}.${index} ${insn.op}`, what);
  const type = (value: ValueId): IrType | undefined => c.fn.valueTypes[value];
  const integer = (...values: readonly ValueId[]): void => {
    for (const value of values) if (type(value)?.kind !== "int") say(`%${value} is no integer`);
  };
  const memory = (value: ValueId, spaces: ReadonlySet<AddressSpace>, offset: number, size: number): void => {
    checkMemory(value, spaces, offset, size, { say, known, c });
  };
  const result = resultOf(insn);
  const made = result === undefined ? undefined : type(result);
  switch (insn.op) {
    case "const":
      if (made?.kind === "ptr" && insn.value !== 0n) say("a pointer from a number");
      return;
    case "arith":
      if (made?.kind !== "int") say("arithmetic gives integers");
      return integer(insn.left, insn.right);
    case "compare":
      if (made?.kind !== "int") say("comparisons give integers");
      return comparable(insn.left, insn.right, say, c);
    case "extend":
    case "bswap":
      return integer(insn.value);
    case "load":
      return memory(insn.address, readable, insn.offset, insn.size);
    case "store":
      return memory(insn.address, writable, insn.offset, insn.size);
    case "zero":
      return memory(insn.address, writable, insn.offset, insn.size);
    case "copy":
      memory(insn.to, writable, insn.toOffset, insn.size);
      return memory(insn.from, readable, insn.fromOffset, insn.size);
    case "slot_addr":
      if (c.fn.slots[insn.slot] === undefined) say(`there is no slot s${insn.slot}`);
      return;
    case "map_ref":
      if (!c.symbols.maps.has(insn.map)) say(`there is no map ${insn.map}`);
      return;
    case "map_value_addr": {
      const size = c.symbols.maps.get(insn.map);
      if (size === undefined) say(`there is no map ${insn.map}`);
      else if (insn.offset < 0 || insn.offset > size) say(`${insn.map} has ${size} bytes`);
      return;
    }
    case "func_ref":
      if (!c.symbols.functions.has(insn.function)) say(`there is no function ${insn.function}`);
      return;
    case "ptr_add":
      integer(insn.index);
      return notNull(insn.base, { say, known, c });
    case "field_addr":
      return notNull(insn.base, { say, known, c });
    case "atomic":
      integer(insn.value);
      return memory(insn.address, atomic, insn.offset, insn.size);
    case "helper":
    case "kfunc":
      if (insn.args.length > 5) say("more than five arguments");
      return;
    case "call": {
      const wanted = c.symbols.functions.get(insn.function);
      if (wanted === undefined) say(`there is no function ${insn.function}`);
      else if (wanted !== insn.args.length) say(`${insn.function} takes ${wanted} arguments`);
    }
  }
}

export function checkTerminator(
  block: IrBlock,
  onEdge: (block: IrBlock, index: number) => NonNull,
  c: Checks,
): void {
  const { terminator } = block;
  const say = (what: string): void => c.report(`b${block.id} ${terminator.op}`, what);
  if (terminator.op === "branch") comparable(terminator.left, terminator.right, say, c);
  if (terminator.op === "switch" || terminator.op === "return") {
    if (c.fn.valueTypes[terminator.value]?.kind !== "int") say(`%${terminator.value} is no integer`);
  }
  if (terminator.op === "switch") {
    const values = terminator.cases.map((to) => BigInt.asUintN(64, to.value));
    if (new Set(values).size !== values.length) say("a case occurs twice");
  }
  jumps(terminator).forEach((jump, index) => {
    const params = c.paramsOf.get(jump.block) ?? [];
    const known = onEdge(block, index);
    jump.args.forEach((arg, i) => {
      const param = params[i];
      if (param !== undefined && !isPassable(arg, param, known, c)) {
        say(`%${arg} does not fit %${param} of b${jump.block}`);
      }
    });
  });
}

/** A number is compared with a number; a pointer with zero or a pointer of its space. */
function comparable(left: ValueId, right: ValueId, say: (what: string) => void, c: Checks): void {
  const [a, b] = [c.fn.valueTypes[left], c.fn.valueTypes[right]];
  if (a?.kind === "ptr" && b?.kind === "ptr" ? a.space === b.space : a?.kind === b?.kind) return;
  if (isZero(left, c) || isZero(right, c)) return;
  say(`%${left} and %${right} are of different kinds`);
}

function isZero(value: ValueId, c: Checks): boolean {
  const definition = c.definitions.get(value);
  return definition?.op === "const" && definition.value === 0n;
}

function isPassable(arg: ValueId, param: ValueId, known: NonNull, c: Checks): boolean {
  const [given, wanted] = [c.fn.valueTypes[arg], c.fn.valueTypes[param]];
  if (given?.kind !== "ptr" || wanted?.kind !== "ptr") return given?.kind === wanted?.kind;
  return given.space === wanted.space && (!given.nullable || wanted.nullable || known.has(arg));
}

interface Access {
  readonly say: (what: string) => void;
  readonly known: NonNull;
  readonly c: Checks;
}

function checkMemory(
  value: ValueId,
  spaces: ReadonlySet<AddressSpace>,
  offset: number,
  size: number,
  { say, known, c }: Access,
): void {
  const type = c.fn.valueTypes[value];
  if (type?.kind !== "ptr") return say(`%${value} is no pointer`);
  if (!spaces.has(type.space)) return say(`not allowed on ${type.space}`);
  notNull(value, { say, known, c });
  const place = placeOf(value, offset, c);
  const slot = c.definitions.get(place.root);
  const bytes =
    slot?.op === "slot_addr"
      ? c.fn.slots[slot.slot]?.size
      : slot?.op === "map_value_addr"
        ? c.symbols.maps.get(slot.map)
        : undefined;
  const start = place.offset + (slot?.op === "slot_addr" || slot?.op === "map_value_addr" ? slot.offset : 0);
  if (bytes !== undefined && (start < 0 || start + size > bytes)) {
    say(`bytes ${start} to ${start + size} of ${bytes}`);
  }
}

/** The kernel's verifier allows nothing but a test on a pointer that may be null. */
function notNull(value: ValueId, { say, known, c }: Access): void {
  const type = c.fn.valueTypes[value];
  if (type?.kind !== "ptr" || !type.nullable) return;
  let root = value;
  for (
    let at = c.definitions.get(root);
    at?.op === "field_addr" || at?.op === "ptr_add";
    at = c.definitions.get(root)
  ) {
    root = at.base;
  }
  if (!known.has(root)) say(`%${value} may be null`);
}

/** The pointer an address was made of by adding constants, and their sum. */
function placeOf(
  value: ValueId,
  offset: number,
  c: Checks,
): { readonly root: ValueId; readonly offset: number } {
  const definition = c.definitions.get(value);
  if (definition?.op !== "field_addr") return { root: value, offset };
  return placeOf(definition.base, offset + definition.offset, c);
}
