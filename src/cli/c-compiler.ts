/** The user's own C compiler, and libbpf's linker in the front that started us. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fail, ok, type Result } from "../base/result.js";
import type { Io } from "./io.js";

/** What `__TARGET_ARCH_…` is called in bpf_tracing.h. */
const ARCH_MACROS: Readonly<Record<string, string>> = { x86_64: "x86", aarch64: "arm64" };

/** `.bpf.o` as it is; `.bpf.c` compiled, by the program TSBT_CLANG names or by clang. */
export function objectOf(path: string, folders: readonly string[], arch: string, io: Io): Result<Uint8Array> {
  if (path.endsWith(".o")) return readObject(path, io);
  return inFolder((folder) => {
    const compiler = io.env.TSBT_CLANG ?? "clang";
    const output = join(folder, "import.bpf.o");
    const words = ["-target", "bpf", "-g", "-O2", `-D__TARGET_ARCH_${ARCH_MACROS[arch] ?? arch}`];
    const include = [...folders.map((each) => `-I${each}`), `-I/usr/include/${arch}-linux-gnu`];
    const run = spawnSync(compiler, [...words, ...include, "-c", path, "-o", output], { encoding: "utf8" });
    if (run.error !== undefined)
      return fail(`it needs the C compiler \`${compiler}\`, which cannot be started here`);
    if (run.status !== 0) return fail(`${compiler} refuses it:\n${run.stderr.trimEnd()}`);
    return readObject(output, io);
  });
}

/** One object of several, the script's first. */
export function linkObjects(objects: readonly Uint8Array[]): Result<Uint8Array> {
  const front = process.env.TSBT_FRONT;
  if (front === undefined) return fail("that needs the native loader, which did not start this");
  return inFolder((folder) => {
    const inputs = objects.map((bytes, index) => {
      const path = join(folder, `${index}.o`);
      writeFileSync(path, bytes);
      return path;
    });
    const output = join(folder, "linked.o");
    try {
      execFileSync(front, ["--link-objects", output, ...inputs], { encoding: "utf8", stdio: "pipe" });
      return ok(new Uint8Array(readFileSync(output)));
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim() ?? "";
      return fail(said === "" ? "libbpf's linker refuses" : said);
    }
  });
}

function readObject(path: string, io: Io): Result<Uint8Array> {
  try {
    return ok(io.readFile(path));
  } catch {
    return fail("it cannot be read");
  }
}

/** A folder of our own, gone afterwards. */
function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "tsbt-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
