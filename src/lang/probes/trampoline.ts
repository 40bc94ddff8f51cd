/** Which functions fentry and fexit can sit at, going by their prototype alone. */
import type { BtfType, BtfTypeId, BtfView } from "../../btf/types.js";

type FuncProto = Extract<BtfType, { kind: "func_proto" }>;

/** MAX_BPF_FUNC_ARGS, include/linux/bpf.h. */
const GREATEST_ARGUMENTS = 12;
/** Bytes of a struct passed by value: two registers. */
const GREATEST_STRUCT = 16;

/**
 * Why the kernel makes no trampoline for a function of this prototype (btf_distill_func_proto, kernel/bpf/btf.c), as
 * the end of a sentence about the function; undefined: it makes one, if the function can be traced at all.
 */
export function noTrampoline(proto: FuncProto, view: BtfView): string | undefined {
  const result = view.type(view.strip(proto.ret)).kind;
  if (result === "struct" || result === "union" || result === "float") return `returns a ${result}`;
  if (proto.params.length > GREATEST_ARGUMENTS) return `takes more than ${GREATEST_ARGUMENTS} arguments`;
  for (const { type } of proto.params) {
    const reason = argument(type, view);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function argument(id: BtfTypeId, view: BtfView): string | undefined {
  const type = view.type(view.strip(id));
  switch (type.kind) {
    case "void":
      return "takes a variable number of arguments";
    case "union":
    case "float":
      return `takes a ${type.kind} by value`;
    case "struct":
      return type.size > GREATEST_STRUCT ? `takes a struct of ${type.size} bytes by value` : undefined;
    default:
      return undefined;
  }
}
