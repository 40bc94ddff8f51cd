/** Pointers, signals, and what changes the traced program. */
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { printType } from "../../types/print.js";
import { boolType, intType, type PointerType, uint32, uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { SIGNALS } from "../probes/special.js";
import { later } from "./entry.js";

function spaced(name: "kptr" | "uptr", space: "kernel" | "user"): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`T * ${name}(T * pointer)`],
    arity: [1, 1],
    doc: `The same pointer, marked as one to ${space} memory.`,
    example: `tracepoint:syscalls:sys_enter_openat { print(str(${name}(args.filename))); exit(); }`,
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.type.kind === "pointer") return site.convert(value, { ...respace(value.type, space) });
      if (integerOf(value.type) === undefined) {
        return site.error(
          "TB3004",
          `${name}() only supports integer or pointer arguments (${printType(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.convert(value, { kind: "pointer", to: intType(8, true), space });
    },
  };
}

function respace(type: PointerType, space: "kernel" | "user"): PointerType {
  return { kind: "pointer", to: type.to, space };
}

function signal(name: "signal" | "signal_thread", doc: string): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`void ${name}(const string name)`, `void ${name}(uint32 number)`],
    arity: [1, 1],
    unsafe: true,
    doc,
    example: `kprobe:__x64_sys_execve /comm == "victim"/ { ${name}("KILL"); }`,
    rule: (site) => {
      const text = site.textIf(0);
      if (text !== undefined && !/^\d+$/.test(text)) {
        const number = SIGNALS[text.startsWith("SIG") ? text : `SIG${text}`];
        if (number === undefined) {
          return site.error("TB3004", `${text} is not a valid signal`, site.spanOf(0));
        }
        return site.call(voidType, { args: [site.constant(BigInt(number), uint32)] });
      }
      const value = site.integerValue(0, false);
      return value === undefined ? undefined : site.call(voidType, { args: [site.convert(value, uint32)] });
    },
  };
}

export const memoryFunctions: readonly BuiltinEntry[] = [
  spaced("kptr", "kernel"),
  spaced("uptr", "user"),
  {
    name: "bswap",
    kind: "function",
    signatures: ["uintN bswap(uintN n)"],
    arity: [1, 1],
    doc: "Reverses the bytes of an integer.",
    example: 'begin { printf("%x\\n", bswap((uint32)0x12345678)); exit(); }',
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      const type = integerOf(value.type);
      if (type === undefined) {
        return site.error(
          "TB3004",
          `bswap() only supports integer arguments (${printType(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      const result = intType(type.bits, false);
      return site.call(result, { args: [site.convert(value, result)] });
    },
  },
  {
    name: "is_err",
    kind: "function",
    signatures: ["bool is_err(void * pointer)"],
    arity: [1, 1],
    doc: "Whether a kernel pointer holds an error number instead of an address.",
    example: "fexit:do_filp_open { print(is_err(retval)); exit(); }",
    rule: (site) => {
      const value = site.integerValue(0, false);
      if (value === undefined) return undefined;
      // MAX_ERRNO of include/linux/err.h: the last 4095 addresses.
      return {
        kind: "compare",
        operator: ">=",
        left: site.convert(value, uint64),
        right: site.constant(0xffff_ffff_ffff_f001n, uint64),
        type: boolType,
        span: site.span,
      };
    },
  },
  signal("signal", "Sends a signal to the traced process."),
  signal("signal_thread", "Sends a signal to the traced thread."),
  {
    name: "override",
    kind: "function",
    signatures: ["void override(uint64 result)"],
    arity: [1, 1],
    unsafe: true,
    where: { words: "kprobe", allows: (probe) => probe.attach.kind === "kprobe" && !probe.attach.return },
    doc: "Makes the traced function return a value without running.",
    example: 'kprobe:__x64_sys_getuid /comm == "id"/ { override(1); }',
    rule: (site: CallSite): TypedExpression | undefined => {
      const value = site.integerValue(0, false);
      return value === undefined ? undefined : site.call(voidType, { args: [site.convert(value, uint64)] });
    },
  },
  later(
    "write_user",
    "function",
    "bool write_user(T * to, T * from, uint32 length)",
    [3, 3],
    "Writes user memory.",
    'tracepoint:syscalls:sys_enter_openat { write_user(args.filename, "x", 1); exit(); }',
    { unsafe: true },
  ),
  later(
    "path",
    "function",
    "string path(struct path * path [, int64 size])",
    [1, 2],
    "Name of a file.",
    "fentry:filp_close { print(path(args.filp.f_path)); exit(); }",
    { since: "5.10" },
  ),
  later(
    "socket_cookie",
    "function",
    "uint64 socket_cookie(struct sock * sk)",
    [1, 1],
    "The kernel's number for a socket.",
    "fentry:tcp_rcv_established { @[socket_cookie(args.sk)] = count(); } interval:s:1 { exit(); }",
  ),
  later(
    "container_of",
    "function",
    "T * container_of(pointer, T, member)",
    [3, 3],
    "The struct around a member.",
    "begin { exit(); }",
  ),
];
