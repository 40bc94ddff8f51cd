/**
 * What a target is made of: texts and bytes as the kernel shows them. `from-host.ts` reads them from the running
 * kernel when they are first asked for, `profile.ts` from a file; `makeTarget` is the one place that interprets them.
 */
import { lazy } from "../base/lazy.js";
import { decodeBtf, emptyBtf } from "../btf/decode.js";
import type { BtfParam, BtfTypeId, BtfView } from "../btf/types.js";
import { HELPERS, type HelperName } from "../bpf/helpers.js";
import type { ArchName } from "./arch.js";
import { deriveFeatures } from "./features.js";
import { parseFormat } from "./format.js";
import { kernelFunctions } from "./functions.js";
import type {
  KernelFunction,
  KernelSymbols,
  KernelVersion,
  PidNamespace,
  Target,
  TracepointFormat,
} from "./target.js";

export interface TargetData {
  readonly origin: "host" | "profile";
  readonly arch: ArchName;
  /** `uname -r` */
  readonly release: string;
  /** The kernel's BTF blob; undefined if it has none. */
  btf(): Uint8Array | undefined;
  /** Without reading it. */
  hasBtf(): boolean;
  modules(): readonly string[];
  moduleBtf(module: string): Uint8Array | undefined;
  /** Text of `events/<category>/<event>/format`. */
  tracepointFormat(category: string, event: string): string | undefined;
  /** Sorted `category:event`. */
  tracepoints(): readonly string[];
  /** Text of available_filter_functions: lines `name` or `name [module]`; undefined if the kernel traces no functions. */
  functions(): string | undefined;
  /** Names of all loaded modules; undefined: not known. */
  loadedModules(): readonly string[] | undefined;
  bpfPrograms(): readonly { readonly id: number; readonly name: string }[];
  /** May programs read the kernel's memory (kernel_lockdown(7))? Not asked of a profile: they may. */
  readsKernelMemory?(): boolean;
  readonly kprobePmu: boolean;
  readonly uprobePmu: boolean;
  symbols: KernelSymbols | undefined;
  readonly pidNamespace?: PidNamespace | undefined;
  cgroupId?(path: string): bigint | undefined;
  readonly cpuCount: number;
  readonly pageSize: number;
  readonly hz: number | undefined;
}

function parseRelease(release: string): KernelVersion {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release);
  return { release, numbers: [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0), Number(match?.[3] ?? 0)] };
}

/** The target these data describe. Nothing is read before it is asked for. */
export function makeTarget(data: TargetData): Target {
  const kernel = parseRelease(data.release);
  const blob = lazy(() => data.btf());
  const btf = lazy((): BtfView => {
    const bytes = blob();
    const decoded = bytes === undefined ? undefined : decodeBtf(bytes);
    return decoded?.ok === true ? decoded.value : emptyBtf();
  });
  const modules = new Map<string, BtfView | undefined>();
  const formats = new Map<string, TracepointFormat | undefined>();
  const functions = kernelFunctions(
    () => data.functions(),
    () => btf().functionNames(),
    (name) => btf().findFunction(name) !== undefined || data.symbols?.address(name) !== undefined,
  );
  const moduleBtf = (module: string): BtfView | undefined => {
    if (!modules.has(module)) {
      const bytes = data.moduleBtf(module);
      const decoded = bytes === undefined ? undefined : decodeBtf(bytes, btf());
      modules.set(module, decoded?.ok === true ? decoded.value : undefined);
    }
    return modules.get(module);
  };
  const viewOf = (module: string): BtfView | undefined => (module === "vmlinux" ? btf() : moduleBtf(module));
  const hasHelper = (name: string): boolean => hasKernelHelper(name, kernel);
  const features = lazy(() =>
    deriveFeatures({
      version: kernel.numbers,
      hasHelper,
      kprobePmu: data.kprobePmu,
      uprobePmu: data.uprobePmu,
      hasFunctionTracing: () =>
        data.kprobePmu && btf().findFunction("bpf_trampoline_link_prog") !== undefined,
      hasFprobe: () => data.kprobePmu && btf().findFunction("register_fprobe_ips") !== undefined,
    }),
  );
  return {
    origin: data.origin,
    arch: data.arch,
    kernel,
    get hasBtf() {
      return data.hasBtf();
    },
    get btf() {
      return btf();
    },
    moduleBtf,
    modules: lazy(() => data.modules()),
    hasModule: (module) => module === "vmlinux" || (data.loadedModules()?.includes(module) ?? true),
    bpfPrograms: lazy(() => data.bpfPrograms()),
    tracepointFormat: (category, event) => {
      const name = `${category}:${event}`;
      if (!formats.has(name)) {
        const text = data.tracepointFormat(category, event);
        formats.set(name, text === undefined ? undefined : parseFormat(category, event, text));
      }
      return formats.get(name);
    },
    listTracepoints: lazy(() => data.tracepoints()),
    listRawTracepoints: (module) => rawTracepoints(viewOf(module), module === "vmlinux" ? undefined : btf()),
    rawTracepointArgs: (name, module = "vmlinux") => rawTracepointArgs(viewOf(module), name),
    functions: () => functions,
    get features() {
      return features();
    },
    get readsKernelMemory() {
      return data.readsKernelMemory?.() ?? true;
    },
    hasHelper,
    kfunc: (name) => findKfunc(name, btf(), data.modules, moduleBtf),
    symbols: data.symbols,
    pidNamespace: data.pidNamespace,
    cgroupId: (path) => data.cgroupId?.(path),
    cpuCount: data.cpuCount,
    pageSize: data.pageSize,
    hz: data.hz,
  };
}

