/** Probes on kernel functions: kprobe, kretprobe (registers) and fentry, fexit (typed arguments). */
import type { AttachPoint } from "../../ast/ast.js";
import { didYouMean } from "../../diag/suggest.js";
import { BtfTypes } from "../../types/from-btf.js";
import { type StructType, type Type, uint64, voidType } from "../../types/type.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { contextStruct } from "./perf-context.js";
import { argumentStruct } from "./tracepoint.js";
import { hasWildcard, wildcard } from "./wildcard.js";

interface Named {
  readonly module: string;
  readonly function: string;
  readonly offset: number;
}

/** `fn`, `module:fn`, `fn+offset`; reports what is neither. */
function parsePoint(point: AttachPoint, context: ProviderContext): Named | undefined {
  const texts = point.parts.map((part) => part.text);
  if (texts.length < 1 || texts.length > 2 || texts.some((text) => text === "")) {
    return context.error(
      "TB4002",
      `${point.provider} is written ${point.provider}:[MODULE:]FUNCTION`,
      point.span,
    );
  }
  const last = texts.at(-1) ?? "";
  const split = /^(.*?)\+(0x[0-9a-f]+|\d+)$/i.exec(last);
  return {
    module: texts.length === 2 ? (texts[0] ?? "") : "",
    function: split?.[1] ?? last,
    offset: split?.[2] === undefined ? 0 : Number(split[2]),
  };
}

/** Names of functions an attach point means; reports when there are none. */
function functionsOf(
  named: Named,
  point: AttachPoint,
  context: ProviderContext,
  exists: (name: string) => boolean,
  all: () => readonly string[],
): readonly string[] {
  const functions = context.target.functions();
  if (hasWildcard(named.function) || hasWildcard(named.module)) {
    const matches = wildcard(named.function);
    const inModule = wildcard(named.module === "" ? "*" : named.module);
    const found = all().filter((name) => matches(name) && inModule(functions.moduleOf(name) ?? "vmlinux"));
    if (found.length === 0)
      context.error("TB4004", `no kernel function matches ${named.function}`, point.span);
    return found;
  }
  if (exists(named.function)) return [named.function];
  // A target saved without its function names cannot tell; the loader will.
  if (all().length === 0) return [named.function];
  if (context.missingProbes === "ignore") return [];
  const message = `kernel function not found or not traceable: ${named.function}`;
  if (context.missingProbes === "warn") context.warn("TB4008", message, point.span);
  else context.error("TB4008", message, point.span, didYouMean(named.function, all()));
  return [];
}

function kprobes(point: AttachPoint, context: ProviderContext, isReturn: boolean): readonly ExpandedProbe[] {
  const provider = isReturn ? "kretprobe" : "kprobe";
  const named = parsePoint(point, context);
  if (named === undefined) return [];
  if (isReturn && named.offset !== 0) {
    context.error("TB4002", "kretprobe takes no offset", point.span);
    return [];
  }
  if (/^(0x[0-9a-f]+|\d+)$/i.test(named.function)) {
    context.error("TB5001", `${provider} at an address is not supported yet`, point.span);
    return [];
  }
  const functions = context.target.functions();
  const found = functionsOf(
    named,
    point,
    context,
    (name) => functions.has(name),
    () => functions.names,
  );
  return found.map((name) => ({
    provider,
    name: `${provider}:${named.module === "" ? "" : `${named.module}:`}${name}${named.offset === 0 ? "" : `+${named.offset}`}`,
    type: provider,
    section: provider,
    context: "pt_regs",
    attach: { kind: "kprobe", function: name, offset: named.offset, return: isReturn, module: named.module },
    space: "kernel",
    function: isReturn ? "return" : "entry",
    ...(isReturn ? { retval: () => uint64 } : {}),
    ctx: () => contextStruct(context, "pt_regs"),
  }));
}

export const kprobe: ProviderEntry = {
  name: "kprobe",
  aliases: ["k"],
  forms: ["kprobe:[MODULE:]FUNCTION", "kprobe:[MODULE:]FUNCTION+OFFSET"],
  doc: "Fires where a kernel function starts; `arg0`… are its register arguments.",
  example: "kprobe:vfs_read { @[comm] = count(); } interval:s:1 { exit(); }",
  available: (target) => target.features.kprobe,
  expand: (point, context) => kprobes(point, context, false),
  list: (target) => target.functions().names,
};

export const kretprobe: ProviderEntry = {
  name: "kretprobe",
  aliases: ["kr"],
  forms: ["kretprobe:[MODULE:]FUNCTION"],
  doc: "Fires where a kernel function returns; `retval` is its result.",
  example: "kretprobe:vfs_read { @ = hist(retval); } interval:s:1 { exit(); }",
  available: (target) => target.features.kprobe,
  expand: (point, context) => kprobes(point, context, true),
};

