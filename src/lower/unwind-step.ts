/**
 * The walk of `unwind.ts`: two callbacks of bpf_loop, one frame and one round of a search, that all programs of an object
 * share. Its state lies in the program's scratch memory; pointers to maps cannot lie there and are handed on through the
 * stack: a callback's context is {state, map}.
 */
import { FunctionBuilder } from "../ir/builder.js";
import type { ValueId } from "../ir/ir.js";
import { irInt, irNullable, irPtr } from "../ir/types.js";
import type { ModuleContext, UnwindMaps } from "./module.js";

/** Frames of a stack at most: PERF_MAX_STACK_DEPTH, as bpf_get_stackid has. */
export const MOST_FRAMES = 127;

/** Offsets in the state. What is kept of a stack, {count, frames}, is its end. */
export const STATE = {
  ip: 0,
  sp: 8,
  fp: 16,
  hash: 24,
  exact: 32,
  low: 40,
  high: 48,
  wanted: 56,
  count: 64,
  frames: 72,
} as const;
export const STATE_SIZE = STATE.frames + 8 * MOST_FRAMES;

/** Offsets in an element of `processes`. */
const MAPPING = { start: 0, end: 8, offset: 16, table: 24 };
/** Offsets in a row, and what its rule's bits mean (`runtime/unwind-rows.h` says the same). */
const ROW = { offset: 0, cfa: 8, fp: 12, rule: 14, keeping: 15 };
const RULE = { byFp: 1, pointer: 2, stub: 4, signal: 8, known: 16, end: 128 };
const KEPT = { same: 0, saved: 1, lost: 2 };

/** Rounds of a search among 2^32 elements. */
const SEARCH_ROUNDS = 32;
/** 2^64 divided by the golden ratio: spreads bits. */
const GOLDEN = 0x9e3779b97f4a7c15n;

/** What the callbacks need of their builder: branches that leave, and reads of the program's memory. */
class Walk {
  readonly state: ValueId;
  readonly map: ValueId;
  private readonly key: ValueId;
  private readonly word: ValueId;
  private readonly cells: ValueId;

  constructor(
    readonly b: FunctionBuilder,
    readonly frame: ValueId,
  ) {
    this.state = b.load(frame, 0, 8, { type: irPtr("map_value") });
    this.map = b.load(frame, 8, 8, { type: irPtr("map") });
    this.key = b.slotAddr(b.slot(4, 4, "key"));
    this.word = b.slotAddr(b.slot(8, 8, "word"));
    this.cells = b.slotAddr(b.slot(16, 8, "search"));
  }

  get(offset: number): ValueId {
    return this.b.load(this.state, offset, 8);
  }
  set(offset: number, value: ValueId): void {
    this.b.store(this.state, offset, 8, value);
  }

  /** Ends the loop unless the condition holds, or the pointer is one. */
  demand(condition: ValueId): void {
    const { b } = this;
    const [on, stop] = [b.newBlock(), b.newBlock()];
    b.branchIf(condition, on, stop);
    b.setBlock(stop);
    b.return(b.constInt(1));
    b.setBlock(on);
  }

  when(condition: ValueId, then: () => void): void {
    const { b } = this;
    const [inside, after] = [b.newBlock(), b.newBlock()];
    b.branchIf(condition, inside, after);
    b.setBlock(inside);
    then();
    b.jump(after);
    b.setBlock(after);
  }

  has(flags: ValueId, flag: number): ValueId {
    return this.b.arith("and", flags, this.b.constInt(flag));
  }

  element(map: ValueId, index: ValueId, space: "map" | "map_value"): ValueId {
    const { b } = this;
    b.store(this.key, 0, 4, index);
    return b.helper("map_lookup_elem", [map, this.key], irNullable(space));
  }

  /** Eight bytes of the process; the walk ends where they cannot be read. */
  read(address: ValueId): ValueId {
    const { b } = this;
    const status = b.helper("probe_read_user", [this.word, b.constInt(8), address]);
    this.demand(b.compare("eq", status, b.constInt(0)));
    return b.load(this.word, 0, 8);
  }

