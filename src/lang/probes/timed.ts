/** Probes that fire by the clock: interval and profile. */
import type { AttachPoint } from "../../ast/ast.js";
import type { ExpandedProbe, ProviderContext, ProviderEntry } from "../provider.js";
import { perfContext } from "./perf-context.js";

/** Nanoseconds of a unit; `hz` counts the other way. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
};

/** `1000`, `1e3`, `1_000`; undefined if it is no number. */
export function parseCount(text: string): bigint | undefined {
  const plain = text.replaceAll("_", "");
  const scientific = /^(\d+)e(\d+)$/i.exec(plain);
  if (scientific !== null) return BigInt(scientific[1] ?? "0") * 10n ** BigInt(scientific[2] ?? "0");
  return /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? BigInt(plain) : undefined;
}

/** Shorter ones would leave no time for anything else: bpftrace's limit. */
const LEAST_PERIOD_NS = 1000n;

/** Three hundred years: what is longer never comes either. */
const MOST_PERIOD_NS = (1n << 63n) - 1n;
const MOST_COUNT = (1n << 64n) - 1n;
const FORM = "write a unit and a number: interval:s:1, profile:hz:99";

type Timing = { readonly periodNs: bigint; readonly frequency: bigint };

/** Period in nanoseconds, or frequency: exactly one is not zero. `provider`: without abbreviation. */
function timing(
  provider: "interval" | "profile",
  point: AttachPoint,
  context: ProviderContext,
): Timing | undefined {
  const texts = point.parts.map((part) => part.text);
  const fail = (message: string): undefined => context.error("TB4002", message, point.span, FORM);
  const invalid = (what: string): undefined => fail(`Invalid rate of ${provider} probe${what}`);
  const counted = (text: string): bigint | undefined => {
    const count = parseCount(text.replace(/^-/, ""));
    if (count === undefined) return invalid(`: invalid integer: ${text}`);
    if (count > MOST_COUNT) return invalid(`: overflow error, maximum value is ${MOST_COUNT}: ${text}`);
    if (count > 0n && !text.startsWith("-")) return count;
    return fail(`${provider} frequency should be a positive integer`);
  };
  const period = (periodNs: bigint): Timing | undefined => {
    if (periodNs < LEAST_PERIOD_NS)
      return invalid(`. Minimum is ${LEAST_PERIOD_NS} or 1us. Found: ${periodNs} nanoseconds`);
    return { periodNs: periodNs > MOST_PERIOD_NS ? MOST_PERIOD_NS : periodNs, frequency: 0n };
  };
  if (texts.length === 0 || texts.length > 2)
    return fail(`${provider} probe type requires 1 or 2 arguments, found ${texts.length}`);
  const [unitText = "", countText] = texts;
  if (countText === undefined) {
    const duration = /^(-?[\d_]+(?:e\d+)?)(ns|us|ms|s|m|h|d)?$/i.exec(unitText);
    const unit = UNITS[duration?.[2] ?? "ns"];
    if (duration === null || unit === undefined) return invalid(`: invalid integer: ${unitText}`);
    const count = counted(duration[1] ?? "");
    return count === undefined ? undefined : period(count * unit);
  }
  const count = counted(countText);
  if (count === undefined) return undefined;
  if (unitText === "hz") return { periodNs: 0n, frequency: count };
  const unit = UNITS[unitText];
  if (unit === undefined || !["ns", "us", "ms", "s"].includes(unitText))
    return fail(`${unitText} is not an accepted unit of time`);
  return period(count * unit);
}

/** Programs of perf events may call what programs that trace may since 6.12; those the loader runs itself never. */
function hasKfuncs({ target }: ProviderContext): boolean {
  const [major, minor] = target.kernel.numbers;
  return major > 6 || (major === 6 && minor >= 12);
}

/** Units, as an attach point begins with them. */
const UNIT_NAMES = ["s", "ms", "us", "hz"].map((unit) => `${unit}:`);

export const interval: ProviderEntry = {
  name: "interval",
  aliases: ["i"],
  forms: [
    "interval:s:COUNT",
    "interval:ms:COUNT",
    "interval:us:COUNT",
    "interval:hz:RATE",
    "interval:DURATION",
  ],
  doc: "Fires by the clock, on one CPU.",
  list: () => UNIT_NAMES,
  countsLast: true,
  example: 'interval:s:1 { printf("tick\\n"); exit(); }',
  expand: (point, context): readonly ExpandedProbe[] => {
    const time = timing("interval", point, context);
    if (time === undefined) return [];
    const wanted = time.frequency > 0n ? 1_000_000_000n / time.frequency : time.periodNs;
    const periodNs = `${wanted === 0n ? 1n : wanted}`;
    return [
      {
        provider: "interval",
        name: `interval:${point.parts.map((part) => part.text).join(":")}`,
        type: "interval",
        section: "raw_tp",
        context: "none",
        attach: { kind: "interval", periodNs },
        space: "kernel",
        ...(hasKfuncs(context)
          ? {
              forKfuncs: {
                section: "perf_event",
                context: "perf_event",
                attach: { kind: "interval", periodNs, event: true },
              },
            }
          : {}),
      },
    ];
  },
};

export const profile: ProviderEntry = {
  name: "profile",
  aliases: ["p"],
  forms: ["profile:hz:RATE", "profile:s:COUNT", "profile:ms:COUNT", "profile:us:COUNT", "profile:DURATION"],
  doc: "Samples by the clock, on every CPU.",
  list: () => UNIT_NAMES,
  countsLast: true,
  example: "profile:hz:99 { @[comm] = count(); } interval:s:1 { exit(); }",
  expand: (point, context): readonly ExpandedProbe[] => {
    const time = timing("profile", point, context);
    if (time === undefined) return [];
    return [
      {
        provider: "profile",
        name: `profile:${point.parts.map((part) => part.text).join(":")}`,
        type: "profile",
        section: "perf_event",
        context: "perf_event",
        attach: { kind: "profile", frequency: `${time.frequency}`, periodNs: `${time.periodNs}` },
        space: "kernel",
        ctx: perfContext(context),
      },
    ];
  },
};
