/** What sends something to the terminal. */
import type { TypedExpression } from "../../check/typed-program.js";
import { integerOf } from "../../types/compat.js";
import { printType, baseTypeName } from "../../types/print.js";
import { int64, type Type, uint32, uint64, voidType } from "../../types/type.js";
import type { BuiltinEntry, CallSite } from "../builtin.js";
import { isPinned, pinnedPrintf } from "./pinned-printf.js";
import { checkFormat, conversions } from "../format.js";
import type { ExpandedProbe } from "../provider.js";

/** Types that print: everything that is a value. */
function printable(type: Type): boolean {
  return type.kind !== "void" && type.kind !== "aggregate";
}

/** Contexts whose pointers the verifier knows to be the kernel's structs. */
const typedContexts: ReadonlySet<ExpandedProbe["context"]> = new Set(["fentry", "fexit", "tp_btf", "iter"]);

function packet(site: CallSite): TypedExpression | undefined {
  const path = site.text(0);
  const skb = site.value(1);
  const numbers = [site.integerValue(2, false), site.integerValue(3)];
  const [length, offset] = numbers;
  if (path === undefined || skb === undefined || length === undefined || offset === undefined)
    return undefined;
  const { type } = skb;
  if (type.kind !== "pointer" || type.to.kind !== "struct" || type.to.name !== "sk_buff") {
    return site.error(
      "TB3004",
      `skboutput() only supports 'struct sk_buff *' as the second argument (${printType(type)} provided)`,
      site.spanOf(1),
    );
  }
  const args = [skb, site.convert(length, uint64), site.convert(offset, int64)];
  return site.call(uint32, { text: path, args });
}

function formatted(
  name: string,
  doc: string,
  example: string,
  extra: Partial<BuiltinEntry> = {},
): BuiltinEntry {
  return {
    name,
    kind: "function",
    signatures: [`void ${name}(const string format, args...)`],
    // The kernel's ring buffer sets the limit, not the count.
    arity: [1, 64],
    doc,
    example,
    rule: formattedCall,
    ...extra,
  };
}

function formattedCall(site: CallSite): TypedExpression | undefined {
  const format = site.text(0);
  const args = checkFormat(site, format);
  return format === undefined || args === undefined
    ? undefined
    : site.call(voidType, { text: format, args, expandedFrom: site.expandedFrom });
}

function print(site: CallSite) {
  if (site.isMap(0)) {
    const operand = site.map(0);
    if (operand === undefined) return undefined;
    // A keyless map of plain values is printed as a value by `print((@x))`; `print(@x)` names the map.
    if (!operand.bracketed) return printMap(site, operand.map, operand.keyType, operand.valueType);
    if (operand.valueType?.kind === "aggregate" && operand.valueType.aggregate.function !== "count") {
      const { aggregate } = operand.valueType;
      if (site.args.length > 1)
        return site.error(
          "TB3003",
          "Single-value (i.e. indexed) map prints cannot be limited by top and div",
        );
      if (["hist", "lhist", "tseries"].includes(aggregate.function)) {
        return site.error(
          "TB3018",
          `Map type ${printType(operand.valueType)} cannot print the value of individual keys. You must print the whole map.`,
          operand.span,
        );
      }
    }
  }
  const value = site.keptValue(0);
  if (value === undefined) return undefined;
  if (site.args.length > 1) {
    return site.error("TB3003", `Non-map print() only takes 1 argument, ${site.args.length} found`);
  }
  if (!printable(value.type)) {
    return site.error(
      "TB3018",
      `${printType(value.type)} type passed to print() is not printable`,
      site.spanOf(0),
    );
  }
  return site.call(voidType, { args: [value] });
}