function trampolines(
  point: AttachPoint,
  context: ProviderContext,
  isReturn: boolean,
): readonly ExpandedProbe[] {
  const provider = isReturn ? "fexit" : "fentry";
  const named = parsePoint(point, context);
  if (named === undefined) return [];
  if (named.module === "bpf") {
    context.error("TB5001", `${provider} on BPF programs is not supported yet`, point.span);
    return [];
  }
  if (!context.target.hasBtf) {
    context.error(
      "TB5002",
      `${provider} needs the kernel's type information (BTF), which this target lacks`,
      point.span,
      "use kprobe, or a kernel built with CONFIG_DEBUG_INFO_BTF",
    );
    return [];
  }
  const moduleView =
    named.module === "" || named.module === "vmlinux" ? undefined : context.target.moduleBtf(named.module);
  const types = moduleView === undefined ? context.types : new BtfTypes(moduleView, named.module);
  const view = types.view;
  const functions = context.target.functions();
  const traceable = functions.names.length === 0 ? undefined : functions;
  const found = functionsOf(
    { ...named, module: hasWildcard(named.module) ? named.module : "" },
    point,
    context,
    (name) => view.findFunction(name) !== undefined,
    () => view.functionNames().filter((name) => traceable?.has(name) ?? true),
  );
  return found.map((name) => {
    const module =
      named.module === "" || hasWildcard(named.module)
        ? (functions.moduleOf(name) ?? "vmlinux")
        : named.module;
    const probeName = `${provider}:${module}:${name}`;
    const result = (): Type | undefined => {
      const proto = protoOf(types, name);
      if (proto === undefined) return undefined;
      const type = types.typeOf(proto.ret);
      return type.kind === "void" ? undefined : type;
    };
    let args: StructType | undefined;
    return {
      provider,
      name: probeName,
      type: provider,
      section: `${provider}/${name}`,
      context: isReturn ? "fexit" : "fentry",
      attach: { kind: "fentry", function: name, module, return: isReturn },
      space: "kernel",
      function: isReturn ? "return" : "entry",
      args: () => {
        const proto = protoOf(types, name);
        if (args === undefined && proto !== undefined)
          args = argumentStruct(probeName, proto.params, context, types);
        return args;
      },
      ...(isReturn ? { retval: result } : {}),
      ctx: () => ({ kind: "pointer", to: uint64, space: "ctx" }),
    };
  });
}

function protoOf(types: BtfTypes, name: string) {
  const id = types.view.findFunction(name);
  const func = id === undefined ? undefined : types.view.type(id);
  const proto = func?.kind === "func" ? types.view.type(func.type) : undefined;
  return proto?.kind === "func_proto" ? proto : undefined;
}

export const fentry: ProviderEntry = {
  name: "fentry",
  aliases: ["f", "kfunc"],
  forms: ["fentry:[MODULE:]FUNCTION"],
  doc: "Fires where a kernel function starts, with typed `args`.",
  example: "fentry:vfs_read { @[args.count] = count(); } interval:s:1 { exit(); }",
  available: (target) => target.features.fentry,
  expand: (point, context) => trampolines(point, context, false),
  list: function* (target) {
    for (const name of target.btf.functionNames()) {
      if (target.functions().has(name)) yield `vmlinux:${name}`;
    }
  },
};

export const fexit: ProviderEntry = {
  name: "fexit",
  aliases: ["fr", "kretfunc"],
  forms: ["fexit:[MODULE:]FUNCTION"],
  doc: "Fires where a kernel function returns, with typed `args` and `retval`.",
  example: "fexit:vfs_read { @ = hist(retval); } interval:s:1 { exit(); }",
  available: (target) => target.features.fentry,
  expand: (point, context) => trampolines(point, context, true),
};

export const iter: ProviderEntry = {
  name: "iter",
  aliases: ["it"],
  forms: ["iter:task", "iter:task_file", "iter:task_vma", "iter:…:PIN"],
  doc: "Runs over kernel objects; `ctx` points at each.",
  example: 'iter:task { printf("%s\\n", ctx.task.comm); }',
  expand: (point, context) => {
    const [kind = "", ...pin] = point.parts.map((part) => part.text);
    const struct = context.types.findStruct(`bpf_iter__${kind}`, false);
    if (kind === "") {
      context.error("TB4002", "iter is written iter:KIND[:PIN]", point.span);
      return [];
    }
    if (struct === undefined) {
      const kinds = context.types.view
        .typeNames()
        .filter((name) => name.startsWith("bpf_iter__"))
        .map((name) => name.slice("bpf_iter__".length));
      context.error(
        "TB4007",
        `iter:${kind} is not available on this target`,
        point.span,
        didYouMean(kind, kinds),
      );
      return [];
    }
    return [
      {
        provider: "iter",
        name: ["iter", kind, ...pin].join(":"),
        type: "iter",
        section: `iter/${kind}`,
        context: "iter",
        attach: { kind: "iter", target: kind, pin: pin.join(":") },
        space: "kernel",
        ctx: () => ({ kind: "pointer", to: struct, space: "ctx" }),
      },
    ];
  },
  list: (target) =>
    target.btf
      .typeNames()
      .filter((name) => name.startsWith("bpf_iter__"))
      .map((name) => name.slice("bpf_iter__".length)),
};

/** Used where BTF has no struct for a context. */
export const opaqueContext: Type = { kind: "pointer", to: voidType, space: "ctx" };
