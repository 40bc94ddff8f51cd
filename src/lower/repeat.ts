/**
 * Loops that builtins are made of: a callback of bpf_loop whose state is a few cells on the stack. A cell is a
 * number or a pointer; pointers stay pointers, since the verifier follows them through stack slots.
 */
import { FunctionBuilder } from "../ir/builder.js";
import type { IrType, ValueId } from "../ir/ir.js";
import { irInt, irPtr } from "../ir/types.js";
import type { RepeatBody } from "../lang/lowering/context.js";
import type { FunctionLowering } from "./function.js";

const CELL = 8;

export function repeat(
  f: FunctionLowering,
  rounds: ValueId,
  cells: readonly ValueId[],
  result: number,
  body: (loop: RepeatBody) => void,
): ValueId {
  const { b } = f;
  if (!f.target.features.bpfLoop) {
    f.log.error("TB5003", undefined, "this function needs bpf_loop, which kernels have since 5.17");
    return b.constInt(0);
  }
  const types = cells.map((cell) => b.typeOf(cell));
  const frame = b.slotAddr(b.slot(cells.length * CELL, CELL, "cells"));
  for (const [index, cell] of cells.entries()) b.store(frame, index * CELL, CELL, blurred(f, cell));
  const name = callback(f, types, body);
  b.helperVoid("loop", [rounds, b.funcRef(name), frame, b.constInt(0)]);
  return b.load(frame, result * CELL, CELL);
}

/**
 * A number the verifier knows exactly would be another one each round, and the loop be walked through to its end:
 * adding a zero it does not know makes it any number.
 */
function blurred(f: FunctionLowering, cell: ValueId): ValueId {
  const { b } = f;
  if (b.typeOf(cell).kind === "ptr") return cell;
  return b.arith("add", cell, b.load(b.mapValueAddr(f.probe.module.opaqueZero()), 0, CELL));
}

function callback(f: FunctionLowering, types: readonly IrType[], body: (loop: RepeatBody) => void): string {
  const name = f.probe.callbackName();
  const b = new FunctionBuilder({
    name,
    role: "callback",
    section: "",
    params: [irInt, irPtr("slot")],
  });
  b.at(f.b.place);
  const [round, frame] = b.params;
  if (round === undefined || frame === undefined) throw new Error("a callback without parameters");
  const leave = (value: 0 | 1): void => {
    b.return(b.constInt(value));
    b.setBlock(b.newBlock());
  };
  const when = (condition: ValueId, then: () => void): void => {
    const [inside, after] = [b.newBlock(), b.newBlock()];
    b.branchIf(condition, inside, after);
    b.setBlock(inside);
    then();
    b.unreachable();
    b.setBlock(after);
  };
  body({
    b,
    round,
    get: (cell) => b.load(frame, cell * CELL, CELL, { type: types[cell] ?? irInt }),
    set: (cell, value) => b.store(frame, cell * CELL, CELL, value),
    next: () => leave(0),
    stop: () => leave(1),
    stopUnless: (condition) => when(b.compare("eq", condition, b.constInt(0)), () => leave(1)),
    when,
  });
  b.return(b.constInt(0));
  f.probe.module.functions.push(b.finish());
  return name;
}
