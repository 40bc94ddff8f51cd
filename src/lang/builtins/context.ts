/** What a probe was handed: args, ctx, registers, its own name. */
import { syscallProbes } from "../probes/syscall-events.js";
import { archOf } from "../../target/arch.js";
import { didYouMean } from "../../diag/suggest.js";
import { int64, uint64, voidType } from "../../types/type.js";
import type { Availability, BuiltinEntry, CallSite } from "../builtin.js";
import type { UsdtOperand } from "../probes/usdt-arguments.js";
import type { TypedExpression } from "../../check/typed-program.js";

const registers: Availability = (probe) => probe.context === "pt_regs" || probe.context === "perf_event";
const returns: Availability = (probe) => probe.retval !== undefined;
const functions: Availability = (probe) => probe.function !== undefined;
/** Probes whose context is arguments: registers at entry, or slots. */
const positionalArgs: Availability = (probe) =>
  probe.usdtArguments !== undefined ||
  (probe.context === "pt_regs" && probe.function === "entry") ||
  probe.context === "tp_btf" ||
  probe.context === "raw_tracepoint" ||
  probe.context === "fentry";

const argument = (index: number): BuiltinEntry => ({
  name: `arg${index}`,
  dependsOn: "context",
  kind: "variable",
  signatures: [`uint64 arg${index}`],
  arity: [0, 0],
  where: {
    words: "kprobe, uprobe, usdt, rawtracepoint",
    allows: positionalArgs,
    says: () => `The arg${index} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes`,
  },
  doc: `Argument ${index} of the function, counted from 0, as 64 bits.`,
  example:
    index < 3
      ? `rawtracepoint:sched_switch { print(arg${index}); exit(); }`
      : `uprobe:/bin/bash:readline { print(arg${index}); exit(); }`,
  rule: (site) => {
    if (site.probe.usdtArguments !== undefined) return usdtArgument(site, index, site.probe.usdtArguments);
    const inRegisters = archOf(site.target.arch).args.length;
    if (site.probe.context === "pt_regs" && index >= inRegisters) {
      return site.error(
        "TB4006",
        `arg${index} is not in a register: ${site.target.arch} passes ${inRegisters} that way`,
        site.span,
        'read it from the stack: *(uint64*)(reg("sp") + 8)',
      );
    }
    // The verifier knows how many words the context of a raw tracepoint has.
    const { context, args } = site.probe;
    const words = context === "tp_btf" || context === "raw_tracepoint" ? args?.()?.members.length : undefined;
    if (words !== undefined && index >= words) {
      return site.error("TB4006", `${site.probe.name} has ${words} arguments: there is no arg${index}`);
    }
    return site.call(uint64, { numbers: [BigInt(index)] }, "arg");
  },
});

/** All members of a struct as one value. */
function recordOf(
  site: CallSite,
  names: readonly string[],
  memory: TypedExpression,
): TypedExpression | undefined {
  const elements = names.flatMap((name) => site.field(memory, name) ?? []);
  if (elements.length !== names.length) return undefined;
  const fields = elements.map(({ type }, index) => ({ name: names[index] ?? "", type }));
  return { kind: "tuple", elements, type: { kind: "record", fields }, span: site.span };
}

/** Zero where a wildcard meets a probe with fewer arguments. */
function usdtArgument(
  site: CallSite,
  index: number,
  tables: readonly (readonly UsdtOperand[])[],
): TypedExpression | undefined {
  const most = Math.max(...tables.map((table) => table.length));
  const { name } = site.probe;
  if (index >= most) {
    site.warn("TB4006", `${name} has only ${most} arguments: arg${index} is 0`);
    return site.constant(0n, int64);
  }
  const operands = tables.map((table): UsdtOperand => table[index] ?? { kind: "constant", value: 0n });
  for (const operand of operands) {
    if (operand.kind === "unreadable")
      return site.error("TB4006", `arg${index} of ${name} cannot be read: ${operand.why}`, site.span);
  }
  return site.call(int64, { usdt: operands }, "usdt_arg");
}

const stackArgument = (index: number): BuiltinEntry => ({
  name: `sarg${index}`,
  dependsOn: "context",
  kind: "variable",
  signatures: [`uint64 sarg${index}`],
  arity: [0, 0],
  where: {
    words: "kprobe, uprobe",
    allows: (probe) => probe.context === "pt_regs" && probe.function === "entry",
  },
  doc: `Argument ${index} of those passed on the stack.`,
  example: `kprobe:vfs_read { printf("%d\\n", sarg${index}); exit(); }`,
  rule: (site) => site.call(uint64, { numbers: [BigInt(index)] }, "sarg"),
});

const INDICES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
/** A USDT probe has up to twelve. */
const ARGUMENTS = [...INDICES, 10, 11] as const;

