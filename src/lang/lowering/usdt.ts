/** Arguments of USDT probes: loads from the registers and the memory the compiler chose. */
import type { ValueId } from "../../ir/ir.js";
import type { UsdtOperand } from "../probes/usdt-arguments.js";
import type { BuiltinLowering, LoweringContext } from "./context.js";

function cut(f: LoweringContext, value: ValueId, bits: 8 | 16 | 32 | 64, signed: boolean): ValueId {
  return bits === 64 ? value : f.b.extend(value, bits, signed);
}

function read(f: LoweringContext, operand: UsdtOperand): ValueId {
  const { b } = f;
  switch (operand.kind) {
    case "constant":
      return b.constInt(operand.value);
    case "register": {
      const whole = b.load(f.ctx(), operand.register, 8);
      const value = operand.shift === 0 ? whole : b.arith("lshr", whole, b.constInt(operand.shift));
      return cut(f, value, operand.bits, operand.signed);
    }
    case "memory": {
      let address = b.constInt(operand.displacement);
      if (operand.base !== undefined) address = b.arith("add", b.load(f.ctx(), operand.base, 8), address);
      if (operand.index !== undefined) {
        const index = b.load(f.ctx(), operand.index, 8);
        address = b.arith("add", address, b.arith("mul", index, b.constInt(operand.scale)));
      }
      const bytes = (operand.bits / 8) as 1 | 2 | 4 | 8;
      const at = f.temp(8);
      b.helperVoid("probe_read_user", [f.address(at), b.constInt(bytes), address]);
      return cut(f, b.load(at.base, at.offset, bytes), operand.bits, operand.signed);
    }
    case "unreadable":
      return b.constInt(0);
  }
}

/** What stands at most cookies needs no comparison. */
function usdtArgument(f: LoweringContext, operands: readonly UsdtOperand[]): ValueId {
  const kinds = new Map<string, { readonly operand: UsdtOperand; readonly cookies: number[] }>();
  for (const [cookie, operand] of operands.entries()) {
    const key = JSON.stringify(operand, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, { operand, cookies: [cookie] });
    else known.cookies.push(cookie);
  }
  const [commonest, ...others] = [...kinds.values()].sort((a, b) => b.cookies.length - a.cookies.length);
  if (commonest === undefined) return f.b.constInt(0);
  if (others.length === 0) return read(f, commonest.operand);
  const cookie = f.b.helper("get_attach_cookie", [f.ctx()]);
  const cases = others.flatMap(({ operand, cookies }) => cookies.map((each) => ({ operand, each })));
  const from = (index: number): ValueId => {
    const next = cases[index];
    if (next === undefined) return read(f, commonest.operand);
    return f.choose(
      f.b.compare("eq", cookie, f.b.constInt(next.each)),
      () => read(f, next.operand),
      () => from(index + 1),
    );
  };
  return from(0);
}

export const usdtLowerings: Record<string, BuiltinLowering> = {
  usdt_arg: { scalar: (f, call) => usdtArgument(f, call.usdt ?? []) },
};
