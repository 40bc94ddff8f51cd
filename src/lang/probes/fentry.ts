/** Typed probes on kernel functions and on BPF programs that run: fentry and fexit. */
import type { AttachPoint } from "../../ast/ast.js";
import type { BtfType } from "../../btf/types.js";
import type { Target } from "../../target/target.js";
import type { BtfTypes } from "../../types/from-btf.js";
import { type StructType, type Type, uint64 } from "../../types/type.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { functionArguments } from "./describe.js";
import {
  type FoundFunction,
  isPattern,
  matchingFunctions,
  nearFunctions,
  parseFunctionPoint,
  pointText,
} from "./function-point.js";
import { noTrampoline } from "./trampoline.js";
import { argumentStruct, moduleType, moduleTypes } from "./typed-arguments.js";
import { hasWildcard, wildcard } from "./wildcard.js";

type Provider = "fentry" | "fexit";

function expand(point: AttachPoint, context: ProviderContext, provider: Provider): readonly ExpandedProbe[] {
  const [first] = point.parts;
  if (first?.text === "bpf" && point.parts.length > 1) return onPrograms(point, context, provider);
  const named = parseFunctionPoint(point, context);
  if (named === undefined) return [];
  if (named.offset !== 0 || named.address !== undefined) {
    context.error("TB4002", `${provider} sits at a function's ${place(provider)}: use kprobe`, point.span);
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
  if (isPattern(named)) {
    const anywhere = named.module === "" ? { ...named, module: "*" } : named;
    return [...matchingFunctions(anywhere, context)].flatMap((found) =>
      onFunction(found, context, provider, () => {}),
    );
  }
  const reasons: string[] = [];
  const probes = modulesOf(named, context).flatMap((module) =>
    onFunction({ module, function: named.function }, context, provider, (reason) => reasons.push(reason)),
  );
  const [reason] = reasons;
  if (probes.length === 0 && reason !== undefined) {
    context.error(
      "TB4022",
      `${provider} cannot be placed at ${pointText(named)}: it ${reason}`,
      point.span,
      `use ${provider === "fentry" ? "kprobe" : "kretprobe"}`,
    );
  } else if (probes.length === 0) context.missing(pointText(named), "TB4008", nearFunctions(named, context));
  return probes.slice(0, 1);
}

const place = (provider: Provider): string => (provider === "fentry" ? "start" : "end");

/** Where a function named exactly may live: the kernel itself first. */
function modulesOf(named: FoundFunction, context: ProviderContext): readonly string[] {
  if (named.module !== "") return [named.module];
  if (context.target.btf.findFunction(named.function) !== undefined) return ["vmlinux"];
  return context.target.functions().modulesOf(named.function);
}

/** The probe, if the types of its module know the function and the kernel can place it there; [] if not. */
function onFunction(
  found: FoundFunction,
  context: ProviderContext,
  provider: Provider,
  unplaceable: (reason: string) => void,
): readonly ExpandedProbe[] {
  const { target } = context;
  const types = moduleTypes(found.module, context);
  const proto = types === undefined ? undefined : protoOf(types, found.function);
  const functions = target.functions();
  if (types === undefined || proto === undefined) return [];
  if (functions.known && !functions.has(found.function)) return [];
  const reason = noTrampoline(proto, types.view);
  if (reason !== undefined) {
    unplaceable(reason);
    return [];
  }
  const name = `${provider}:${found.module}:${found.function}`;
  const probe = make(name, { ...found, program: 0 }, provider);
  const result = (): Type | undefined => {
    const type = types.typeOf(proto.ret);
    return type.kind === "void" ? undefined : type;
  };
  const named = moduleType(found.module, context);
  let args: StructType | undefined;
  return [
    {
      ...probe,
      ...(named === undefined ? {} : { moduleType: named }),
      args: () => {
        args ??= argumentStruct(name, proto.params, types);
        return args;
      },
      ...(provider === "fexit" ? { retval: result } : {}),
    },
  ];
}

function protoOf(types: BtfTypes, name: string): Extract<BtfType, { kind: "func_proto" }> | undefined {
  const id = types.view.findFunction(name);
  const func = id === undefined ? undefined : types.view.type(id);
  const proto = func?.kind === "func" ? types.view.type(func.type) : undefined;
  return proto?.kind === "func_proto" ? proto : undefined;
}

/** `fentry:bpf:NAME`, `fentry:bpf:ID:NAME`: BPF programs that run while the script is compiled. */
function onPrograms(
  point: AttachPoint,
  context: ProviderContext,
  provider: Provider,
): readonly ExpandedProbe[] {
  const texts = point.parts.slice(1).map((part) => part.text);
  const [id, name] = texts.length === 1 ? ["*", texts[0] ?? ""] : [texts[0] ?? "", texts[1] ?? ""];
  if (texts.length > 2 || name === "" || !/^[\d*?]+$/.test(id)) {
    context.error("TB4002", `${provider} on a BPF program is written ${provider}:bpf:[ID:]NAME`, point.span);
    return [];
  }
  const [matchesId, matchesName] = [wildcard(id), wildcard(name)];
  const found = context.target
    .bpfPrograms()
    .filter((program) => matchesId(`${program.id}`) && matchesName(program.name))
    .map((program) => {
      const full = `${provider}:bpf:${program.id}:${program.name}`;
      return make(full, { module: "bpf", function: program.name, program: program.id }, provider);
    });
  if (found.length === 0 && !texts.some(hasWildcard)) context.missing(`bpf:${texts.join(":")}`, "TB4008");
  return found;
}

function make(
  name: string,
  found: FoundFunction & { readonly program: number },
  provider: Provider,
): ExpandedProbe {
  return {
    provider,
    name,
    type: provider,
    // A program is loaded for one function: the name keeps those of others apart.
    section: `${provider}/${found.program === 0 ? "" : `${found.program}_`}${found.function}`,
    context: provider,
    attach: {
      kind: "fentry",
      function: found.function,
      module: found.module,
      return: provider === "fexit",
      program: found.program,
    },
    space: "kernel",
    function: provider === "fexit" ? "return" : "entry",
    argsCanBeKept: true,
    ctx: () => ({ kind: "pointer", to: uint64, space: "ctx" }),
  };
}

/** Traceable functions whose types are known, with their modules. */
function* listFunctions(target: Target): Generator<string> {
  const functions = target.functions();
  const typed = new Map<string, ReadonlySet<string>>();
  const typesOf = (module: string): ReadonlySet<string> => {
    const view = module === "vmlinux" ? target.btf : target.moduleBtf(module);
    const known = typed.get(module) ?? new Set(view?.functionNames());
    typed.set(module, known);
    return known;
  };
  for (const name of functions.names)
    for (const module of functions.modulesOf(name)) if (typesOf(module).has(name)) yield `${module}:${name}`;
}

export const fentry: ProviderEntry = {
  name: "fentry",
  aliases: ["f", "kfunc"],
  forms: ["fentry:[MODULE:]FUNCTION", "fentry:[MODULE:]PATTERN", "fentry:bpf:[ID:]PROGRAM"],
  doc: "Fires where a kernel function starts, with typed `args`.",
  example: "fentry:vfs_read { @[args.count] = count(); } interval:s:1 { exit(); }",
  available: (target) => target.features.fentry,
  expand: (point, context) => expand(point, context, "fentry"),
  list: listFunctions,
  listedAlways: true,
  describe: (target, name) => functionArguments(target, name, { params: true, retval: false }),
};

export const fexit: ProviderEntry = {
  name: "fexit",
  aliases: ["fr", "kretfunc"],
  forms: ["fexit:[MODULE:]FUNCTION", "fexit:[MODULE:]PATTERN", "fexit:bpf:[ID:]PROGRAM"],
  doc: "Fires where a kernel function returns, with typed `args` and `retval`.",
  example: "fexit:vfs_read { @ = hist(retval); } interval:s:1 { exit(); }",
  available: (target) => target.features.fentry,
  expand: (point, context) => expand(point, context, "fexit"),
  list: listFunctions,
  describe: (target, name) => functionArguments(target, name, { params: true, retval: true }),
};
