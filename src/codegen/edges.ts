import type { Jump } from "../ir/ir.js";
import type { VReg } from "./machine.js";
import type { Selection } from "./selection.js";

/**
 * Writes a jump's arguments into the target's parameters, all at once in meaning: a register is read before it is
 * overwritten, and a cycle (two parameters exchanging values) goes through one spare register.
 */
export function moveArguments(s: Selection, jump: Jump): void {
  const params = s.paramsOf(jump.block);
  const moves: { dst: VReg; src: VReg }[] = [];
  const remade: (() => void)[] = [];
  params.forEach((param, i) => {
    const arg = jump.args[i];
    if (arg === undefined) throw new Error(`${s.fn.name}: jump to b${jump.block} lacks an argument`);
    const dst = s.home(param);
    if (s.isRemade(arg)) remade.push(() => s.into(arg, dst));
    else if (s.home(arg) !== dst) moves.push({ dst, src: s.home(arg) });
  });
  while (moves.length > 0) {
    const free = moves.findIndex(({ dst }) => !moves.some((other) => other.src === dst));
    if (free >= 0) {
      const [move] = moves.splice(free, 1);
      if (move !== undefined) s.move(move.dst, move.src);
      continue;
    }
    const first = moves[0];
    if (first === undefined) break;
    const spare = s.fresh();
    s.move(spare, first.src);
    for (const move of moves) if (move.src === first.src) move.src = spare;
  }
  // Constants read nothing, so they come last, when no parameter is a source any more.
  for (const make of remade) make();
}
