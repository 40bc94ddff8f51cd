/** A world in memory for the command line: files, streams, and the loader's end of the descriptor. */
import { runCommandLine } from "../../../src/cli/command-line.js";
import { stubTarget } from "../check/stub-target.js";
import type { Io } from "../../../src/cli/io.js";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What the loader would have been told. */
  readonly options: Record<string, unknown> | undefined;
  readonly written: Readonly<Record<string, string>>;
}

export interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Capabilities of root, as /proc/self/status has them. */
const ROOT = "CapEff:\t000001ffffffffff\n";

export function tsbt(args: readonly string[], world: World = {}): Ran {
  const files: Readonly<Record<string, string>> = { "/proc/self/status": ROOT, ...world.files };
  const written: Record<string, string> = {};
  let stdout = "";
  let stderr = "";
  let sent: Uint8Array | undefined;
  const io: Io = {
    env: world.env ?? {},
    color: false,
    terminal: false,
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      return new TextEncoder().encode(text);
    },
    listFolder: (path) => {
      const inside = Object.keys(files).filter((name) => name.startsWith(`${path}/`));
      return [...new Set(inside.map((name) => name.slice(path.length + 1).split("/")[0] ?? ""))].sort();
    },
    toolsFolder: "/tools",
    readAsset: (name) => `/* ${name} */`,
    readStdin: () => world.stdin ?? "",
    writeFile: (path, bytes) => {
      if (path.startsWith("/nowhere/")) throw Object.assign(new Error("no such file"), { code: "ENOENT" });
      written[path] = new TextDecoder().decode(bytes);
    },
    sendToLoader: (bytes) => {
      sent = bytes;
    },
    kernel: () => stubTarget,
  };
  const code = runCommandLine(args, io);
  const header = sent === undefined ? undefined : new TextDecoder().decode(sent).split("\n")[0];
  const options = header === undefined ? undefined : (JSON.parse(header) as Record<string, unknown>);
  return { code, stdout, stderr, options, written };
}
