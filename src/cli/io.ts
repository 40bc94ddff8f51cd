/** Everything a command may touch of the outside world, in one place; commands get it as an argument. */
import { readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { lazy } from "../base/lazy.js";
import { hostTarget } from "../target/from-host.js";
import { reasonOf, UserError } from "./load-source.js";
import type { Target } from "../target/target.js";

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  stdout(text: string): void;
  stderr(text: string): void;
  /** Color diagnostics: only on a terminal. */
  readonly color: boolean;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  readFile(path: string): Uint8Array;
  /** Names in a folder, folders among them; none if it cannot be read. */
  listFolder(path: string): readonly string[];
  /** The folder of tsbt's own tool scripts. */
  readonly toolsFolder: string;
  /** A file that the set-up built beside the compiler. */
  readAsset(name: string): string;
  readStdin(): string;
  writeFile(path: string, bytes: Uint8Array): void;
  /** Hands the object to the loader that started us; undefined when nobody did. */
  readonly sendToLoader: ((bytes: Uint8Array) => void) | undefined;
  /** The running kernel. */
  kernel(): Target;
}

const STDERR = 2;
/** Milliseconds until a full pipe is looked at again. */
const PAUSE = 2;
/** Nothing ever wakes who waits for it. Made when first wanted: a startup snapshot is built where there is no shared memory. */
const never = lazy(() => new Int32Array(new SharedArrayBuffer(4)));

/**
 * Writes all of it: a pipe may take less than offered, and EAGAIN means it is full for now. Throws a UserError when
 * `what` takes no more.
 */
function writeAll(fd: number, what: string, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") {
        Atomics.wait(never(), 0, 0, PAUSE);
        continue;
      }
      // Nobody reads any more (`tsbt -l | head`): that is no error of ours.
      if (code === "EPIPE") return;
      // Whom could one tell that nothing can be told?
      if (fd === STDERR) return;
      throw new UserError(`cannot write ${what}: ${reasonOf(error)}`, "TB6104");
    }
  }
}

/** As bpftrace decides it; and nobody who sets NO_COLOR wants any. */
function wantsColor(setting: string | undefined): boolean {
  if (setting === "always") return true;
  const onTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true;
  return setting !== "never" && onTerminal && process.env.NO_COLOR === undefined;
}

/** The process's own streams. The loader names the descriptor for the object in TSBT_OBJECT_FD. */
export function processIo(): Io {
  // The front knows where it lies; a bundle started by node itself lies beside the tools too.
  const toolsFolder = resolve(process.env.TSBT_TOOLS ?? join(dirname(process.argv[1] ?? "."), "../tools"));
  const objectFd = Number(process.env.TSBT_OBJECT_FD ?? "");
  const encoder = new TextEncoder();
  return {
    env: process.env,
    color: wantsColor(process.env.BPFTRACE_COLOR),
    terminal: process.stdout.isTTY === true,
    stdout: (text) => writeAll(1, "output", encoder.encode(text)),
    stderr: (text) => writeAll(STDERR, "messages", encoder.encode(text)),
    readFile: (path) => readFileSync(path),
    listFolder: (path) => {
      try {
        return readdirSync(path).sort();
      } catch {
        return [];
      }
    },
    toolsFolder,
    readAsset: (name) => readFileSync(join(toolsFolder, "../dist", name), "utf8"),
    readStdin: () => readFileSync(0, "utf8"),
    writeFile: (path, bytes) => writeFileSync(path, bytes),
    sendToLoader:
      objectFd > 2 ? (bytes) => writeAll(objectFd, "the object for the loader", bytes) : undefined,
    kernel: lazy(hostTarget),
  };
}
