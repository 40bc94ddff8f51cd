/** Pointers, and memory of the kernel and of processes. */
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { printType } from "../../types/print.js";
import { boolType, int64, intType, type PointerType, uint32, uint64 } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";

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

/** The pointer moved back by the member's offset. */
function containerOf(site: CallSite): TypedExpression | undefined {
  const pointer = site.value(0);
  const type = site.typeArgument(1);
  const member = site.memberPath(2);
  if (pointer === undefined || type === undefined || member === undefined) return undefined;
  const offset = site.offsetOf(type, member);
  if (offset === undefined) return undefined;
  if (pointer.type.kind !== "pointer" && integerOf(pointer.type) === undefined) {
    return site.error(
      "TB3004",
      `container_of() only supports pointer arguments (${printType(pointer.type)} provided)`,
      site.spanOf(0),
    );
  }
  const byte: PointerType = { kind: "pointer", to: intType(8, false), space: site.spaceOf(pointer) };
  const moved: TypedExpression = {
    kind: "pointer_add",
    pointer: site.convert(pointer, byte),
    index: site.constant(-BigInt(offset), int64),
    type: byte,
    span: site.span,
  };
  return site.convert(moved, { kind: "pointer", to: type, space: byte.space });
}

/**
 * The variable's own address, moved by what the kernel keeps in `__per_cpu_offset` for each CPU
 * (include/asm-generic/percpu.h). Both addresses change with every boot.
 */
function perCpuAddress(site: CallSite): TypedExpression | undefined {
  const name = site.text(0);
  const cpu = site.args.length > 1 ? site.integerValue(1, false) : site.call(uint32, {}, "cpu");
  if (name === undefined || cpu === undefined) return undefined;
  const { symbols, cpuCount } = site.target;
  const [symbol, offsets] = [symbols?.address(name), symbols?.address("__per_cpu_offset")];
  if (symbol === undefined || offsets === undefined) {
    return site.error("TB2011", `Could not resolve variable "${name}" from BTF`, site.spanOf(0));
  }
  const type: PointerType = { kind: "pointer", to: uint64, space: "kernel" };
  return site.call(type, { args: [site.convert(cpu, uint64)], numbers: [symbol, offsets, BigInt(cpuCount)] });
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
  {
    name: "write_user",
    kind: "function",
    signatures: ["bool write_user(T * to, T * from, uint32 length)"],
    arity: [3, 3],
    unsafe: "write_user() is unsafe. To use you need the --unsafe flag",
    doc: "Overwrites memory of the process; true if it could be written.",
    example:
      'tracepoint:syscalls:sys_enter_openat /comm == "victim"/ { _ = write_user(args.filename, "x", 1); }',
    rule: (site) => {
      const [to, from] = [site.integerValue(0, false), site.value(1)];
      const length = site.integerValue(2, false);
      if (to === undefined || from === undefined || length === undefined) return undefined;
      return site.call(boolType, { args: [to, from, length] });
    },
  },
  {
    name: "path",
    kind: "function",
    signatures: ["string path(struct path * path [, const int32 size])"],
    arity: [1, 2],
    since: "5.10",
    where: {
      words: "fentry, fexit, iter",
      allows: ({ context }) => context === "fentry" || context === "fexit" || context === "iter",
      says: () => "The path function can only be used with 'fentry', 'fexit', 'iter' probes",
    },
    doc: "Full name of a file; of a longer one only what fits at its end, with a warning. Besides iterators, the kernel allows it in programs on few functions: security_file_permission, security_inode_getattr, security_file_open, security_path_truncate, vfs_truncate, vfs_fallocate, dentry_open, vfs_getattr, filp_close.",
    example: "fentry:security_file_open { print(path(args.file.f_path)); exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      const { type } = value;
      if (type.kind !== "struct" && type.kind !== "pointer") {
        return site.error(
          "TB3004",
          `path() only supports pointer or C type argument (${printType(type)} provided)`,
          site.spanOf(0),
        );
      }
      const most = BigInt(site.config.maxStrlen);
      const size = site.args.length > 1 ? site.integerIf(1) : most;
      if (size === undefined || size < 0n) {
        return site.error("TB3013", "path: invalid size value, need non-negative literal", site.spanOf(1));
      }
      return site.call({ kind: "string", size: Number(size < most ? size : most) }, { args: [value] });
    },
  },
  {
    name: "socket_cookie",
    kind: "function",
    signatures: ["uint64 socket_cookie(struct sock * sk)"],
    arity: [1, 1],
    since: "5.12",
    where: {
      words: "fentry, fexit, rawtracepoint",
      allows: ({ context }) => context === "fentry" || context === "fexit" || context === "tp_btf",
    },
    doc: "The kernel's lasting number for a socket.",
    example: "rawtracepoint:tcp_probe { @[socket_cookie(args.sk)] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      const value = site.value(0);
      if (value === undefined) return undefined;
      const { type } = value;
      if (type.kind === "pointer" && type.to.kind === "struct" && type.to.name === "sock")
        return site.call(uint64, { args: [value] });
      const given = type.kind === "pointer" ? `'${printType(type)}'` : printType(type);
      return site.error(
        "TB3004",
        `socket_cookie() only supports 'struct sock *' as the argument (${given} provided)`,
        site.spanOf(0),
      );
    },
  },
  {
    name: "container_of",
    kind: "function",
    signatures: ["T * container_of(void * pointer, T, member)"],
    arity: [3, 3],
    doc: "The struct around a member, from a pointer to the member.",
    example: "begin { print(container_of(curtask, typeof(struct task_struct), pid) < curtask); exit(); }",
    rule: containerOf,
  },
  {
    name: "percpu_kaddr",
    kind: "function",
    signatures: [
      "uint64 * percpu_kaddr(const string symbol)",
      "uint64 * percpu_kaddr(const string symbol, int64 cpu)",
    ],
    arity: [1, 2],
    doc: "Address of a kernel's per-CPU variable, of this CPU or another; 0 if there is no such CPU.",
    example: 'begin { print(*percpu_kaddr("process_counts", 0)); exit(); }',
    rule: perCpuAddress,
  },
];