function printMap(
  site: CallSite,
  map: NonNullable<ReturnType<CallSite["map"]>>["map"],
  key: Type | undefined,
  valueType: Type | undefined,
) {
  const numbers: bigint[] = [];
  for (const index of [1, 2]) {
    if (site.args.length <= index) continue;
    const number = site.integer(index);
    if (number === undefined) return undefined;
    if (number < 0n)
      return site.error(
        "TB3004",
        `print(): ${index === 1 ? "top" : "div"} must not be negative`,
        site.spanOf(index),
      );
    numbers.push(number);
  }
  // bpftrace warns of maps with keys too, and honours what it was given all the same.
  if (
    numbers.length > 0 &&
    key === undefined &&
    valueType?.kind === "aggregate" &&
    valueType.aggregate.function === "stats"
  )
    site.warn("TB3022", "print()'s top and div arguments are ignored when used on stats() maps.", site.span);
  if (site.inLoop) {
    site.warn(
      "TB3022",
      "Due to it's asynchronous nature using 'print()' in a loop can lead to unexpected behavior. The map will likely be updated before the runtime can 'print' it.",
      site.span,
    );
  }
  return site.call(voidType, { map, numbers });
}

/** Conversions bpf_trace_printk knows, and what each prints. */
const TRACE_CONVERSIONS: Readonly<Record<string, Type["kind"]>> = {
  d: "int",
  u: "int",
  x: "int",
  p: "int",
  s: "string",
};
const TRACE_ARGUMENTS = 3;

function debugf(site: CallSite) {
  const format = site.text(0);
  const args = checkFormat(site, format);
  if (format === undefined || args === undefined) return undefined;
  site.warn(
    "TB3026",
    "The debugf() builtin is not recommended for production use. For more information see bpf_trace_printk in bpf-helpers(7).",
    site.span,
  );
  if (args.length > TRACE_ARGUMENTS) {
    return site.error("TB3005", `cannot use more than ${TRACE_ARGUMENTS} conversion specifiers`);
  }
  for (const [index, { letter }] of conversions(format).entries()) {
    const wanted = TRACE_CONVERSIONS[letter];
    if (wanted === undefined) {
      return site.error("TB3005", `Invalid format specifier for \`debugf\`: ${letter}`, site.spanOf(0));
    }
    if (args[index]?.type.kind !== wanted) {
      return site.error("TB3005", `Type does not match format specifier: ${letter}`, site.spanOf(index + 1));
    }
  }
  return site.call(voidType, { text: format, args });
}

/** As `if (!condition) { errorf("assert failed: %s", message); exit(1); }`. */
function assert(site: CallSite): TypedExpression | undefined {
  const condition = site.condition(0);
  const message = site.value(1);
  if (condition === undefined || message === undefined) return undefined;
  if (message.type.kind !== "string") {
    return site.error(
      "TB3004",
      `assert() only supports string arguments (${printType(message.type)} provided)`,
      site.spanOf(1),
    );
  }
  const { span } = site;
  const complain = site.call(
    voidType,
    { text: "assert failed: %s", args: [message], expandedFrom: site.expandedFrom },
    "errorf",
  );
  const end = site.call(voidType, { args: [site.constant(1n, uint64)] }, "exit");
  const failed: TypedExpression = {
    kind: "block",
    body: [{ kind: "expression", value: complain, span }],
    result: end,
    type: voidType,
    span,
  };
  const passed = site.constant(0n, voidType);
  return { kind: "ternary", condition, then: passed, otherwise: failed, type: voidType, span };
}

