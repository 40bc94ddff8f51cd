/** Stacks and symbols. */
import type { TypedExpression } from "../../check/typed-program.js";
import {
  int64,
  intType,
  type PointerType,
  type StackType,
  type SymbolType,
  uint64,
} from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { ofNumber } from "./entry.js";

const MODES = ["bpftrace", "perf", "raw", "build_id"] as const;
/** Frames when the script names no limit: bpftrace's default. */
const DEFAULT_DEPTH = 127;
/** bpftrace's limit on what a script may ask for. */
const GREATEST_LIMIT = 1024;
/** PERF_MAX_STACK_DEPTH of include/uapi/linux/perf_event.h: more the kernel does not give. */
const GREATEST_DEPTH = 127;

/** numbers: 0 for a stack of no frames, which a limit left out on the command line asks for: `kstack($1)`. */
function stack(site: CallSite, space: StackType["space"]) {
  let mode: StackType["mode"] = site.config.runtime.stackMode;
  let depth = DEFAULT_DEPTH;
  let isEmpty = false;
  for (const index of site.args.keys()) {
    const word = site.word(index);
    const named = MODES.find((each) => each === word);
    const limit = site.integerIf(index);
    if (named !== undefined && index > 0) {
      return site.error("TB3004", `${site.name}: the mode comes before the limit`, site.spanOf(index));
    }
    if (named !== undefined) mode = named;
    else if (word !== undefined && limit === undefined) {
      return site.error(
        "TB3004",
        `Unknown stack mode: '${word}'`,
        site.spanOf(index),
        `use one of ${MODES.join(", ")}`,
      );
    } else if (limit === undefined)
      return site.error("TB3013", `${site.name}: limit must be a literal`, site.spanOf(index));
    else if (limit === 0n) isEmpty = true;
    else if (limit < 0n || limit > BigInt(GREATEST_LIMIT)) {
      return site.error(
        "TB3004",
        limit < 0n
          ? `${site.name}: invalid limit value: ${limit} is negative`
          : `${site.name}([int limit]): limit shouldn't exceed ${GREATEST_LIMIT}, ${limit} given`,
        site.spanOf(index),
      );
    } else depth = Math.min(Number(limit), GREATEST_DEPTH);
  }
  if (mode === "build_id" && space === "kernel") {
    if (site.args.length === 0) {
      site.warn("TB3004", "'build_id' stack mode can only be used for ustack. Falling back to 'raw' mode.");
      return site.call({ kind: "stack", space, mode: "raw", depth });
    }
    return site.error("TB3004", "'build_id' stack mode can only be used for ustack", site.span);
  }
  const type: StackType = { kind: "stack", space, mode, depth };
  return isEmpty ? site.call(type, { numbers: [0n] }) : site.call(type);
}

const symbolOf = (space: SymbolType["space"]): SymbolType => ({ kind: "symbol", space });

/** Files are loaded at multiples of a page, which is at least this large. */
const LOAD_ALIGNMENT = 4096n;

const SYMBOL = /^[a-zA-Z0-9./_-]+$/;

function userAddress(site: CallSite): TypedExpression | undefined {
  const name = site.text(0);
  const { attach } = site.probe;
  if (name === undefined || attach.kind !== "uprobe") return undefined;
  if (!SYMBOL.test(name)) {
    return site.error(
      "TB3004",
      `uaddr() expects a string that is a valid symbol (${SYMBOL.source}) as input ("${name}" provided)`,
      site.spanOf(0),
    );
  }
  // Where a function returns, bpf_get_func_ip tells where it began: of user functions since 6.6.
  const [major, minor] = site.target.kernel.numbers;
  if (attach.return && (major < 6 || (major === 6 && minor < 6))) {
    return site.error(
      "TB5003",
      "uaddr() needs Linux 6.6 where a function returns",
      site.span,
      "keep it in a map where the function is entered: uprobe",
    );
  }
  const binary = site.userBinary(attach.path);
  const symbol = binary?.variable(name) ?? binary?.function(name);
  if (binary === undefined || symbol === undefined || attach.locations.length === 0) {
    return site.error("TB2014", `Could not resolve symbol: ${attach.path}:${name}`, site.spanOf(0));
  }
  // Code is loaded as one piece: the distance of its addresses from their places in the file is the same everywhere.
  const [code] = binary.functions();
  const codeOffset = code === undefined ? undefined : binary.fileOffset(code.address);
  if (code === undefined || codeOffset === undefined) {
    return site.error(
      "TB2014",
      `Could not resolve symbol: ${attach.path}:${name}, the file shows no function to tell where it is loaded`,
      site.spanOf(0),
    );
  }
  const shift = BigInt(code.address - codeOffset);
  const places = [...new Set(attach.locations.map(({ fileOffset }) => BigInt(fileOffset) + shift))];
  if (new Set(places.map((place) => place % LOAD_ALIGNMENT)).size < places.length) {
    return site.error(
      "TB5001",
      "uaddr() is not supported here: places of the probe lie alike in their pages, so none tells where the file is loaded",
      site.span,
      "probe a function of the program instead",
    );
  }
  const bits = ([8, 16, 32] as const).find((each) => each === symbol.size * 8) ?? 64;
  const type: PointerType = { kind: "pointer", to: intType(bits, false), space: "user" };
  return site.call(type, {
    text: attach.return ? "return" : "entry",
    numbers: [BigInt(symbol.address), ...places],
  });
}

