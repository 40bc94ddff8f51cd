/** Probes on functions of user programs: uprobe at their start or inside, uretprobe at their return. */
import type { AttachPoint } from "../../ast/ast.js";
import type { DebugFunction } from "../../binary/dwarf/debug-info.js";
import { withoutParameters } from "../../binary/cpp-text.js";
import { demangle } from "../../binary/demangle.js";
import { demangleRust } from "../../binary/rust-names.js";
import type { UserSymbol } from "../../binary/symbols.js";
import type { UserBinary } from "../../binary/user-binary.js";
import { type StructType, uint64 } from "../../types/type.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { contextStruct } from "./perf-context.js";
import { findSourceLine, isSourceLine } from "./source-line.js";
import { argumentLines, argumentsOf } from "./uprobe-arguments.js";
import { type Place, placeOf } from "./uprobe-place.js";
import { attachToUser, location, nearestFunction, programsOf, reportMissing } from "./user-target.js";
import { hasWildcard, wildcard } from "./wildcard.js";

interface Request {
  readonly provider: "uprobe" | "uretprobe";
  readonly point: AttachPoint;
  readonly target: string;
  /** "": the plain name; "cpp": as people write it. */
  readonly language: string;
  readonly place: Place;
}

const LANGUAGES: ReadonlySet<string> = new Set(["cpp"]);

function parsePoint(
  provider: Request["provider"],
  point: AttachPoint,
  context: ProviderContext,
): Request | undefined {
  const texts = point.parts.map((part) => part.text);
  // With -p the program is known.
  const short = texts.length === 1 || (texts.length === 2 && LANGUAGES.has(texts[0] ?? ""));
  const parts =
    context.pid !== undefined && short
      ? [context.binaries?.programOf(context.pid)?.path ?? "", ...texts]
      : texts;
  const [target = "", ...rest] = parts;
  const fail = (message: string): undefined =>
    context.error("TB4002", message, point.span, `write ${provider}:PATH:FUNCTION`);
  if (target === "") return fail(`${provider} should have a target`);
  const hasLanguage = rest.length > 1 && /^[a-z]+$/.test(rest[0] ?? "") && !point.parts[1]?.quoted;
  const language = hasLanguage ? (rest[0] ?? "") : "";
  if (language !== "" && !LANGUAGES.has(language)) return fail(`unsupported language type: ${language}`);
  // Rust and C++ names may hold colons of their own.
  const text = (hasLanguage ? rest.slice(1) : rest).join(":");
  const place = parsePlace(text);
  if (place === undefined) return fail(`${provider} should be attached to a function and/or address`);
  if (typeof place === "string") return fail(place);
  if (provider === "uretprobe" && place.kind === "function" && place.offset !== 0) {
    return fail("uretprobes can not be attached to a function offset");
  }
  if (place.kind === "address" && hasWildcard(target)) {
    return fail("Cannot use wildcards with absolute address");
  }
  return { provider, point, target, language, place };
}

/** `fn`, `fn+4`, `0x1234`; a text is what is wrong with it. */
function parsePlace(text: string): Place | string | undefined {
  if (text === "") return undefined;
  const number = /^(0x[0-9a-f]+|\d+)$/i;
  if (number.test(text)) return { kind: "address", address: Number(text) };
  const [name = "", offset, ...more] = text.startsWith("operator") ? [text] : text.split("+");
  if (offset === undefined) return { kind: "function", name, offset: 0 };
  if (more.length > 0) return "Cannot take more than one offset";
  return number.test(offset) && name !== ""
    ? { kind: "function", name, offset: Number(offset) }
    : "Invalid offset";
}

