/**
 * Target profiles: a kernel saved to a file, to check and build scripts for it anywhere. The file is one compressed
 * JSON text; BTF blobs inside are base64. It is untrusted input: whatever does not fit is an error, not a crash.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { fail, ok, type Result } from "../base/result.js";
import type { Target } from "./target.js";
import { makeTarget, type TargetData } from "./target-data.js";

const profileSchema = 1;

/** Characters. */
const LARGE = 8 << 20;

interface ProfileText {
  readonly tsbtProfile: typeof profileSchema;
  readonly arch: TargetData["arch"];
  readonly release: string;
  readonly btf: string;
  readonly modules: Readonly<Record<string, string>>;
  readonly tracepoints: Readonly<Record<string, string>>;
  readonly functions: readonly string[] | null;
  readonly kprobePmu: boolean;
  readonly uprobePmu: boolean;
  readonly cpuCount: number;
  readonly pageSize: number;
  readonly hz: number | null;
}

/** The bytes of a profile file. Symbols' addresses are left out: they change with every boot. */
export function saveProfile(data: TargetData): Uint8Array {
  const base64 = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("base64");
  const tracepoints: Record<string, string> = {};
  for (const name of data.tracepoints()) {
    const [category = "", event = ""] = name.split(":");
    const text = data.tracepointFormat(category, event);
    if (text !== undefined) tracepoints[name] = text;
  }
  const profile: ProfileText = {
    tsbtProfile: profileSchema,
    arch: data.arch,
    release: data.release,
    btf: base64(data.btf()),
    modules: Object.fromEntries(data.modules().map((name) => [name, base64(data.moduleBtf(name))])),
    tracepoints,
    functions: data.functions()?.split("\n") ?? null,
    kprobePmu: data.kprobePmu,
    uprobePmu: data.uprobePmu,
    cpuCount: data.cpuCount,
    pageSize: data.pageSize,
    hz: data.hz ?? null,
  };
  const text = JSON.stringify(profile);
  // A whole kernel: a tenth of the time of the best quality for a few per cent of the size.
  const quality = text.length > LARGE ? 5 : constants.BROTLI_MAX_QUALITY;
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } });
}

/** The target a profile file describes. */
export function loadProfile(bytes: Uint8Array): Result<Target> {
  const data = profileData(bytes);
  return data.ok ? ok(makeTarget(data.value)) : data;
}

/** The kernel a profile file describes, as plain data. */
export function profileData(bytes: Uint8Array): Result<TargetData> {
  const parsed = parseProfile(bytes);
  return parsed.ok ? ok(dataOf(parsed.value)) : parsed;
}

function parseProfile(bytes: Uint8Array): Result<ProfileText> {
  let value: unknown;
  try {
    value = JSON.parse(brotliDecompressSync(bytes, { maxOutputLength: 512 << 20 }).toString("utf8"));
  } catch {
    return fail("it is no target profile, or cut short");
  }
  if (!isRecord(value)) return fail("it is no target profile");
  if (value.tsbtProfile !== profileSchema)
    return fail("it was written by a version of tsbt that does not fit this one");
  const isText = (x: unknown): boolean => typeof x === "string";
  const fits =
    (value.arch === "x86_64" || value.arch === "aarch64") &&
    isText(value.release) &&
    isText(value.btf) &&
    isRecord(value.modules) &&
    Object.values(value.modules).every(isText) &&
    isRecord(value.tracepoints) &&
    Object.values(value.tracepoints).every(isText) &&
    (value.functions === null || (Array.isArray(value.functions) && value.functions.every(isText))) &&
    Number.isInteger(value.cpuCount) &&
    Number.isInteger(value.pageSize);
  return fits ? ok(value as unknown as ProfileText) : fail("a part of it is missing or of the wrong kind");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function dataOf(profile: ProfileText): TargetData {
  const bytes = (text: string | undefined): Uint8Array | undefined =>
    text === undefined || text === "" ? undefined : Buffer.from(text, "base64");
  const own = (record: Readonly<Record<string, string>>, key: string): string | undefined =>
    Object.hasOwn(record, key) ? record[key] : undefined;
  return {
    origin: "profile",
    arch: profile.arch,
    release: profile.release,
    btf: () => bytes(profile.btf),
    hasBtf: () => profile.btf !== "",
    modules: () => Object.keys(profile.modules),
    moduleBtf: (name) => bytes(own(profile.modules, name)),
    tracepointFormat: (category, event) => own(profile.tracepoints, `${category}:${event}`),
    tracepoints: () => Object.keys(profile.tracepoints).sort(),
    functions: () => profile.functions?.join("\n"),
    loadedModules: () => undefined,
    bpfPrograms: () => [],
    kprobePmu: profile.kprobePmu === true,
    uprobePmu: profile.uprobePmu === true,
    symbols: undefined,
    cpuCount: profile.cpuCount,
    pageSize: profile.pageSize,
    hz: profile.hz ?? undefined,
  };
}