export const stackBuiltins: readonly BuiltinEntry[] = [
  {
    name: "kstack",
    kind: "variable",
    signatures: ["kstack_t kstack", "kstack_t kstack([mode, ] [int64 limit])"],
    arity: [0, 2],
    // In a raw tracepoint the stack begins with the BPF program itself.
    dependsOn: "context",
    doc: "The kernel's stack. Modes: `bpftrace` (symbols, the default), `perf` (addresses and symbols), `raw` (addresses). The limit counts frames, up to 127.",
    example: "profile:hz:99 { @[kstack(3)] = count(); } interval:s:1 { exit(); }",
    rule: (site) => stack(site, "kernel"),
  },
  {
    name: "ustack",
    kind: "variable",
    signatures: ["ustack_t ustack", "ustack_t ustack([mode, ] [int64 limit])"],
    arity: [0, 2],
    doc: "The program's stack. Modes as for kstack, and `build_id`: each frame as the build id of its file and the offset in that file. Names and source lines come from the files themselves, from debug files where distributions put them or in a folder of `--debuginfo`, and for code made at run time from `/tmp/perf-PID.map`.",
    example: "profile:hz:99 { @[ustack(perf, 3)] = count(); } interval:s:1 { exit(); }",
    rule: (site) => stack(site, "user"),
  },
  {
    name: "dw_ustack",
    kind: "variable",
    signatures: ["ustack_t dw_ustack([mode, ] [int64 limit])"],
    arity: [0, 2],
    doc: "The program's stack by the unwind tables of its files (`.eh_frame`), for what is built without frame pointers. Modes as for kstack. The processes are named with `-p`, `-c` or `--dwarf-pid`. On x86-64 only; needs Linux 5.17.",
    example: "profile:hz:99 { @[dw_ustack] = count(); } interval:s:1 { exit(); }",
    rule: (site) => {
      if (!site.unstable("dw_ustack (DWARF stack unwinding)", "unstable_dw_ustack")) return undefined;
      const call = stack(site, "user");
      if (call?.type.kind !== "stack" || call.type.mode !== "build_id") return call;
      return site.error("TB3004", "dw_ustack gives no build ids", site.span, "use ustack(build_id)");
    },
  },
  ofNumber(
    "ksym",
    symbolOf("kernel"),
    "ksym_t ksym(uint64 address)",
    "Name of the kernel function at an address, or of the variable whose own address it is (where /proc/kallsyms lists variables).",
    'begin { print(ksym(kaddr("vfs_read"))); exit(); }',
  ),
  ofNumber(
    "usym",
    symbolOf("user"),
    "usym_t usym(uint64 address)",
    "Name of the program's function at an address.",
    "uprobe:libc:malloc { print(usym(arg0)); exit(); }",
  ),
  {
    name: "len",
    kind: "function",
    signatures: ["int64 len(map m)", "int64 len(stack s)"],
    arity: [1, 1],
    doc: "Number of keys of a map, or of frames of a stack, also one kept in a map or variable.",
    example: "begin { @[1] = 1; print(len(@)); exit(); }",
    rule: (site) => {
      if (site.isMap(0)) {
        const operand = site.map(0);
        if (operand === undefined) return undefined;
        if (!operand.bracketed) {
          if (operand.keyType === undefined) {
            return operand.valueType === undefined
              ? undefined
              : site.error(
                  "TB3007",
                  `call to len() expects a map with explicit keys (non-scalar map)`,
                  operand.span,
                );
          }
          return site.call(int64, { map: operand.map });
        }
      }
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (value.type.kind !== "stack") {
        return site.error("TB3004", "len() expects a map or stack to be provided", site.spanOf(0));
      }
      return site.call(int64, { args: [value] });
    },
  },
  {
    name: "kaddr",
    kind: "function",
    signatures: ["uint64 kaddr(const string symbol)"],
    arity: [1, 1],
    doc: "Address of a kernel symbol, found when compiling.",
    example: 'begin { printf("%lx\\n", kaddr("vfs_read")); exit(); }',
    rule: (site) => {
      const name = site.text(0);
      if (name === undefined) return undefined;
      if (site.target.symbols === undefined) {
        return site.error(
          "TB5003",
          "kaddr() needs the addresses of a running kernel, which a target profile does not have",
          site.span,
          "compile on the machine that is traced",
        );
      }
      const address = site.target.symbols.address(name);
      if (address === undefined) {
        return site.error("TB2011", `Failed to resolve kernel symbol: ${name}`, site.span);
      }
      return site.call(uint64, { text: name, numbers: [address] });
    },
  },
  {
    name: "uaddr",
    dependsOn: "name",
    kind: "function",
    signatures: ["uintN * uaddr(const string symbol)"],
    arity: [1, 1],
    where: {
      words: "uprobe, uretprobe, usdt",
      allows: ({ attach }) => attach.kind === "uprobe",
      says: ({ type }) => `uaddr() can not be used for this probetype: ${type}`,
    },
    doc: "Address of a variable of the probed program; its size tells the type.",
    example: 'uprobe:/bin/bash:readline { printf("%s\\n", str(*uaddr("ps1_prompt"))); exit(); }',
    rule: userAddress,
  },
];