export const outputFunctions: readonly BuiltinEntry[] = [
  formatted(
    "printf",
    "Prints by a format. In a pinned iterator whoever reads the file gets the text, made by the kernel of numbers and strings.",
    'begin { printf("%d %s\\n", pid, comm); exit(); }',
    { rule: (site) => (isPinned(site) ? pinnedPrintf(site) : formattedCall(site)) },
  ),
  formatted("errorf", "Prints an error with the script's place.", 'begin { errorf("bad: %d", 1); exit(); }'),
  formatted("warnf", "Prints a warning with the script's place.", 'begin { warnf("odd: %d", 1); exit(); }'),
  formatted(
    "system",
    "Runs a shell command, and prints what it prints and a line's end.",
    'begin { system("uptime"); exit(); }',
    {
      unsafe: "system() is an unsafe function being used in safe mode",
    },
  ),
  formatted("cat", "Prints a file.", 'begin { cat("/proc/loadavg"); exit(); }'),
  {
    name: "debugf",
    kind: "function",
    signatures: ["void debugf(const string format, args...)"],
    arity: [1, 64],
    doc: "Prints to the kernel's trace pipe: for looking into a script, not for tools.",
    example: 'begin { debugf("%d", 1); exit(); }',
    rule: debugf,
  },
  {
    name: "assert",
    kind: "function",
    signatures: ["void assert(bool condition, string message)"],
    arity: [2, 2],
    doc: "Ends the script with an error unless a condition holds.",
    example: 'begin { assert(pid > 0, "no process"); exit(); }',
    rule: assert,
  },
  {
    name: "print",
    kind: "function",
    signatures: ["void print(T value)", "void print(map m [, uint64 top [, uint64 div]])"],
    arity: [1, 3],
    doc: "Prints a value or a map.",
    example: "begin { @[1] = 2; print(@); print((1, comm)); exit(); }",
    takesStats: true,
    rule: print,
  },
  {
    name: "exit",
    kind: "function",
    signatures: ["void exit([int64 code])"],
    arity: [0, 1],
    doc: "Ends the script.",
    example: "begin { exit(); }",
    rule: (site) => {
      if (site.args.length === 0) return site.call(voidType, { args: [] });
      const value = site.value(0);
      if (value === undefined) return undefined;
      if (integerOf(value.type) === undefined) {
        return site.error(
          "TB3004",
          `exit() only supports int arguments (${baseTypeName(value.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.call(voidType, { args: [site.convert(site.convert(value, int64), uint64)] });
    },
  },
  {
    name: "join",
    kind: "function",
    signatures: ["void join(char * array[] [, const string delimiter])"],
    arity: [1, 2],
    doc: "Prints an array of strings.",
    example: "tracepoint:syscalls:sys_enter_execve { join(args.argv); exit(); }",
    rule: (site) => {
      const value = site.integerValue(0, false);
      const delimiter = site.args.length > 1 ? site.text(1) : " ";
      const own = site.value(0);
      if (value === undefined || delimiter === undefined || own === undefined) return undefined;
      const type: Type =
        own.type.kind === "pointer"
          ? own.type
          : {
              kind: "pointer",
              space: site.spaceOf(own),
              to: { kind: "pointer", space: site.spaceOf(own), to: { kind: "int", bits: 8, signed: true } },
            };
      return site.call(voidType, { args: [site.convert(own, type)], text: delimiter });
    },
  },
  {
    name: "skboutput",
    dependsOn: "context",
    kind: "function",
    signatures: ["uint32 skboutput(const string path, struct sk_buff * skb, uint64 length, uint64 offset)"],
    arity: [4, 4],
    where: {
      words: "fentry, fexit, rawtracepoint, iter",
      allows: ({ context }) => typedContexts.has(context),
      says: ({ type }) => `skboutput can not be used with "${type}" probes`,
    },
    doc: "Writes the first bytes of a packet, less those before `offset`, to a file that tcpdump and Wireshark read as raw IP: where the packet begins with an Ethernet header, an offset of 14 leaves it out. Gives 0, or a negative error such as -14 for a length that the packet does not have. Packets that find no room (perf_rb_pages) are counted as lost.",
    example:
      'rawtracepoint:consume_skb { $r = skboutput("/tmp/seen.pcap", args.skb, args.skb.len, 0); print($r); exit(); }',
    rule: packet,
  },
  {
    name: "unwatch",
    kind: "function",
    signatures: ["void unwatch(void * address)"],
    arity: [1, 1],
    doc: "Ends the watchpoints on an address.",
    example: "watchpoint:0x10000000:8:w { unwatch(0x10000000); exit(); }",
    rule(site) {
      const address = site.value(0);
      if (address === undefined) return undefined;
      if (address.type.kind !== "pointer" && integerOf(address.type) === undefined) {
        return site.error(
          "TB3004",
          `unwatch() only supports pointer or integer arguments (${printType(address.type)} provided)`,
          site.spanOf(0),
        );
      }
      return site.call(voidType, { args: [site.convert(address, uint64)] });
    },
  },
];
