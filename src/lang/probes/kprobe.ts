/** Probes on kernel functions and instructions, seen through the registers. */
import type { AttachPoint } from "../../ast/ast.js";
import type { ManifestAttach } from "../../object/manifest.js";
import type { Target } from "../../target/target.js";
import { uint64 } from "../../types/type.js";
import type { AttachTo, BatchedAttach, ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { functionArguments } from "./describe.js";
import {
  type FoundFunction,
  type FunctionPoint,
  isPattern,
  matchingFunctions,
  nearFunctions,
  parseFunctionPoint,
  pointText,
} from "./function-point.js";
import { contextStruct } from "./perf-context.js";
import { moduleType } from "./typed-arguments.js";

type Provider = "kprobe" | "kretprobe";
type KprobeAttach = Extract<ManifestAttach, { kind: "kprobe" }>;

function expand(point: AttachPoint, context: ProviderContext, provider: Provider): readonly ExpandedProbe[] {
  const named = parseFunctionPoint(point, context);
  if (named === undefined) return [];
  if (provider === "kretprobe" && named.offset !== 0) {
    context.error("TB4002", "kretprobes can not be attached to a function offset", point.span);
    return [];
  }
  if (named.address !== undefined) return atAddress(named, named.address, point, context, provider);
  if (isPattern(named)) {
    if (named.offset !== 0) {
      context.error("TB4002", "a pattern of functions takes no offset", point.span);
      return [];
    }
    return [...matchingFunctions(named, context)].map((found) => inFunction(found, 0, context, provider));
  }
  return isThere(named, point, context, provider) ? [inFunction(named, named.offset, context, provider)] : [];
}

/** Reports what is wrong with a function named exactly; true if it is to be attached to. */
function isThere(
  named: FunctionPoint,
  point: AttachPoint,
  context: ProviderContext,
  provider: Provider,
): boolean {
  const { target } = context;
  if (!target.hasModule(named.module === "" ? "vmlinux" : named.module)) {
    context.error(
      "TB4008",
      `specified module ${named.module} in probe ${provider}:${pointText(named)} is not loaded.`,
      point.span,
    );
    return false;
  }
  if (isTraceable(named, context)) {
    warnOfNamesakes(named, point, context);
    return fits(named, point, context);
  }
  if (context.missingProbes !== "ignore") {
    context.warn(
      "TB4008",
      `${named.function} is not traceable (either non-existing, inlined, or marked as "notrace"); attaching to it will likely fail`,
      point.span,
    );
  }
  // Who asks for it may try what the list of traceable functions does not have.
  if (context.unsafe) return true;
  context.missing(pointText(named), "TB4008", nearFunctions(named, context));
  return false;
}

/** Given a name, the kernel takes the first function that has it (or, with an offset and since 6.7, none). */
function warnOfNamesakes(named: FunctionPoint, point: AttachPoint, context: ProviderContext): void {
  if (named.module !== "" && named.module !== "vmlinux") return;
  const count = context.target.functions().namesakes(named.function);
  if (count < 2) return;
  context.warn(
    "TB4023",
    `${count} functions of the kernel are called ${named.function}: it probes one of them, or refuses`,
    point.span,
    `/proc/kallsyms has the address of each: kprobe:0x…, with --unsafe`,
  );
}

function isTraceable(named: FunctionPoint, context: ProviderContext): boolean {
  const functions = context.target.functions();
  return functions.has(
    named.function,
    named.module === "" || named.module === "vmlinux" ? undefined : named.module,
  );
}

/** The kernel takes an offset behind the function's end for one into the next function. */
function fits(named: FunctionPoint, point: AttachPoint, context: ProviderContext): boolean {
  const size = named.offset === 0 ? undefined : context.target.symbols?.sizeOf(named.function);
  if (size === undefined || named.offset < size) return true;
  context.error(
    "TB4020",
    `Offset outside the function bounds ('${named.function}' size is ${size})`,
    point.span,
  );
  return false;
}

function atAddress(
  named: FunctionPoint,
  address: bigint,
  point: AttachPoint,
  context: ProviderContext,
  provider: Provider,
): readonly ExpandedProbe[] {
  if (!context.unsafe) {
    context.error(
      "TB4021",
      `${provider} at an address can stop the machine if no instruction begins there`,
      point.span,
      "if you know that one does, allow it with --unsafe",
    );
    return [];
  }
  const attach: AttachTo = { ...kprobeAttach("", named.module, 0, provider), address: `${address}` };
  return [make(`${provider}:${address}`, attach, context, provider)];
}

function inFunction(
  found: FoundFunction,
  offset: number,
  context: ProviderContext,
  provider: Provider,
): ExpandedProbe {
  const place = `${found.module === "" ? "" : `${found.module}:`}${found.function}`;
  const attach = kprobeAttach(found.function, found.module, offset, provider);
  const types = moduleType(found.module, context);
  const probe = {
    ...make(`${provider}:${place}${offset === 0 ? "" : `+${offset}`}`, attach, context, provider),
    ...(types === undefined ? {} : { moduleType: types }),
  };
  return canBatch(found, offset, context) ? { ...probe, batch: BATCH[provider] } : probe;
}

/** Multi probes sit on a function's entry and take names without modules: a name of several would mean all. */
function canBatch(found: FoundFunction, offset: number, context: ProviderContext): boolean {
  if (offset !== 0 || !context.target.features.kprobeMulti) return false;
  const functions = context.target.functions();
  if (!functions.has(found.function)) return false;
  return (
    found.module === "" || found.module === "vmlinux" || functions.modulesOf(found.function).length === 1
  );
}

function batch(provider: Provider): BatchedAttach {
  return {
    key: provider,
    merge: (all) => ({
      kind: "kprobe_multi",
      functions: all.flatMap((attach) => (attach.kind === "kprobe" ? [attach.function] : [])),
      return: provider === "kretprobe",
    }),
  };
}
const BATCH = { kprobe: batch("kprobe"), kretprobe: batch("kretprobe") } satisfies Record<Provider, unknown>;

function kprobeAttach(
  fn: string,
  module: string,
  offset: number,
  provider: Provider,
): Omit<KprobeAttach, "probe" | "cookie" | "line" | "column"> {
  return { kind: "kprobe", function: fn, offset, return: provider === "kretprobe", module, address: "0" };
}

function make(name: string, attach: AttachTo, context: ProviderContext, provider: Provider): ExpandedProbe {
  const isReturn = provider === "kretprobe";
  return {
    provider,
    name,
    type: provider,
    section: provider,
    context: "pt_regs",
    attach,
    space: "kernel",
    function: isReturn ? "return" : "entry",
    ...(isReturn ? { retval: () => uint64 } : {}),
    ctx: () => contextStruct(context, "pt_regs"),
  };
}

/** With a module in the pattern each function's modules are shown, too. */
function listFunctions(target: Target, parts: number): Iterable<string> {
  const { names, modulesOf } = target.functions();
  if (parts < 2) return names;
  return names.flatMap((name) => modulesOf(name).map((module) => `${module}:${name}`));
}

export const kprobe: ProviderEntry = {
  name: "kprobe",
  aliases: ["k"],
  forms: [
    "kprobe:[MODULE:]FUNCTION",
    "kprobe:[MODULE:]FUNCTION+OFFSET",
    "kprobe:[MODULE:]PATTERN",
    "kprobe:ADDRESS",
  ],
  doc: "Fires where a kernel function starts; `arg0`… are its register arguments.",
  example: "kprobe:vfs_read { @[comm] = count(); } interval:s:1 { exit(); }",
  available: (target) => target.features.kprobe,
  expand: (point, context) => expand(point, context, "kprobe"),
  list: listFunctions,
  listedAlways: true,
  describe: (target, name) => functionArguments(target, name, { params: true, retval: false }),
};

export const kretprobe: ProviderEntry = {
  name: "kretprobe",
  aliases: ["kr"],
  forms: ["kretprobe:[MODULE:]FUNCTION", "kretprobe:[MODULE:]PATTERN"],
  doc: "Fires where a kernel function returns; `retval` is its result.",
  example: "kretprobe:vfs_read { @ = hist(retval); } interval:s:1 { exit(); }",
  available: (target) => target.features.kprobe,
  expand: (point, context) => expand(point, context, "kretprobe"),
  list: listFunctions,
  describe: (target, name) => functionArguments(target, name, { params: false, retval: true }),
};
