/** Arguments of a probe as verbose listings show them: the kernel's own declarations. */
import { declare } from "../../btf/print-c.js";
import type { BtfView } from "../../btf/types.js";
import type { Target, TracepointField } from "../../target/target.js";

function viewOf(module: string, target: Target): BtfView | undefined {
  return module === "" || module === "vmlinux" ? target.btf : target.moduleBtf(module);
}

/** Parameters of a function, `mod:fn` or `fn`, and its result as `retval`. */
export function functionArguments(
  target: Target,
  name: string,
  wants: { readonly params: boolean; readonly retval: boolean },
): readonly string[] {
  const colon = name.lastIndexOf(":");
  const fn = name.slice(colon + 1);
  const module = colon < 0 ? (target.functions().modulesOf(fn)[0] ?? "vmlinux") : name.slice(0, colon);
  const view = viewOf(module, target);
  const id = view?.findFunction(fn);
  const func = id === undefined ? undefined : view?.type(id);
  const proto = func?.kind === "func" ? view?.type(func.type) : undefined;
  if (view === undefined || proto?.kind !== "func_proto") return [];
  const lines = wants.params ? proto.params.map((param) => declare(view, param.type, param.name)) : [];
  if (wants.retval && view.type(proto.ret).kind !== "void") lines.push(declare(view, proto.ret, "retval"));
  return lines;
}

export function rawArguments(target: Target, name: string): readonly string[] {
  const [module = "", event = ""] = name.split(":");
  const view = viewOf(module, target);
  const params = target.rawTracepointArgs(event, module) ?? [];
  return view === undefined ? [] : params.map((param) => declare(view, param.type, param.name));
}

/** Fields of the record without those all records begin with. */
export function recordFields(target: Target, name: string): readonly string[] {
  const [category = "", event = ""] = name.split(":");
  const fields = target.tracepointFormat(category, event)?.fields ?? [];
  return fields.filter((field) => !field.name.startsWith("common_")).map(declareField);
}

function declareField(field: TracepointField): string {
  const array = field.isDataLoc || field.isRelLoc ? null : /^(.*?)(\[[^\]]*\])$/.exec(field.ctype);
  return array === null ? `${field.ctype} ${field.name}` : `${array[1]?.trim()} ${field.name}${array[2]}`;
}
