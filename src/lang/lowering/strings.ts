/** Functions on strings. */
import type { ValueId } from "../../ir/ir.js";
import type { TypedCall } from "../../check/typed-program.js";
import { sizeOf } from "../../types/layout.js";
import { type BuiltinLowering, type LoweringContext, type Memory, operand } from "./context.js";

/** Byte by byte up to `length` or the first NUL of both; 0 if equal, else 1. */
function strncmp(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const [left, right] = [operand(call, 0), operand(call, 1)];
  const most = Math.min(sizeOf(left.type), sizeOf(right.type));
  const limit = Math.min(most, Number(call.numbers?.[0] ?? BigInt(most)));
  const l = f.memory(left);
  const r = f.memory(right);
  const result = b.declareVariable();
  const done = b.newBlock();
  b.writeVariable(result, b.constInt(0));
  const differ = b.newBlock();
  for (let i = 0; i < limit; i++) {
    const [same, next] = [b.newBlock(), b.newBlock()];
    const a = b.load(l.base, l.offset + i, 1);
    b.branch("ne", a, b.load(r.base, r.offset + i, 1), differ, same);
    b.setBlock(same);
    b.branch("eq", a, b.constInt(0), done, next);
    b.setBlock(next);
  }
  b.jump(done);
  b.setBlock(differ);
  b.writeVariable(result, b.constInt(1));
  b.jump(done);
  b.setBlock(done);
  return b.readVariable(result);
}

function byteAt(f: LoweringContext, at: Memory, index: ValueId): ValueId {
  return f.b.load(f.b.ptrAdd(at.base, index), at.offset, 1);
}

/** Bytes before the first NUL; a loop the verifier walks through. */
function strlen(f: LoweringContext, call: TypedCall): ValueId {
  const { b } = f;
  const value = operand(call, 0);
  const at = f.memory(value);
  const index = b.declareVariable();
  const [head, body, next, done] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
  b.writeVariable(index, b.constInt(0));
  b.jump(head);
  b.setBlock(head);
  b.branch("ult", b.readVariable(index), b.constInt(sizeOf(value.type)), body, done);
  b.setBlock(body);
  b.branchIf(byteAt(f, at, b.readVariable(index)), next, done);
  b.setBlock(next);
  b.writeVariable(index, b.arith("add", b.readVariable(index), b.constInt(1)));
  b.jump(head);
  b.setBlock(done);
  return b.readVariable(index);
}

export const stringLowerings: Record<string, BuiltinLowering> = {
  strncmp: { scalar: strncmp, straight: true },
  strlen: { scalar: strlen, straight: true },
};
