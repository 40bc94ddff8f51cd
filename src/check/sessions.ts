/**
 * Kprobe sessions (BPF_TRACE_KPROBE_SESSION, 6.10): a probe on functions and another on their returns are one program
 * behind one link, which the kernel calls at both ends.
 */
import type { ManifestAttach } from "../object/manifest.js";
import type { Target } from "../target/target.js";
import type { TypedProbe, TypedProgram } from "./typed-program.js";

/** Asks inside the program which end it is called at: kernel/trace/bpf_trace.c. */
export const SESSION_IS_RETURN = "bpf_session_is_return";

type MultiAttach = Extract<ManifestAttach, { kind: "kprobe_multi" }>;

/** The program with its pairs joined, where the target has sessions; otherwise the program itself. */
export function joinSessions(program: TypedProgram, target: Target): TypedProgram {
  if (!target.features.kprobeSession || target.kfunc(SESSION_IS_RETURN) === undefined) return program;
  const returns = new Map<string, TypedProbe[]>();
  for (const probe of program.probes) {
    const attach = multiOf(probe);
    if (attach?.return !== true) continue;
    const key = functionsKey(attach);
    returns.set(key, [...(returns.get(key) ?? []), probe]);
  }
  const joined = new Set<TypedProbe>();
  const probes = program.probes.map((probe) => {
    const attach = multiOf(probe);
    if (attach === undefined || attach.return) return probe;
    const [onReturn, ...others] = returns.get(functionsKey(attach)) ?? [];
    // Several probes on the same returns: which of them belongs here nobody can say, so they stay as they are.
    if (onReturn === undefined || others.length > 0 || joined.has(onReturn)) return probe;
    joined.add(onReturn);
    return { ...probe, attach: [{ ...attach, session: true as const }], onReturn };
  });
  return { ...program, probes: probes.filter((probe) => !joined.has(probe)) };
}

/** What the probe is attached to, if that is one multi link. */
function multiOf(probe: TypedProbe): MultiAttach | undefined {
  const [attach, ...others] = probe.attach;
  return attach?.kind === "kprobe_multi" && others.length === 0 ? attach : undefined;
}

function functionsKey(attach: MultiAttach): string {
  return [...attach.functions].sort().join(" ");
}
