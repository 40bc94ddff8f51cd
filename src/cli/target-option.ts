import { loadProfile } from "../target/profile.js";
import { withFunctions, withoutFeatures, withTracepointsOf } from "../target/adjust.js";
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

/** A kernel that comes with tsbt, in the folder of the tools: docs/architecture.md tells what is in it. */
const BUNDLED = "linux-6.12.profile";

/**
 * For commands that run nothing. A user who is not root may read the kernel's types, but not its tracepoints, and
 * other systems have neither: what this kernel does not show is taken from the one that comes with tsbt.
 */
export function chooseTargetToJudge(profile: string | undefined, io: Io): Target {
  const target = chooseTarget(profile, io);
  if (profile !== undefined || target.listTracepoints().length > 0) return target;
  const bundled = findTarget(`${io.toolsFolder}/${BUNDLED}`, io);
  const name = `Linux ${bundled.kernel.numbers.slice(0, 2).join(".")}`;
  io.stderr(
    target.hasBtf
      ? `WARNING: this kernel's tracepoints cannot be read: those of ${name} stand in (--target chooses others)\n`
      : `WARNING: there is no kernel to be seen: ${name} stands in, as far as tsbt's tools need it (--target chooses another)\n`,
  );
  return target.hasBtf ? withTracepointsOf(target, bundled) : bundled;
}

function findTarget(profile: string | undefined, io: Io): Target {
  if (profile === undefined) return io.kernel();
  const loaded = loadProfile(readUserFile(profile, "target profile", io));
  if (!loaded.ok) throw new UserError(`cannot use target profile '${profile}': ${loaded.error}`, "TB5002");
  return loaded.value;
}
