/** BTF types as C declares them: what verbose listings show. */
import type { BtfMember, BtfTypeId, BtfView } from "./types.js";

/** `struct file * file`, `char comm[16]`, `int (*fn)(void *)`: a type around a name, which may be "". */
export function declare(view: BtfView, id: BtfTypeId, name: string): string {
  const type = view.type(id);
  switch (type.kind) {
    case "ptr": {
      const to = view.type(type.type);
      if (to.kind === "func_proto" || to.kind === "array") return declare(view, type.type, `(*${name})`);
      return declare(view, type.type, name === "" ? "*" : `*${name.startsWith("*") ? "" : " "}${name}`);
    }
    case "array":
      return declare(view, type.element, `${name}[${type.length}]`);
    case "func_proto": {
      const params = type.params.map((param) => declare(view, param.type, "") || "...");
      return declare(view, type.ret, `${name}(${params.length === 0 ? "void" : params.join(", ")})`);
    }
    case "const":
    case "volatile":
      return view.type(type.type).kind === "ptr"
        ? declare(view, type.type, name === "" ? type.kind : `${type.kind} ${name}`)
        : join(`${type.kind} ${declare(view, type.type, "")}`, name);
    case "restrict":
    case "type_tag":
      return declare(view, type.type, name);
    case "void":
      return join("void", name);
    case "int":
    case "float":
    case "typedef":
      return join(type.name, name);
    case "struct":
    case "union":
    case "enum":
      return join(type.name === "" ? `${type.kind} {...}` : `${type.kind} ${type.name}`, name);
    case "fwd":
      return join(`${type.union ? "union" : "struct"} ${type.name}`, name);
    case "func":
    case "var":
    case "datasec":
    case "decl_tag":
      return name;
  }
}

const join = (base: string, name: string): string => (name === "" ? base : `${base} ${name}`);

/** A struct, union or enum with all its members, nested ones without names in place; `*` stands at the name, as libbpf has it. */
export function define(view: BtfView, id: BtfTypeId, indent = ""): string {
  const type = view.type(id);
  const inner = `${indent}\t`;
  if (type.kind === "enum") {
    const values = type.values.map((each) => `${inner}${each.name} = ${each.value},\n`);
    return `${join("enum", type.name)} {\n${values.join("")}${indent}}`;
  }
  if (type.kind !== "struct" && type.kind !== "union") return declare(view, id, "");
  const members = type.members.map((member) => `${inner}${defineMember(view, member, inner)};\n`);
  return `${join(type.kind, type.name)} {\n${members.join("")}${indent}}`;
}

function defineMember(view: BtfView, member: BtfMember, indent: string): string {
  const width = member.bitfieldSize === 0 ? "" : `: ${member.bitfieldSize}`;
  // Around a struct without a name, what its members are is all there is to tell.
  let [at, shape] = [member.type, member.name];
  for (let type = view.type(at); type.kind === "array"; type = view.type(at)) {
    shape += `[${type.length}]`;
    at = type.element;
  }
  const base = view.type(at);
  const isNameless =
    (base.kind === "struct" || base.kind === "union" || base.kind === "enum") && base.name === "";
  return isNameless
    ? `${join(define(view, at, indent), shape)}${width}`
    : `${declare(view, member.type, member.name).replace(/\* (?=[\w*])/g, "*")}${width}`;
}