  /** `then` with the last element that begins at `wanted` or before it, if there is one. */
  find(map: ValueId, wanted: ValueId, search: string, then: (element: ValueId) => void): void {
    const { b } = this;
    const head = this.element(map, b.constInt(0), "map_value");
    this.when(head, () => {
      this.set(STATE.low, b.constInt(1));
      this.set(STATE.high, b.arith("add", b.load(head, 0, 8), b.constInt(1)));
      this.set(STATE.wanted, wanted);
      b.store(this.cells, 0, 8, this.state);
      b.store(this.cells, 8, 8, map);
      b.helperVoid("loop", [b.constInt(SEARCH_ROUNDS), b.funcRef(search), this.cells, b.constInt(0)]);
      const index = b.arith("sub", this.get(STATE.low), b.constInt(1));
      this.when(index, () => {
        const found = this.element(map, index, "map_value");
        this.when(found, () => then(found));
      });
    });
  }
}

function callbackOf(module: ModuleContext, name: string, body: (walk: Walk, round: ValueId) => void): string {
  if (module.functions.some((f) => f.name === name)) return name;
  const b = new FunctionBuilder({ name, role: "callback", section: "", params: [irInt, irPtr("slot")] });
  const [round, frame] = b.params;
  if (round === undefined || frame === undefined) throw new Error("a callback without parameters");
  body(new Walk(b, frame), round);
  module.functions.push(b.finish());
  return name;
}

/** One round of a binary search: elements up to `low - 1` begin at `wanted` or before, those from `high` on behind it. */
function searchOf(module: ModuleContext): string {
  return callbackOf(module, "tsbt_unwind_search", (walk) => {
    const { b } = walk;
    const [low, high] = [walk.get(STATE.low), walk.get(STATE.high)];
    walk.demand(b.compare("ult", low, high));
    const middle = b.arith("lshr", b.arith("add", low, high), b.constInt(1));
    const element = walk.element(walk.map, middle, "map_value");
    walk.demand(element);
    const isBehind = b.compare("ugt", b.load(element, 0, 8), walk.get(STATE.wanted));
    walk.when(isBehind, () => {
      walk.set(STATE.high, middle);
      b.return(b.constInt(0));
      b.setBlock(b.newBlock());
      b.unreachable();
    });
    walk.set(STATE.low, b.arith("add", middle, b.constInt(1)));
    b.return(b.constInt(0));
  });
}

/** The callback for one frame: writes it down, and finds its caller's. Its name in the object. */
export function stepOf(module: ModuleContext, maps: UnwindMaps): string {
  const search = searchOf(module);
  return callbackOf(module, "tsbt_unwind_step", (walk, round) => {
    const { b } = walk;
    const ip = walk.get(STATE.ip);
    writeDown(walk, round, ip);
    // A return address may be the first byte of the next function: the call before it is what counts.
    const place = b.arith("add", b.arith("sub", ip, b.constInt(1)), walk.get(STATE.exact));
    const rule = new RuleVariables(b);
    const isMapped = b.declareVariable();
    b.writeVariable(isMapped, b.constInt(0));
    walk.find(walk.map, place, search, (mapping) => {
      walk.when(b.compare("ult", place, b.load(mapping, MAPPING.end, 8)), () => {
        b.writeVariable(isMapped, b.constInt(1));
        const inMapping = b.arith("sub", place, b.load(mapping, MAPPING.start, 8));
        const offset = b.arith("add", inMapping, b.load(mapping, MAPPING.offset, 8));
        const table = walk.element(b.mapRef(maps.tables), b.load(mapping, MAPPING.table, 8), "map");
        walk.when(table, () => walk.find(table, offset, search, (row) => rule.take(walk, row)));
      });
    });
    walk.demand(b.readVariable(isMapped));
    toCaller(walk, ip, rule);
  });
}

function writeDown(walk: Walk, round: ValueId, ip: ValueId): void {
  const { b } = walk;
  walk.demand(b.compare("ult", round, b.constInt(MOST_FRAMES)));
  b.store(b.ptrAdd(walk.state, b.arith("shl", round, b.constInt(3))), STATE.frames, 8, ip);
  walk.set(STATE.count, b.arith("add", round, b.constInt(1)));
  const mixed = b.arith("mul", b.arith("xor", walk.get(STATE.hash), ip), b.constInt(GOLDEN));
  walk.set(STATE.hash, b.arith("xor", mixed, b.arith("lshr", mixed, b.constInt(29))));
}

/** How a frame is left; at first as one with a frame pointer. */
class RuleVariables {
  private readonly flags;
  private readonly cfa;
  private readonly fp;
  private readonly keeping;

