import type { Type } from "../../types/type.js";
import type { ProviderContext } from "../provider.js";

/** Type of `ctx` in perf_event programs: `struct bpf_perf_event_data *`, if the target has it. */
export function perfContext(context: ProviderContext): () => Type | undefined {
  return () => contextStruct(context, "bpf_perf_event_data");
}

/** Pointer to a kernel struct as the program's context. */
export function contextStruct(context: ProviderContext, name: string): Type | undefined {
  const struct = context.types.findStruct(name, false);
  return struct === undefined ? undefined : { kind: "pointer", to: struct, space: "ctx" };
}
