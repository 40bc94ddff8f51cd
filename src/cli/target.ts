import { hostTargetData } from "../target/from-host.js";
import { saveProfile } from "../target/profile.js";
import type { Io } from "./io.js";
import { writeUserFile } from "./load-source.js";

/** `tsbt target save FILE` */
export function saveTargetCommand(file: string, io: Io): number {
  writeUserFile(file, "target profile", saveProfile(hostTargetData()), io);
  return 0;
}
