/** What changes the traced program. */
import { type BuiltinLowering, operand } from "./context.js";

/** SIGRTMAX of include/uapi/asm-generic/signal.h. */
const GREATEST_SIGNAL = 64;

function signal(name: string, helper: string): BuiltinLowering {
  return {
    effect: (f, call, e) => {
      const { b } = f;
      const number = f.scalar(operand(call, 0));
      const send = (): void => {
        const status = b.helper(helper, [number]);
        const format = "signal call failed with error %d";
        f.when(b.compare("ne", status, b.constInt(0)), () =>
          f.send({ kind: "warnf", format, args: [f.number(status)] }, e.span),
        );
      };
      if (operand(call, 0).kind === "constant") return send();
      const format = `${name}() expects an integer between 1 and ${GREATEST_SIGNAL} (inclusive). Got %d`;
      const valid = b.compare("ult", b.arith("sub", number, b.constInt(1)), b.constInt(GREATEST_SIGNAL));
      f.when(valid, send, () => f.send({ kind: "errorf", format, args: [f.number(number)] }, e.span));
    },
  };
}

export const controlLowerings: Record<string, BuiltinLowering> = {
  signal: signal("signal", "send_signal"),
  signal_thread: signal("signal_thread", "send_signal_thread"),
  override: {
    effect: (f, call) => f.b.helperVoid("override_return", [f.ctx(), f.scalar(operand(call, 0))]),
  },
};
