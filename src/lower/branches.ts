/** Ways a function goes on: one of two sides that join again, or its end. */
import type { FunctionBuilder } from "../ir/builder.js";
import type { IrType, ValueId } from "../ir/ir.js";
import type { FunctionLowering } from "./function.js";
import { FRAME_FLAGS, FRAME_RESULT } from "./probe-context.js";

/** `if (condition) then() else otherwise()`; building goes on in the block where both join. Either may end the program. */
export function when(b: FunctionBuilder, condition: ValueId, then: () => void, otherwise?: () => void): void {
  const thenBlock = b.newBlock();
  const join = b.newBlock();
  const otherBlock = otherwise === undefined ? join : b.newBlock();
  b.branchIf(condition, thenBlock, otherBlock);
  b.setBlock(thenBlock);
  then();
  b.jump(join);
  if (otherwise !== undefined) {
    b.setBlock(otherBlock);
    otherwise();
    b.jump(join);
  }
  b.setBlock(join);
}

/** `condition ? then() : otherwise()`, both of the type `type`. */
export function choose(
  b: FunctionBuilder,
  condition: ValueId,
  then: () => ValueId,
  otherwise: () => ValueId,
  type: IrType,
): ValueId {
  const result = b.declareVariable(type);
  when(
    b,
    condition,
    () => b.writeVariable(result, then()),
    () => b.writeVariable(result, otherwise()),
  );
  return b.readVariable(result);
}

/**
 * Ends the program; from a callback, by telling the program through the frame. Its result counts only where the loader
 * runs it: the kernel gives others' a meaning of its own.
 */
export function leave(f: FunctionLowering, result?: ValueId): void {
  const { b } = f;
  const wanted = f.contextKind === "none" ? result : undefined;
  if (f.role === "program") {
    b.return(wanted ?? b.constInt(0));
  } else {
    f.probe.leavesFromLoops = true;
    if (wanted !== undefined) b.store(f.frame(), FRAME_RESULT, 8, wanted);
    // The program tests the flag when the loop helper comes back.
    b.store(f.frame(), FRAME_FLAGS, 8, b.constInt(1));
    b.return(b.constInt(1));
  }
  // What follows in the script is unreachable; the builder drops it.
  b.setBlock(b.newBlock());
}
