/**
 * A kernel reduced to what some scripts ask of it: kilobytes where a whole one takes megabytes, small enough to lie in
 * a repository next to the scripts it checks.
 */
import { assertNever } from "../base/assert-never.js";
import { typesLookedAt } from "../btf/decode.js";
import { BtfBuilder } from "../btf/encode.js";
import { BTF_VOID, type BtfType, type BtfTypeId, type BtfView } from "../btf/types.js";
import type { Target } from "./target.js";
import { makeTarget, type TargetData } from "./target-data.js";

export interface Trimming {
  /** Compile for this one; it remembers what it was asked. */
  readonly target: Target;
  /** What it was asked so far, as a kernel of its own, with the modules of which types were looked at. */
  result(): TargetData;
}

/** `mentioned`: may a script's text mean this function? The kernel's list of them is asked for as a whole. */
export function trimTarget(data: TargetData, mentioned: (name: string) => boolean): Trimming {
  const formats = new Map<string, string>();
  const modules = new Set<string>();
  const target = makeTarget({
    ...data,
    tracepointFormat: (category, event) => {
      const text = data.tracepointFormat(category, event);
      if (text !== undefined) formats.set(`${category}:${event}`, text);
      return text;
    },
    moduleBtf: (module) => {
      modules.add(module);
      return data.moduleBtf(module);
    },
  });
  return {
    target,
    result: () => {
      // Features are worked out from names in BTF: have them looked at.
      Object.values(target.features);
      const { btf, moduleBtf } = trimTypes(target, modules);
      const functions = data.functions();
      return {
        ...data,
        btf: () => btf,
        modules: () => [...moduleBtf.keys()],
        moduleBtf: (module) => moduleBtf.get(module),
        tracepoints: () => [...formats.keys()].sort(),
        tracepointFormat: (category, event) => formats.get(`${category}:${event}`),
        functions: () =>
          functions
            ?.split("\n")
            .filter((line) => line === "" || mentioned(line.split(" ")[0] ?? ""))
            .join("\n"),
      };
    },
  };
}

interface TrimmedTypes {
  readonly btf: Uint8Array | undefined;
  /** By module, sorted. */
  readonly moduleBtf: ReadonlyMap<string, Uint8Array>;
}

/** Of the kernel and of `modules`, the types looked at. */
function trimTypes(target: Target, modules: ReadonlySet<string>): TrimmedTypes {
  const moduleBtf = new Map<string, Uint8Array>();
  if (!target.hasBtf) return { btf: undefined, moduleBtf };
  const base = new BtfBuilder();
  const ids = new Map<BtfTypeId, BtfTypeId>();
  addTypes(base, target.btf, ids);
  const btf = base.finish();
  for (const module of [...modules].sort()) {
    const view = target.moduleBtf(module);
    if (view === undefined || typesLookedAt(view).size === 0) continue;
    const builder = new BtfBuilder(base);
    addTypes(builder, view, new Map(ids));
    moduleBtf.set(module, builder.finish());
  }
  return { btf, moduleBtf };
}

/**
 * Adds the view's own types that were looked at, renumbered; a reference to another one becomes `void`. `ids`, old to new,
 * has those of the base, and gets these.
 */
function addTypes(builder: BtfBuilder, view: BtfView, ids: Map<BtfTypeId, BtfTypeId>): void {
  const kept = [...typesLookedAt(view)].filter(([, type]) => type.kind !== "void");
  for (const [id] of kept) ids.set(id, builder.reserve());
  const now = (id: BtfTypeId): BtfTypeId => ids.get(id) ?? BTF_VOID;
  for (const [id, type] of kept) builder.define(now(id), renumbered(type, now));
}

function renumbered(type: BtfType, now: (id: BtfTypeId) => BtfTypeId): BtfType {
  switch (type.kind) {
    case "void":
    case "int":
    case "float":
    case "enum":
    case "fwd":
      return type;
    case "ptr":
    case "typedef":
    case "const":
    case "volatile":
    case "restrict":
    case "type_tag":
    case "func":
    case "var":
    case "decl_tag":
      return { ...type, type: now(type.type) };
    case "array":
      return { ...type, element: now(type.element), index: now(type.index) };
    case "struct":
    case "union":
      return { ...type, members: type.members.map((member) => ({ ...member, type: now(member.type) })) };
    case "func_proto":
      return {
        ...type,
        ret: now(type.ret),
        params: type.params.map((param) => ({ ...param, type: now(param.type) })),
      };
    case "datasec":
      return { ...type, vars: type.vars.map((each) => ({ ...each, type: now(each.type) })) };
    default:
      return assertNever(type);
  }
}
