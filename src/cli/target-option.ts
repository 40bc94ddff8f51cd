import { loadProfile } from "../target/profile.js";
import { withFunctions, withoutFeatures } from "../target/adjust.js";
import type { Target, TargetFeatures } from "../target/target.js";
import type { Io } from "./io.js";
import { readUserFile, UserError } from "./load-source.js";
import type { Feature } from "./option-values.js";

/** What the command line says about the kernel. */
interface TargetFlags {
  readonly traceableFunctions?: string;
  readonly feature?: true | readonly Feature[];
}

const FEATURES = {
  kprobe_multi: "kprobeMulti",
  kprobe_session: "kprobeSession",
  uprobe_multi: "uprobeMulti",
} as const satisfies Record<Feature, keyof TargetFeatures>;

/** The running kernel, or the profile given with `--target`, as further options change it. */
export function chooseTarget(profile: string | undefined, io: Io, flags: TargetFlags = {}): Target {
  let target = findTarget(profile, io);
  if (flags.traceableFunctions !== undefined) {
    const bytes = readUserFile(flags.traceableFunctions, "list of functions", io);
    target = withFunctions(target, new TextDecoder().decode(bytes));
  }
  if (flags.feature !== undefined && flags.feature !== true)
    target = withoutFeatures(
      target,
      flags.feature.map((name) => FEATURES[name]),
    );
  return target;
}

function findTarget(profile: string | undefined, io: Io): Target {
  if (profile === undefined) return io.kernel();
  const loaded = loadProfile(readUserFile(profile, "target profile", io));
  if (!loaded.ok) throw new UserError(`cannot use target profile '${profile}': ${loaded.error}`, "TB5002");
  return loaded.value;
}
