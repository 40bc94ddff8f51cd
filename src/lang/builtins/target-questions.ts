/**
 * What the target has, and where the output goes, asked when compiling. tsbt's own, for scripts that serve several kernels: in the condition of
 * an `if` or in a predicate `/comptime …/`, what is not taken need not exist. `kfunc_exist` is their model.
 */
import { memberPath } from "../../types/members.js";
import { boolType, type StructType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

/** `struct task_struct`, or the fields of a probe's `args`, by its attach point. */
function structNamed(site: CallSite, text: string): StructType | undefined {
  const kernel = /^struct\s+(\w+)$/.exec(text)?.[1];
  return kernel === undefined ? site.findAttachPoint(text)?.args?.() : site.kernelStruct(kernel);
}

/** Follows `a.b.c` through structs and pointers to them. */
function hasPath(struct: StructType, path: readonly string[]): boolean {
  const [name = "", ...rest] = path;
  const member = memberPath(struct, name)?.at(-1);
  if (member === undefined) return false;
  if (rest.length === 0) return true;
  const type = member.type.kind === "pointer" ? member.type.to : member.type;
  return type.kind === "struct" && hasPath(type, rest);
}

export const targetQuestions: readonly BuiltinEntry[] = [
  {
    name: "probe_exist",
    kind: "function",
    signatures: ["bool probe_exist(const string attach_point)"],
    arity: [1, 1],
    doc: "Whether the target has any event that an attach point names.",
    example: 'begin { print(probe_exist("tracepoint:sched:sched_switch")); exit(); }',
    rule: (site) => {
      const text = site.text(0);
      if (text === undefined) return undefined;
      return site.constant(site.findAttachPoint(text) === undefined ? 0n : 1n, boolType);
    },
  },
  {
    name: "field_exist",
    kind: "function",
    signatures: ["bool field_exist(const string struct_or_attach_point, const string field)"],
    arity: [2, 2],
    doc: "Whether a struct of the kernel, or the args of a probe, have a field: `a` or `a.b`.",
    example: 'begin { print(field_exist("struct task_struct", "group_leader.pid")); exit(); }',
    rule: (site) => {
      const owner = site.text(0);
      const field = site.text(1);
      if (owner === undefined || field === undefined) return undefined;
      const struct = structNamed(site, owner);
      const holds = struct !== undefined && hasPath(struct, field.split("."));
      return site.constant(holds ? 1n : 0n, boolType);
    },
  },
  {
    name: "on_terminal",
    kind: "function",
    signatures: ["bool on_terminal()"],
    arity: [0, 0],
    doc: "Whether what the script prints goes to a terminal, as text: not to a file, a pipe or `-o`, not as JSON. For scripts that draw their screen anew. Objects of `tsbt build` are made to print plainly.",
    example: 'begin { if (on_terminal()) { printf("\\033[H\\033[2J"); } print("drawn"); exit(); }',
    rule: (site) => site.constant(site.onTerminal ? 1n : 0n, boolType),
  },
];
