/** Static probes that programs carry. */
import type { AttachPoint } from "../../ast/ast.js";
import type { UsdtLocation } from "../../binary/notes.js";
import type { UserBinary } from "../../binary/user-binary.js";
import type { ManifestUserLocation } from "../../object/manifest.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { contextStruct } from "./perf-context.js";
import { attachToUser, programsOf, reportMissing } from "./user-target.js";
import { parseUsdtArguments, type UsdtOperand } from "./usdt-arguments.js";
import { hasWildcard, wildcard } from "./wildcard.js";

interface UsdtNames {
  readonly target: string;
  /** "": any. */
  readonly provider: string;
  readonly name: string;
}

/** `TARGET:NAME`, `TARGET:PROVIDER:NAME`; with -p the target may be left out or empty. */
function parsePoint(point: AttachPoint, context: ProviderContext): UsdtNames | undefined {
  const parts = point.parts.map((part) => part.text);
  const [target = "", provider = "", name = ""] =
    parts.length === 1 ? ["", "", parts[0]] : parts.length === 2 ? [parts[0], "", parts[1]] : parts;
  if (parts.length === 1 && context.pid === undefined) {
    return context.error("TB4002", "usdt is written usdt:PATH:[PROVIDER:]NAME", point.span);
  }
  if (parts.length > 3 || name === "") {
    return context.error("TB4002", "usdt probe must have a target function or wildcard", point.span);
  }
  if (target === "" && context.pid === undefined) {
    return context.error(
      "TB4002",
      "usdt probe must specify at least path or pid to probe. To target all paths/pids set the path to '*'.",
      point.span,
    );
  }
  return { target: target === "" ? "*" : target, provider, name };
}

function expand(point: AttachPoint, context: ProviderContext): readonly ExpandedProbe[] {
  const names = parsePoint(point, context);
  if (names === undefined) return [];
  let complained = false;
  const programs = programsOf("usdt", names.target, point, {
    ...context,
    error: (...said) => {
      complained = true;
      return context.error(...said);
    },
  });
  const found = programs.flatMap((binary) =>
    probesIn(binary, names).flatMap((locations) => expandProbe(binary, locations, context)),
  );
  // What may name several may as well name none: a probe without any says so.
  const isPattern = names.provider === "" || [names.target, names.provider, names.name].some(hasWildcard);
  if (found.length === 0 && !complained && !isPattern) {
    reportMissing("TB4004", `usdt ${point.parts.map((part) => part.text).join(":")}`, point, context);
  }
  return found;
}

/** Locations of each probe that matches, probe by probe. */
function probesIn(binary: UserBinary, names: UsdtNames): readonly (readonly UsdtLocation[])[] {
  const ofProvider = names.provider === "" ? () => true : wildcard(names.provider);
  const ofName = wildcard(names.name);
  const probes = new Map<string, UsdtLocation[]>();
  for (const each of binary.usdt()) {
    if (!ofProvider(each.provider) || !ofName(each.name)) continue;
    const key = `${each.provider}:${each.name}`;
    const known = probes.get(key);
    if (known === undefined) probes.set(key, [each]);
    else if (!known.some((other) => other.address === each.address)) known.push(each);
  }
  return [...probes.values()];
}

/** One probe: the compiler may have placed its arguments differently at each location. */
function expandProbe(
  binary: UserBinary,
  locations: readonly UsdtLocation[],
  context: ProviderContext,
): ExpandedProbe[] {
  const [first] = locations;
  if (first === undefined) return [];
  const tables = new Map<string, { args: readonly UsdtOperand[]; at: UsdtLocation[] }>();
  for (const each of locations) {
    const args = parseUsdtArguments(each.args, {
      arch: context.target.arch,
      address: each.address,
      symbol: (name) => binary.variable(name)?.address ?? binary.function(name)?.address,
    });
    const key = JSON.stringify(args, (_, value) => (typeof value === "bigint" ? `${value}` : value));
    const known = tables.get(key);
    if (known === undefined) tables.set(key, { args, at: [each] });
    else known.at.push(each);
  }
  const all = [...tables.values()];
  const make = (part: typeof all): ExpandedProbe => ({
    provider: "usdt",
    name: `usdt:${binary.path}:${first.provider}:${first.name}`,
    type: "usdt",
    section: "uprobe",
    context: "pt_regs",
    attach: attachToUser(
      binary,
      part.flatMap(({ at }, index) => at.flatMap((each) => manifestLocation(binary, each, index) ?? [])),
      false,
      context,
    ),
    space: "user",
    usdtArguments: part.map(({ args }) => args),
    listing: () => (part[0]?.args ?? []).map((operand, index) => `${operandType(operand)} arg${index}`),
    ctx: () => contextStruct(context, "pt_regs"),
  });
  // Without attach cookies a program cannot know where it is: one for each way.
  return context.target.features.cookie ? [make(all)] : all.map((each) => make([each]));
}

/** As C spells it. */
function operandType(operand: UsdtOperand): string {
  if (operand.kind === "constant") return "int64";
  return operand.kind === "unreadable" ? "double" : `${operand.signed ? "" : "u"}int${operand.bits}`;
}

function manifestLocation(
  binary: UserBinary,
  at: UsdtLocation,
  cookie: number,
): ManifestUserLocation | undefined {
  const offset = binary.fileOffset(at.address);
  if (offset === undefined) return undefined;
  const semaphore = at.semaphore === 0 ? 0 : (binary.fileOffset(at.semaphore) ?? 0);
  return { fileOffset: `${offset}`, semaphoreOffset: `${semaphore}`, cookie: `${cookie}` };
}

export const usdt: ProviderEntry = {
  name: "usdt",
  aliases: ["U"],
  forms: [
    "usdt:PATH:NAME",
    "usdt:PATH:PROVIDER:NAME",
    "usdt:LIBRARY:PROVIDER:NAME",
    "usdt:*:PROVIDER:NAME",
    "usdt:NAME (with -p)",
  ],
  doc: "Static events that programs carry; `arg0`… are the arguments the program gives.",
  example: "usdt:libc:setjmp { @[comm] = count(); } interval:s:1 { exit(); }",
  expand,
  listIn: (binary) => [...new Set(binary.usdt().map((each) => `${each.provider}:${each.name}`))].sort(),
};
