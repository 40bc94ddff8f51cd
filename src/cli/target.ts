import { Sources } from "../base/source.js";
import { compile } from "../compile.js";
import { render } from "../diag/render.js";
import { hasWildcard, wildcard } from "../lang/probes/wildcard.js";
import { hostTargetData } from "../target/from-host.js";
import { profileData, saveProfile } from "../target/profile.js";
import type { TargetData } from "../target/target-data.js";
import { trimTarget } from "../target/trim.js";
import { compileOptions } from "./compile-options.js";
import type { Io } from "./io.js";
import { loadScript, readUserFile, UserError, writeUserFile } from "./load-source.js";

/** The options of `tsbt target save`, as commander names them. */
export interface SaveTargetFlags {
  /** Save from this profile instead of the running kernel. */
  readonly target?: string;
  /** Keep only what these scripts ask of the kernel. */
  readonly for?: readonly string[];
  /** Keep all tracepoints nevertheless. */
  readonly tracepoints?: boolean;
}

/** `tsbt target save FILE` */
export function saveTargetCommand(file: string, flags: SaveTargetFlags, io: Io): number {
  const whole = flags.target === undefined ? hostTargetData() : savedTarget(flags.target, io);
  const data = flags.for === undefined ? whole : trimmedFor(flags.for, whole, flags, io);
  if (data === undefined) return 1;
  writeUserFile(file, "target profile", saveProfile(data), io);
  return 0;
}

function savedTarget(file: string, io: Io): TargetData {
  const loaded = profileData(readUserFile(file, "target profile", io));
  if (!loaded.ok) throw new UserError(`cannot use target profile '${file}': ${loaded.error}`, "TB5002");
  return loaded.value;
}

/** Undefined: one of the scripts has an error, which is told. */
function trimmedFor(
  paths: readonly string[],
  whole: TargetData,
  flags: SaveTargetFlags,
  io: Io,
): TargetData | undefined {
  const sources = new Sources();
  const scripts = paths.map((path) => loadScript(path, sources, io));
  const { target, result } = trimTarget(whole, mentionedIn(scripts.map(({ text }) => text)));
  let failed = false;
  for (const script of scripts) {
    // As for `tsbt build`, which asks for more types than a run does.
    const options = compileOptions(
      { parameters: [], unsafe: true, relocatable: true, arch: target.arch },
      sources,
      io,
    );
    const { log } = compile(script, sources, target, options);
    const errors = log.diagnostics.filter(({ severity }) => severity === "error");
    io.stderr(render(errors, sources, { color: io.color }));
    failed ||= log.hasErrors;
  }
  if (failed) return undefined;
  const { tracepoints, tracepointFormat } = whole;
  return { ...result(), ...(flags.tracepoints === true ? { tracepoints, tracepointFormat } : {}) };
}

/** Does one of the texts have this word, or a pattern that matches it? */
function mentionedIn(texts: readonly string[]): (name: string) => boolean {
  const words = new Set(texts.flatMap((text) => text.match(/[A-Za-z_*?][\w.*?]*/g) ?? []));
  // `*` alone is a product more often than a name.
  const patterns = [...words].filter((word) => hasWildcard(word) && /\w{2}/.test(word)).map(wildcard);
  return (name) => words.has(name) || patterns.some((matches) => matches(name));
}
