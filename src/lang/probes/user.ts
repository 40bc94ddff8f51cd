/** Probes on user programs: uprobe, uretprobe, usdt, watchpoint. */
import type { AttachPoint } from "../../ast/ast.js";
import { didYouMean } from "../../diag/suggest.js";
import { uint64 } from "../../types/type.js";
import type { AttachTo, ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { contextStruct } from "./perf-context.js";
import { hasWildcard, wildcard } from "./wildcard.js";

function uprobes(point: AttachPoint, context: ProviderContext, isReturn: boolean): readonly ExpandedProbe[] {
  const provider = isReturn ? "uretprobe" : "uprobe";
  const fail = (message: string): readonly ExpandedProbe[] => {
    context.error("TB4002", message, point.span, `write ${provider}:PATH:FUNCTION`);
    return [];
  };
  const parts = point.parts.map((part) => part.text);
  const [binaryName = "", ...rest] = parts;
  if (binaryName.includes("@")) {
    context.error("TB5001", "uprobe at a source line is not supported yet", point.span);
    return [];
  }
  if (rest[0] === "cpp" && rest.length > 1) {
    context.error("TB5001", "uprobe by demangled C++ name is not supported yet", point.span);
    return [];
  }
  // Rust and C++ names may hold colons of their own.
  const place = rest.join(":");
  if (binaryName === "" || place === "") return fail(`${provider} needs a program and a function`);
  const split = /^(.*?)\+(0x[0-9a-f]+|\d+)$/i.exec(place);
  const symbol = split?.[1] ?? place;
  const offset = split?.[2] === undefined ? 0n : BigInt(split[2]);
  if (isReturn && offset !== 0n) return fail("uretprobe takes no offset");
  const binary = context.binaries?.find(binaryName);
  if (binary === undefined && context.binaries !== undefined) {
    context.error("TB4008", `program or library not found: ${binaryName}`, point.span);
    return [];
  }
  const path = binary?.path ?? binaryName;
  const pid = context.pid ?? 0;
  const make = (name: string, attachSymbol: string, fileOffset: bigint): ExpandedProbe => {
    const attach: AttachTo = {
      kind: "uprobe",
      path,
      symbol: attachSymbol,
      fileOffset: `${fileOffset}`,
      return: isReturn,
      pid,
    };
    return {
      provider,
      name: `${provider}:${path}:${name}`,
      type: provider,
      section: provider,
      context: "pt_regs",
      attach,
      space: "user",
      function: isReturn ? "return" : "entry",
      ...(isReturn ? { retval: () => uint64 } : {}),
      ctx: () => contextStruct(context, "pt_regs"),
    };
  };
  if (/^(0x[0-9a-f]+|\d+)$/i.test(symbol)) {
    const address = BigInt(symbol);
    return [make(place, "", binary?.fileOffset(address) ?? address)];
  }
  if (hasWildcard(symbol)) {
    if (binary === undefined) return fail("wildcards in function names need the program at compile time");
    const matches = wildcard(symbol);
    const found = binary.functionNames().filter(matches);
    if (found.length === 0) context.error("TB4004", `no function of ${path} matches ${symbol}`, point.span);
    // Names for one place are one function.
    const seen = new Set<bigint>();
    return found.flatMap((name) => {
      const at = binary.offsetOf(name);
      if (at === undefined || seen.has(at)) return [];
      seen.add(at);
      return [make(name, name, at)];
    });
  }
  if (binary === undefined) return [make(place, symbol, offset)];
  const at = binary.offsetOf(symbol);
  if (at === undefined) {
    const message = `function not found in ${path}: ${symbol}`;
    if (context.missingProbes === "warn") context.warn("TB4008", message, point.span);
    else if (context.missingProbes === "error") {
      context.error("TB4008", message, point.span, didYouMean(symbol, binary.functionNames()));
    }
    return [];
  }
  return [make(place, symbol, at + offset)];
}

export const uprobe: ProviderEntry = {
  name: "uprobe",
  aliases: ["u"],
  forms: [
    "uprobe:PATH:FUNCTION",
    "uprobe:PATH:FUNCTION+OFFSET",
    "uprobe:PATH:ADDRESS",
    "uprobe:LIBRARY:FUNCTION",
  ],
  doc: "Fires where a function of a program starts; `arg0`… are its register arguments.",
  example: "uprobe:libc:malloc { @ = hist(arg0); } interval:s:1 { exit(); }",
  expand: (point, context) => uprobes(point, context, false),
};

export const uretprobe: ProviderEntry = {
  name: "uretprobe",
  aliases: ["ur"],
  forms: ["uretprobe:PATH:FUNCTION", "uretprobe:LIBRARY:FUNCTION"],
  doc: "Fires where a function of a program returns; `retval` is its result.",
  example: "uretprobe:libc:malloc { @ = count(); } interval:s:1 { exit(); }",
  expand: (point, context) => uprobes(point, context, true),
};

export const usdt: ProviderEntry = {
  name: "usdt",
  aliases: ["U"],
  forms: ["usdt:PATH:NAME", "usdt:PATH:PROVIDER:NAME"],
  doc: "Static events that programs carry.",
  example: "usdt:libc:setjmp { @[comm] = count(); } interval:s:1 { exit(); }",
};

export const watchpoint: ProviderEntry = {
  name: "watchpoint",
  aliases: ["w"],
  forms: ["watchpoint:ADDRESS:LENGTH:MODE"],
  doc: "Fires when memory is read, written or executed.",
  example: "watchpoint:0x10000000:8:rw { @ = count(); } interval:s:1 { exit(); }",
};