/** pahole tags what programs may call since Linux 6.10; before, any function might be. */
const KFUNC_TAG = "bpf_kfunc";

function findKfunc(
  name: string,
  kernel: BtfView,
  modules: () => readonly string[],
  moduleBtf: (module: string) => BtfView | undefined,
): KernelFunction | undefined {
  const isCallable = (view: BtfView, id: BtfTypeId): boolean =>
    kernel.taggedWith(KFUNC_TAG).size === 0 || view.taggedWith(KFUNC_TAG).has(id);
  const own = kernel.findFunction(name);
  if (own !== undefined)
    return isCallable(kernel, own) ? { module: "vmlinux", btf: kernel, id: own } : undefined;
  for (const module of modules()) {
    const view = moduleBtf(module);
    const id = view?.findFunction(name);
    if (view !== undefined && id !== undefined && isCallable(view, id)) return { module, btf: view, id };
  }
  return undefined;
}

/**
 * By release: distributions that backport helpers are rare, and asking BTF for `enum bpf_func_id` would mean reading
 * megabytes for a script that needs no types.
 */
function hasKernelHelper(name: string, kernel: KernelVersion): boolean {
  const helper = HELPERS[name as HelperName];
  if (helper === undefined) return false;
  const [major = 0, minor = 0] = helper.since.split(".").map(Number);
  const [a, b] = kernel.numbers;
  return a > major || (a === major && b >= minor);
}

const rawPrefix = "btf_trace_";

/** A module's view shows the names of the kernel below it, too. */
function rawTracepoints(btf: BtfView | undefined, below: BtfView | undefined): readonly string[] {
  const inherited = new Set(below?.typeNames());
  const names = (btf?.typeNames() ?? []).filter((name) => name.startsWith(rawPrefix) && !inherited.has(name));
  return names.map((name) => name.slice(rawPrefix.length)).sort();
}

/**
 * The typedef `btf_trace_<name>` says that there is one, and its types; `__traceiter_<name>` has the same parameters
 * with their names (include/linux/tracepoint.h, __DECLARE_TRACE).
 */
function rawTracepointArgs(btf: BtfView | undefined, name: string): readonly BtfParam[] | undefined {
  const typedef = btf?.findTypedef(`${rawPrefix}${name}`);
  if (btf === undefined || typedef === undefined) return undefined;
  const named = btf.findFunction(`__traceiter_${name}`) ?? btf.findFunction(`__probestub_${name}`);
  const fromFunction = named === undefined ? undefined : protoParams(btf, funcType(btf, named));
  const params = fromFunction ?? protoParams(btf, pointee(btf, typedef));
  return params?.slice(1).map((param, i) => (param.name === "" ? { ...param, name: `arg${i}` } : param));
}

function funcType(btf: BtfView, id: BtfTypeId): BtfTypeId | undefined {
  const type = btf.type(id);
  return type.kind === "func" ? type.type : undefined;
}

function pointee(btf: BtfView, id: BtfTypeId): BtfTypeId | undefined {
  const type = btf.type(btf.strip(id));
  return type.kind === "ptr" ? btf.strip(type.type) : undefined;
}

function protoParams(btf: BtfView, id: BtfTypeId | undefined): readonly BtfParam[] | undefined {
  const type = id === undefined ? undefined : btf.type(id);
  return type?.kind === "func_proto" ? type.params : undefined;
}
