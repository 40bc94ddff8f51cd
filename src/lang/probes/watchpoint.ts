/** Watchpoints: memory read, written or executed. */
import type { AttachPoint } from "../../ast/ast.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { perfContext } from "./perf-context.js";
import { watchedPid } from "./user-target.js";
import type { ArchName } from "../../target/arch.js";

/** What debug registers can watch for: arch/x86/kernel/hw_breakpoint.c (no read alone), arm64's takes all but mixes. */
const MODES: Readonly<Record<ArchName, ReadonlySet<string>>> = {
  x86_64: new Set(["w", "rw", "x"]),
  aarch64: new Set(["r", "w", "rw", "x"]),
};

const NUMBER = /^(0x[0-9a-f]+|\d+)$/i;

function expand(point: AttachPoint, context: ProviderContext): readonly ExpandedProbe[] {
  const parts = point.parts.map((part) => part.text);
  const [address = "", length = "", given = ""] = parts;
  const fail = (message: string, hint?: string): readonly ExpandedProbe[] => {
    context.error("TB4002", message, point.span, hint);
    return [];
  };
  if (parts.length !== 3)
    return fail("watchpoint probe type requires 3 arguments", "write watchpoint:ADDRESS:LENGTH:MODE");
  if (!NUMBER.test(address)) return fail(`Invalid function/address argument: ${address}`);
  if (BigInt(address) === 0n) return fail("watchpoint must be attached to a non-zero address");
  if (!/^[1248]$/.test(length)) return fail("watchpoint length must be one of (1,2,4,8)");
  const mode = [...given].sort().join("");
  if (!/^[rwx]+$/.test(mode)) return fail("watchpoint mode must be combination of (r,w,x)");
  if (/(.)\1/.test(mode)) return fail("watchpoint modes may not be duplicated");
  const supported = MODES[context.target.arch];
  if (!supported.has(mode)) {
    return fail(`invalid watchpoint mode: ${mode}`, `supported modes: ${[...supported].join(",")}`);
  }
  return [
    {
      provider: "watchpoint",
      name: `watchpoint:${parts.join(":")}`,
      type: "watchpoint",
      section: "perf_event",
      context: "perf_event",
      attach: {
        kind: "watchpoint",
        address: `${BigInt(address)}`,
        length: Number(length),
        mode,
        pid: watchedPid(context),
      },
      space: "user",
      ctx: perfContext(context),
    },
  ];
}

export const watchpoint: ProviderEntry = {
  name: "watchpoint",
  aliases: ["w"],
  forms: ["watchpoint:ADDRESS:LENGTH:MODE"],
  doc: "Fires when memory is read, written or executed. A debug register of the processor does it: there are four or so for all tracers and debuggers, and many virtual machines have none, where it attaches and stays silent. On arm64 kernels before 6.6 (and stable ones without its fix) the instruction that hit is never stepped over: the program fires for ever and the process stands still; have it call unwatch().",
  example: "watchpoint:0x10000000:8:rw { @ = count(); } interval:s:1 { exit(); }",
  expand,
};