export const contextBuiltins: readonly BuiltinEntry[] = [
  {
    name: "args",
    dependsOn: "args",
    kind: "variable",
    signatures: ["struct args"],
    arity: [0, 0],
    where: {
      words: "tracepoint, rawtracepoint, fentry, fexit, uprobe",
      allows: (probe) => probe.args !== undefined,
      says: ({ type }) =>
        `The args builtin can only be used with tracepoint, rawtracepoint, fentry/fexit, and uprobe probes (${type} used here)`,
    },
    doc: "The event's arguments by name. Those of a uprobe come from the program's debug information: in registers or on the stack, structs passed by value too; floating-point ones cannot be read.",
    example: "tracepoint:raw_syscalls:sys_enter { @[args.id] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      const struct = site.probe.args?.();
      if (struct === undefined) {
        return site.error(
          "TB5002",
          `the target does not know the arguments of ${site.probe.name}`,
          site.span,
        );
      }
      if (site.probe.argsIn === "registers")
        return site.call({ kind: "pointer", to: struct, space: "kernel" }, { text: "registers" });
      const memory = site.call({ kind: "pointer", to: struct, space: "ctx" });
      if (site.probe.argsAreRecord !== true) return memory;
      return recordOf(
        site,
        // What cannot be read is named one by one only, and then refused with its reason.
        struct.members.flatMap(({ name, place }) => (place?.kind === "nowhere" ? [] : [name])),
        memory,
      );
    },
  },
  {
    name: "ctx",
    dependsOn: "context",
    kind: "variable",
    signatures: ["void * ctx"],
    arity: [0, 0],
    where: {
      words: "all probes with a context",
      allows: (probe) => probe.ctx !== undefined || probe.type === "interval",
      says: ({ provider, context }) =>
        context === "tracepoint"
          ? "Use args instead of ctx in tracepoint"
          : `The ctx builtin can not be used with '${provider}' probes`,
    },
    doc: "The program's context as the kernel hands it over.",
    example: "profile:hz:99 { @[ksym(ctx.regs.ip)] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      // The loader runs intervals itself: there are no registers, and what is read through the pointer is zero.
      if (site.probe.ctx === undefined) {
        return site.constant(0n, { kind: "pointer", to: voidType, space: "kernel" });
      }
      const type = site.probe.ctx();
      return type === undefined
        ? site.error(
            "TB5002",
            "ctx needs the kernel's type information (BTF), which this target lacks",
            site.span,
          )
        : site.call(type);
    },
  },
  ...ARGUMENTS.map(argument),
  ...INDICES.map(stackArgument),
  {
    name: "retval",
    dependsOn: "name",
    kind: "variable",
    signatures: ["uint64 retval"],
    arity: [0, 0],
    where: {
      words: "kretprobe, uretprobe, fexit",
      allows: returns,
      says: ({ context }) =>
        `The retval builtin can only be used with 'kretprobe' and 'uretprobe' and 'fentry' probes${context === "tracepoint" ? " (try to use args.ret instead)" : ""}`,
    },
    doc: "What the function returned; typed in fexit.",
    example: "kretprobe:vfs_read { @ = hist(retval); } interval:s:1 { exit(); }",
    rule: (site) => {
      const { probe } = site;
      const type = probe.retval?.();
      if (type === undefined)
        return site.error("TB4006", `the function of ${probe.name} returns nothing`, site.span);
      // A trampoline's context holds the result behind the arguments.
      return site.call(type, { numbers: [BigInt((probe.args?.()?.size ?? 0) / 8)] });
    },
  },
  {
    name: "func",
    dependsOn: "function",
    kind: "variable",
    signatures: ["ksym_t func", "usym_t func"],
    arity: [0, 0],
    where: { words: "kprobe, kretprobe, fentry, fexit, uprobe, uretprobe", allows: functions },
    doc: "Name of the function.",
    example: "kprobe:vfs_* { @[func] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      // The place of a trampoline is known when compiling; others tell their address.
      if (site.probe.context === "fentry" || site.probe.context === "fexit") {
        return site.string(site.probe.name.slice(site.probe.name.lastIndexOf(":") + 1));
      }
      if (site.probe.functionName !== undefined) return site.string(site.probe.functionName);
      const { space } = site.probe;
      // A uprobe stands on the function's first byte; before 6.6 the kernel's own helper does not know it.
      const isHere = space === "user" && site.probe.function === "entry";
      return site.call({ kind: "symbol", space }, isHere ? { text: "ip" } : {});
    },
  },
  {
    name: "probe",
    dependsOn: "name",
    kind: "variable",
    signatures: ["string probe"],
    arity: [0, 0],
    doc: "Full name of the probe.",
    example: "tracepoint:syscalls:sys_enter_* { @[probe] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      const { namedBy, name } = site.probe;
      if (namedBy === undefined) return site.string(name);
      const longest = Math.max(...syscallProbes(namedBy, site.target).map(({ length }) => length));
      return site.call({ kind: "string", size: Math.ceil((longest + 1) / 8) * 8 }, { text: namedBy });
    },
  },
  {
    name: "probetype",
    dependsOn: "name",
    kind: "variable",
    signatures: ["string probetype"],
    arity: [0, 0],
    doc: "Type of the probe.",
    example: "begin { print(probetype); exit(); }",
    rule: (site) => site.string(site.probe.type),
  },
  {
    name: "reg",
    dependsOn: "context",
    kind: "function",
    signatures: ["uint64 reg(const string name)"],
    arity: [1, 1],
    where: { words: "kprobe, uprobe, profile", allows: registers },
    doc: "A register of the processor by name.",
    example: 'kprobe:vfs_read { printf("%lx\\n", reg("ip")); exit(); }',
    rule: (site) => {
      const name = site.text(0);
      if (name === undefined) return undefined;
      const known = archOf(site.target.arch).registers;
      if (!Object.hasOwn(known, name)) {
        return site.error(
          "TB3004",
          `'${name}' is not a valid register on this architecture (${site.target.arch})`,
          site.spanOf(0),
          didYouMean(name, Object.keys(known)),
        );
      }
      return site.call(uint64, { text: name });
    },
  },
];