  constructor(private readonly b: FunctionBuilder) {
    this.flags = b.declareVariable();
    this.cfa = b.declareVariable();
    this.fp = b.declareVariable();
    this.keeping = b.declareVariable();
    b.writeVariable(this.flags, b.constInt(RULE.known | RULE.byFp));
    b.writeVariable(this.cfa, b.constInt(16));
    b.writeVariable(this.fp, b.constInt(-16));
    b.writeVariable(this.keeping, b.constInt(KEPT.saved));
  }

  take(walk: Walk, row: ValueId): void {
    const { b } = this;
    const flags = b.load(row, ROW.rule, 1);
    walk.when(flags, () => {
      b.writeVariable(this.flags, flags);
      b.writeVariable(this.cfa, b.load(row, ROW.cfa, 4, { signed: true }));
      b.writeVariable(this.fp, b.load(row, ROW.fp, 2, { signed: true }));
      b.writeVariable(this.keeping, b.load(row, ROW.keeping, 1));
    });
  }

  read(): { flags: ValueId; cfa: ValueId; fp: ValueId; keeping: ValueId } {
    const { b } = this;
    const read = b.readVariable.bind(b);
    return { flags: read(this.flags), cfa: read(this.cfa), fp: read(this.fp), keeping: read(this.keeping) };
  }
}

function toCaller(walk: Walk, ip: ValueId, variables: RuleVariables): void {
  const { b } = walk;
  const rule = variables.read();
  const [sp, fp] = [walk.get(STATE.sp), walk.get(STATE.fp)];
  walk.demand(b.compare("eq", walk.has(rule.flags, RULE.end), b.constInt(0)));
  // The canonical frame address: the stack pointer before the call.
  const cfa = b.declareVariable();
  b.writeVariable(cfa, b.arith("add", sp, rule.cfa));
  walk.when(walk.has(rule.flags, RULE.byFp), () => b.writeVariable(cfa, b.arith("add", fp, rule.cfa)));
  walk.when(walk.has(rule.flags, RULE.stub), () => {
    // A stub of 16 bytes pushes a word at its byte `cfa`.
    const isBehind = b.compare("uge", b.arith("and", ip, b.constInt(15)), rule.cfa);
    const pushed = b.arith("shl", b.arith("add", isBehind, b.constInt(1)), b.constInt(3));
    b.writeVariable(cfa, b.arith("add", sp, pushed));
  });
  walk.when(walk.has(rule.flags, RULE.pointer), () => b.writeVariable(cfa, walk.read(b.readVariable(cfa))));
  const to = b.readVariable(cfa);
  const [returnAt, fpAt] = [b.declareVariable(), b.declareVariable()];
  b.writeVariable(returnAt, b.arith("sub", to, b.constInt(8)));
  b.writeVariable(fpAt, b.arith("add", to, rule.fp));
  const isSignal = walk.has(rule.flags, RULE.signal);
  const exact = b.declareVariable();
  b.writeVariable(exact, b.constInt(0));
  const progress = b.declareVariable();
  b.writeVariable(progress, b.compare("ugt", to, sp));
  // The kernel's frame of a signal: registers lie in it, the stack pointer's followed by where it goes on.
  walk.when(isSignal, () => {
    b.writeVariable(returnAt, b.arith("add", b.arith("add", sp, rule.cfa), b.constInt(8)));
    b.writeVariable(fpAt, b.arith("add", sp, rule.fp));
    b.writeVariable(exact, b.constInt(1));
    // A handler may have a stack of its own, anywhere.
    b.writeVariable(progress, b.constInt(1));
  });
  walk.demand(b.readVariable(progress));
  const caller = walk.read(b.readVariable(returnAt));
  walk.when(b.compare("eq", rule.keeping, b.constInt(KEPT.saved)), () =>
    walk.set(STATE.fp, walk.read(b.readVariable(fpAt))),
  );
  walk.when(b.compare("eq", rule.keeping, b.constInt(KEPT.lost)), () => walk.set(STATE.fp, b.constInt(0)));
  walk.set(STATE.sp, to);
  walk.set(STATE.ip, caller);
  walk.set(STATE.exact, b.readVariable(exact));
  b.return(b.compare("eq", caller, b.constInt(0)));
}
