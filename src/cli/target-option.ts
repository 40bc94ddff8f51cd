import { hostTarget } from "../target/from-host.js";
import { loadProfile } from "../target/profile.js";
import type { Target } from "../target/target.js";
import type { Io } from "./io.js";
import { readUserFile, UserError } from "./load-source.js";

/** The running kernel, or the profile given with `--target`. */
export function chooseTarget(profile: string | undefined, io: Io): Target {
  if (profile === undefined) return hostTarget();
  const loaded = loadProfile(readUserFile(profile, "target profile", io));
  if (!loaded.ok) throw new UserError(`cannot use target profile '${profile}': ${loaded.error}`, "TB5002");
  return loaded.value;
}
