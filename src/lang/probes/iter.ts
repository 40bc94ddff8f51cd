/** Iterators: programs that run over the kernel's objects, once. */
import type { AttachPoint } from "../../ast/ast.js";
import { declare } from "../../btf/print-c.js";
import type { BtfMember } from "../../btf/types.js";
import { didYouMean } from "../../diag/suggest.js";
import type { Target } from "../../target/target.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { hasWildcard, wildcard } from "./wildcard.js";

/** The kernel declares the context of each as a struct (include/linux/bpf.h, DEFINE_BPF_ITER_FUNC). */
const PREFIX = "bpf_iter__";

/** Iterators of this target, by the structs of their contexts. */
function iterators(target: Target): readonly string[] {
  return target.btf
    .typeNames()
    .filter((name) => name.startsWith(PREFIX))
    .map((name) => name.slice(PREFIX.length))
    .sort();
}

function expand(point: AttachPoint, context: ProviderContext): readonly ExpandedProbe[] {
  const [kind = "", ...rest] = point.parts.map((part) => part.text);
  const pin = rest.join(":");
  if (kind === "") {
    context.error("TB4002", "iter is written iter:OBJECT[:PIN]", point.span);
    return [];
  }
  if (!context.target.hasBtf) {
    context.error(
      "TB5002",
      "iter needs the kernel's type information (BTF), which this target lacks",
      point.span,
      "use a kernel built with CONFIG_DEBUG_INFO_BTF",
    );
    return [];
  }
  if (hasWildcard(kind)) {
    const matches = wildcard(kind);
    return iterators(context.target)
      .filter(matches)
      .flatMap((name) => make(name, pin, context) ?? []);
  }
  const probe = make(kind, pin, context);
  if (probe !== undefined) return [probe];
  return context.missing(kind, "TB4007", didYouMean(kind, iterators(context.target)));
}

function make(kind: string, pin: string, context: ProviderContext): ExpandedProbe | undefined {
  const struct = context.types.findStruct(`${PREFIX}${kind}`, false);
  if (struct === undefined) return undefined;
  return {
    provider: "iter",
    name: pin === "" ? `iter:${kind}` : `iter:${kind}:${pin}`,
    type: "iter",
    section: `iter/${kind}`,
    context: "iter",
    attach: { kind: "iter", target: kind, pin },
    space: "kernel",
    ctx: () => ({ kind: "pointer", to: struct, space: "ctx" }),
  };
}

/** Pointers stand in unions that give them eight bytes everywhere (__bpf_md_ptr, include/linux/bpf.h). */
function memberLines(member: BtfMember, target: Target): readonly string[] {
  const type = target.btf.type(member.type);
  if (member.name !== "" || type.kind !== "union") return [declare(target.btf, member.type, member.name)];
  return type.members.slice(0, 1).map((inner) => declare(target.btf, inner.type, inner.name));
}

export const iter: ProviderEntry = {
  name: "iter",
  aliases: ["it"],
  forms: ["iter:task", "iter:task_file", "iter:task_vma", "iter:OBJECT", "iter:OBJECT:PIN"],
  doc: "Runs over kernel objects; `ctx` points at each.",
  example: 'iter:task { printf("%s\\n", ctx.task.comm); }',
  expand,
  list: iterators,
  listedAlways: true,
  describe: (target, name) => {
    const id = target.btf.findStruct(`${PREFIX}${name}`);
    const struct = id === undefined ? undefined : target.btf.type(id);
    // The first member is the iteration's own state.
    const members = struct?.kind === "struct" ? struct.members.slice(1) : [];
    return members.flatMap((member) => memberLines(member, target));
  },
};
