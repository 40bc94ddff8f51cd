/** tsbt's command line in this process, for a kernel that does not run here: many compilations share one reading of it. */
import { processIo } from "../../cli/io.js";
import { main } from "../../main.js";
import { loadProfile } from "../../target/profile.js";

export interface Compiled {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the front would have got to run: options and object. Undefined: nothing to run. */
  readonly message: Uint8Array | undefined;
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where tsbt's own scripts are. */
  readonly toolsFolder: string;
}

/** The command line with the kernel of a profile in place of the running one. Throws on a profile it cannot read. */
export function compilerFor(profile: Uint8Array) {
  const target = loadProfile(profile);
  if (!target.ok) throw new Error(`target profile: ${target.error}`);
  const kernel = target.value;
  return (args: readonly string[], surroundings: Surroundings): Compiled => {
    let stdout = "";
    let stderr = "";
    let message: Uint8Array | undefined;
    const code = main(args, {
      ...processIo(),
      ...surroundings,
      color: false,
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text;
      },
      sendToLoader: (bytes) => {
        message = bytes;
      },
      kernel: () => kernel,
    });
    return { code, stdout, stderr, message };
  };
}