function expand(
  provider: Request["provider"],
  point: AttachPoint,
  context: ProviderContext,
): readonly ExpandedProbe[] {
  if (isSourceLine(point)) return atSourceLine(provider, point, context);
  const request = parsePoint(provider, point, context);
  if (request === undefined) return [];
  const programs = programsOf("uprobe", request.target, point, context);
  let refused = false;
  const watched: ProviderContext = {
    ...context,
    error: (...said) => {
      refused = true;
      return context.error(...said);
    },
  };
  const found = programs.flatMap((binary) => inProgram(binary, request, watched));
  if (found.length === 0 && !refused && programs.length > 0 && namesOneFunction(request)) {
    const { name } = request.place;
    const what = `${provider} ${programs[0]?.path}:${name}`;
    reportMissing("TB4008", what, point, context, nearestFunction(name, programs[0]) ?? whyNoName(programs));
  }
  return found;
}

/** What may name several, C++ functions with their overloads too, may as well name none: a probe without any says so. */
function namesOneFunction(
  request: Request,
): request is Request & { readonly place: Extract<Place, { kind: "function" }> } {
  const { place, target, language } = request;
  return place.kind === "function" && language === "" && !hasWildcard(place.name) && !hasWildcard(target);
}

function whyNoName([program, ...others]: readonly UserBinary[]): string | undefined {
  if (program?.isElf !== true || others.length > 0 || !program.isStripped()) return undefined;
  return "its symbol table was stripped: name the folder of its debug file with --debuginfo, or probe an address";
}

function atSourceLine(
  provider: Request["provider"],
  point: AttachPoint,
  context: ProviderContext,
): readonly ExpandedProbe[] {
  if (provider === "uretprobe") {
    context.error("TB4002", "Source code location not allowed", point.span);
    return [];
  }
  const found = findSourceLine(point, context);
  const fileOffset = found === undefined ? undefined : found.binary.fileOffset(found.address);
  if (found === undefined || fileOffset === undefined) return [];
  return [make(found.binary, provider, { written: found.written, fileOffset }, context)];
}

function inProgram(binary: UserBinary, request: Request, context: ProviderContext): ExpandedProbe[] {
  const { place } = request;
  if (place.kind === "address") return atPlace(binary, request, place, undefined, context);
  if (request.language === "" && !hasWildcard(place.name)) {
    const symbol = binary.function(place.name);
    return symbol === undefined ? [] : atPlace(binary, request, place, symbol, context);
  }
  const matches = request.language === "" ? wildcard(place.name) : demangledMatch(place.name);
  // Names for one place are one function. Parts that the compiler split off begin in the middle of one.
  const seen = new Set<number>();
  return binary.functions().flatMap((symbol) => {
    if (seen.has(symbol.address) || !matches(symbol.name) || symbol.name.includes(".part.")) return [];
    const offset = binary.fileOffset(symbol.address);
    if (offset === undefined) return [];
    seen.add(symbol.address);
    const prefix = request.language === "" ? "" : `${request.language}:`;
    const place = { written: `:${prefix}${symbol.name}`, fileOffset: offset, address: symbol.address };
    return [make(binary, request.provider, place, context)];
  });
}

function atPlace(
  binary: UserBinary,
  request: Request,
  place: Place,
  symbol: UserSymbol | undefined,
  context: ProviderContext,
): ExpandedProbe[] {
  const { provider, point } = request;
  const found = placeOf(binary, place, symbol, provider, context);
  if (!found.ok) {
    const hint = found.error.unsafeHelps
      ? "Use --unsafe to force attachment. WARNING: This option could lead to data corruption in the target process."
      : undefined;
    context.error("TB4011", found.error.message, point.span, hint);
    return [];
  }
  if (found.value.warning !== undefined) context.warn("TB4011", found.value.warning, point.span);
  const { fileOffset } = found.value;
  const written = `:${point.parts.at(-1)?.text ?? ""}`;
  const isStart = symbol !== undefined && place.kind === "function" && place.offset === 0;
  const address = isStart ? symbol.address : undefined;
  return [make(binary, provider, { written, fileOffset, address, functionName: symbol?.name }, context)];
}

/**
 * Names as people write them; with parameters only where the pattern has some. All overloads match. Rust's match without
 * their hash, and with it as well, for bpftrace takes them for C++.
 */
