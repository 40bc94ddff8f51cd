/** Static events of the kernel as perf's record shows them. */
import { didYouMean, nearestName } from "../../diag/suggest.js";
import type { CBase } from "../../target/c-decl.js";
import type { Target, TracepointField, TracepointFormat } from "../../target/target.js";
import type { BtfTypes } from "../../types/from-btf.js";
import {
  intType,
  type PointerSpace,
  type StructMember,
  type StructType,
  type Type,
  voidType,
} from "../../types/type.js";
import type { CheaperProbe, ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { recordFields } from "./describe.js";
import { rawSyscall } from "./syscall-events.js";
import { hasWildcard, wildcard } from "./wildcard.js";

export const tracepoint: ProviderEntry = {
  name: "tracepoint",
  aliases: ["t"],
  forms: ["tracepoint:CATEGORY:EVENT"],
  doc: "Static events of the kernel; `args` has the fields of the event's record.",
  example: "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); } interval:s:1 { exit(); }",
  expand: (point, context) => {
    const [category = "", event = ""] = point.parts.map((part) => part.text);
    if (point.parts.length !== 2 || category === "" || event === "") {
      context.error("TB4002", "tracepoint is written tracepoint:CATEGORY:EVENT", point.span);
      return [];
    }
    if (!hasWildcard(category) && !hasWildcard(event)) {
      if (context.target.tracepointFormat(category, event) !== undefined) {
        return [expanded(category, event, context)];
      }
      return missing(`${category}:${event}`, context);
    }
    const matchCategory = wildcard(category);
    const matchEvent = wildcard(event);
    const all = context.target.listTracepoints();
    if (all.length === 0) return missing(`${category}:${event}`, context);
    const found: ExpandedProbe[] = [];
    for (const name of all) {
      const colon = name.indexOf(":");
      const [own, ownEvent] = [name.slice(0, colon), name.slice(colon + 1)];
      if (matchCategory(own) && matchEvent(ownEvent)) found.push(expanded(own, ownEvent, context));
    }
    return found;
  },
  list: (target) => target.listTracepoints(),
  listedAlways: true,
  describe: recordFields,
};

/** A kernel has hundreds: where there are none, they cannot be seen. */
const NO_TRACEPOINTS =
  "no tracepoint of this kernel can be seen at all: is tracefs mounted? `mount -t tracefs tracefs /sys/kernel/tracing`";

function missing(name: string, context: ProviderContext): readonly ExpandedProbe[] {
  const all = context.target.listTracepoints();
  if (all.length === 0) return context.missing(name, "TB4003", NO_TRACEPOINTS);
  const [category, event = ""] = name.split(":");
  const hint =
    didYouMean(name, all) ??
    ((): string | undefined => {
      const elsewhere = all.find((other) => other.endsWith(`:${event}`));
      const near =
        elsewhere ??
        nearestName(
          event,
          all.filter((other) => other.startsWith(`${category}:`)),
        );
      return near === undefined ? undefined : `did you mean '${near}'?`;
    })();
  return context.missing(name, "TB4003", hint);
}

function expanded(category: string, event: string, context: ProviderContext): ExpandedProbe {
  const space = isSyscall(category) ? "user" : "kernel";
  let args: StructType | undefined;
  const record = (): StructType | undefined => {
    if (args === undefined) {
      const format = context.target.tracepointFormat(category, event);
      if (format !== undefined) args = recordStruct(format, space, context);
    }
    return args;
  };
  const cheaper = cheaperProbe(category, event, context.target, record);
  return {
    provider: "tracepoint",
    name: `tracepoint:${category}:${event}`,
    type: "tracepoint",
    section: "tracepoint",
    context: "tracepoint",
    attach: { kind: "tracepoint", category, event },
    space,
    args: record,
    ctx: () => ({ kind: "pointer", to: voidType, space: "ctx" }),
    ...(cheaper === undefined ? {} : { cheaper }),
  };
}

function isSyscall(category: string): boolean {
  return category === "syscalls";
}

/**
 * A raw tracepoint costs two thirds of a tracepoint program, as perf's record is never built (see
 * docs/architecture.md, "What an event costs"). It has the record's fields only where the table says so.
 */
function cheaperProbe(
  category: string,
  event: string,
  target: Target,
  record: () => StructType | undefined,
): CheaperProbe | undefined {
  if (isSyscall(category)) return rawSyscall(event, target, record);
  if (!isStatic(category, event, target)) return undefined;
  const fields = category === "raw_syscalls" ? RAW_FIELDS[event] : undefined;
  return {
    section: "raw_tp",
    context: "raw_tracepoint",
    attach: { kind: "raw_tracepoint", name: event },
    args:
      fields === undefined
        ? undefined
        : () => ({
            kind: "struct",
            union: false,
            name: `rawtracepoint:${event}_args`,
            key: `args:raw:${event}`,
            size: 16,
            align: 8,
            members: fields,
          }),
  };
}

/**
 * An event that is compiled into the kernel or a module is a tracepoint of that name; one that somebody made at run
 * time (kprobe_events, synthetic_events, ...) or that ftrace itself writes is none. Told by its record, because types
 * would tell only after megabytes of them have been read.
 */
function isStatic(category: string, event: string, target: Target): boolean {
  if (MADE_AT_RUN_TIME.has(category)) return false;
  const fields = target.tracepointFormat(category, event)?.fields;
  return fields !== undefined && !fields.some((field) => PROBE_FIELDS.has(field.name));
}

/** The kernel's groups for them; kprobes and uprobes may be put into others, but show where they are. */
const MADE_AT_RUN_TIME: ReadonlySet<string> = new Set([
  "ftrace",
  "synthetic",
  "eprobes",
  "kprobes",
  "uprobes",
]);
/** kernel/trace/trace_probe.h: FIELD_STRING_IP, FIELD_STRING_RETIP, FIELD_STRING_FUNC. */
const PROBE_FIELDS: ReadonlySet<string> = new Set(["__probe_ip", "__probe_ret_ip", "__probe_func"]);

/** Fields of the record that are arguments as they stand: include/trace/events/syscalls.h. */
const RAW_FIELDS: Readonly<Record<string, readonly StructMember[]>> = {
  // sys_enter(struct pt_regs *regs, long id)
  sys_enter: [{ name: "id", type: intType(64, true), offset: 8, index: 1 }],
  // sys_exit(struct pt_regs *regs, long ret)
  sys_exit: [{ name: "ret", type: intType(64, true), offset: 8, index: 1 }],
};

/** The record of an event as a struct; pointers in system call records point to user memory. */
function recordStruct(format: TracepointFormat, space: PointerSpace, context: ProviderContext): StructType {
  const members: StructMember[] = [];
  let end = 0;
  for (const [index, field] of format.fields.entries()) {
    end = Math.max(end, field.offset + field.size);
    // bpf programs cannot read the first eight bytes: the kernel keeps its own pointer there.
    if (field.offset < 8 && field.name.startsWith("common_")) continue;
    if (hasNoLength(field)) continue;
    let type: Type | undefined;
    members.push({
      name: field.name,
      // Worked out when it is asked for: most fields are not, and a type's name costs megabytes of BTF.
      get type() {
        type ??= fieldType(field, space, context);
        return type;
      },
      offset: field.offset,
      index,
      ...(field.isDataLoc ? { dataLoc: "absolute" } : field.isRelLoc ? { dataLoc: "relative" } : {}),
    });
  }
  return {
    kind: "struct",
    union: false,
    name: `tracepoint:${format.category}:${format.event}_args`,
    key: `args:tracepoint:${format.category}:${format.event}`,
    size: end,
    align: 8,
    members,
  };
}

/** An array that ends with the record, and does not say where. */
function hasNoLength({ decl, arrayLength, isDataLoc, isRelLoc }: TracepointField): boolean {
  return decl.array !== undefined && arrayLength === undefined && !isDataLoc && !isRelLoc;
}

function fieldType(field: TracepointField, space: PointerSpace, context: ProviderContext): Type {
  const { decl } = field;
  if (decl.base.kind === "named" && INTEGER_NAMES.has(decl.base.name) && isPlain(field)) return sized(field);
  const element = pointers(baseType(decl.base, field, space, context.types), decl.pointers, space);
  const isChar = decl.pointers === 0 && decl.base.kind === "int" && decl.base.size === 1;
  if (field.isDataLoc || field.isRelLoc) {
    if (isChar) return { kind: "string", size: context.maxStrlen };
    return { kind: "pointer", to: element, space: "ctx" };
  }
  if (field.arrayLength !== undefined) {
    if (isChar && decl.base.kind === "int" && (decl.base.char || decl.base.signed))
      return { kind: "string", size: field.arrayLength, array: true };
    return { kind: "array", element, length: field.arrayLength };
  }
  // The record's own words win over the declaration: it keeps each argument of a system call in a long, `int fd` too.
  return element.kind === "void" || element.kind === "int" ? sized(field) : element;
}

function isPlain({ decl, isDataLoc, isRelLoc }: TracepointField): boolean {
  return decl.pointers === 0 && decl.array === undefined && !isDataLoc && !isRelLoc;
}

/** Names of include/linux/types.h that are integers on every kernel: the record says their size and sign. */
const INTEGER_NAMES: ReadonlySet<string> = new Set([
  ...[
    "pid_t",
    "uid_t",
    "gid_t",
    "umode_t",
    "mode_t",
    "dev_t",
    "ino_t",
    "size_t",
    "ssize_t",
    "loff_t",
    "off_t",
  ],
  ...["sector_t", "blkcnt_t", "gfp_t", "fmode_t", "clockid_t", "key_t", "mqd_t", "aio_context_t", "cycles_t"],
]);

/** An integer of the field's own size: what a type unknown to us is read as. */
function sized(field: TracepointField): Type {
  return field.size === 1 || field.size === 2 || field.size === 4 || field.size === 8
    ? intType(bitsOf(field.size), field.signed)
    : { kind: "array", element: intType(8, false), length: field.size };
}

function bitsOf(size: 1 | 2 | 4 | 8): 8 | 16 | 32 | 64 {
  return size === 1 ? 8 : size === 2 ? 16 : size === 4 ? 32 : 64;
}

function baseType(base: CBase, field: TracepointField, space: PointerSpace, types: BtfTypes): Type {
  switch (base.kind) {
    case "void":
      return voidType;
    case "int":
      return intType(bitsOf(base.size), base.char || base.signed);
    case "bool":
      return { kind: "bool" };
    case "struct":
    case "union":
      return types.findStruct(base.name, base.kind === "union", space) ?? voidType;
    case "enum": {
      const id = types.view.findEnum(base.name);
      return id === undefined ? sized(field) : types.typeOf(id, space);
    }
    case "named": {
      const id = types.view.findTypedef(base.name);
      return id === undefined ? voidType : types.typeOf(id, space);
    }
  }
}

function pointers(type: Type, levels: number, space: PointerSpace): Type {
  let made = type;
  for (let level = 0; level < levels; level++) made = { kind: "pointer", to: made, space };
  return made;
}