function demangledMatch(pattern: string): (name: string) => boolean {
  const matches = wildcard(pattern);
  const hasParameters = pattern.includes("(");
  return (name) => {
    const rust = demangleRust(name);
    if (rust !== undefined && matches(rust)) return true;
    const plain = demangle(name);
    if (plain === undefined) return matches(name);
    if (hasParameters) return matches(plain);
    const bare = withoutParameters(plain);
    // A template's result type stands in front.
    return matches(bare) || matches(bare.slice(bare.indexOf(" ") + 1));
  };
}

interface ProbedPlace {
  /** What follows the program in the probe's name: `:fn`, `@file.c:12`. */
  readonly written: string;
  readonly fileOffset: number;
  /** Of a function's start: only there are arguments where the caller put them. */
  readonly address?: number | undefined;
  readonly functionName?: string | undefined;
}

function make(
  binary: UserBinary,
  provider: Request["provider"],
  { written, fileOffset, address, functionName }: ProbedPlace,
  context: ProviderContext,
): ExpandedProbe {
  const isReturn = provider === "uretprobe";
  const name = `${provider}:${binary.path}${written}`;
  const known = (): DebugFunction | undefined =>
    address === undefined ? undefined : binary.debug()?.function(address);
  return {
    provider,
    name,
    type: provider,
    section: provider,
    context: "pt_regs",
    attach: attachToUser(binary, [location(fileOffset)], isReturn, context),
    space: "user",
    function: isReturn ? "return" : "entry",
    ...(functionName === undefined ? {} : { functionName }),
    ...(isReturn ? { retval: () => uint64 } : typedArguments(name, known, context)),
    namedType: (type) => binary.debug()?.type(type),
    ctx: () => contextStruct(context, "pt_regs"),
  };
}

/** From debug information, read when a script asks for `args`. */
function typedArguments(
  name: string,
  known: () => DebugFunction | undefined,
  context: ProviderContext,
): Pick<ExpandedProbe, "args" | "argsAreRecord" | "listing"> {
  let made: StructType | undefined;
  return {
    args: () => {
      const found = made === undefined ? known() : undefined;
      if (found !== undefined) made = argumentsOf(name, found, context.target.arch);
      return made;
    },
    argsAreRecord: true,
    listing: () => {
      const found = known();
      return found === undefined ? [] : argumentLines(found);
    },
  };
}

/** In the order of the alphabet. */
function functionNames(binary: UserBinary): Iterable<string> {
  return binary
    .functions()
    .map((each) => each.name)
    .sort();
}

export const uprobe: ProviderEntry = {
  name: "uprobe",
  aliases: ["u"],
  forms: [
    "uprobe:PATH:FUNCTION",
    "uprobe:PATH:FUNCTION+OFFSET",
    "uprobe:PATH:ADDRESS",
    "uprobe:LIBRARY:FUNCTION",
    "uprobe:PATH:cpp:FUNCTION",
    "uprobe:PATH@FILE:LINE[:COLUMN]",
    "uprobe:FUNCTION (with -p)",
  ],
  doc: 'Fires where a function of a program starts; `arg0`… are its register arguments, `args` those that debug information names. `cpp:` takes names as C++ and Rust write them: `cpp:"shape::area*"`. Symbols and debug information may lie in a debug file of their own, found by build id or link where distributions put it, or in a folder of `--debuginfo`.',
  example: "uprobe:libc:malloc { @ = hist(arg0); } interval:s:1 { exit(); }",
  expand: (point, context) => expand("uprobe", point, context),
  listIn: functionNames,
};

export const uretprobe: ProviderEntry = {
  name: "uretprobe",
  aliases: ["ur"],
  forms: ["uretprobe:PATH:FUNCTION", "uretprobe:LIBRARY:FUNCTION", "uretprobe:PATH:cpp:FUNCTION"],
  doc: "Fires where a function of a program returns; `retval` is its result.",
  example: "uretprobe:libc:malloc { @ = count(); } interval:s:1 { exit(); }",
  expand: (point, context) => expand("uretprobe", point, context),
  listIn: functionNames,
  listedByName: true,
};
