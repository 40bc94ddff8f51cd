/**
 * Debian's kernels: downloaded and unpacked once, image and modules. A series as `6.12` is the cloud kernel, small and
 * quick to boot; `6.12-full` the one for all machines, which has what the other lacks, Wi-Fi for one; `6.12-arm64` the
 * cloud kernel for arm64.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { aptOf } from "./arm64.mjs";
import { aptUpdate, findProgram } from "./packages.mjs";

/** Newest kernel package of the series in the machine's own apt sources; security updates carry 6.12. */
function newestPackage(series, run) {
  const [version = "", kind] = series.split("-");
  // Between the version and the kind stand the ABI's number (6.1.0-50) or the distribution (6.12.100+deb12).
  const pattern = `^linux-image-${version.replaceAll(".", "\\.")}\\.[0-9]+(-[0-9]+|[+][a-z0-9]+)${kind === "full" ? "" : "-cloud"}-${kind === "arm64" ? "arm64" : "amd64"}$`;
  return (run(["apt-cache", "search", "--names-only", pattern]).stdout ?? "")
    .split("\n")
    .map((line) => line.split(" ")[0])
    .filter((name) => name !== "" && !name.includes("unsigned"))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
}

function download(series, cache, folder) {
  const isForeign = architectureOf(series) === "arm64";
  const run = isForeign
    ? aptOf(cache).run
    : (args, options) => spawnSync(args[0], args.slice(1), { encoding: "utf8", ...options });
  const get = (name) =>
    name !== undefined &&
    run(["apt-get", "-o", "APT::Sandbox::User=root", "download", name], { cwd: folder, stdio: "ignore" })
      .status === 0;
  if (get(newestPackage(series, run))) return;
  // No lists yet, or old ones: packages they name are gone from the archive.
  if (isForeign) run(["apt-get", "update", "-qq"]);
  else aptUpdate();
  const newest = newestPackage(series, run);
  if (newest === undefined) throw new Error(`Debian offers no ${series} kernel`);
  if (!get(newest)) throw new Error(`could not download ${newest}`);
}

/** The machine a series is for, in Node's words. */
export const architectureOf = (series) => (series.endsWith("-arm64") ? "arm64" : "x64");

/** The kernel of a series: `image`, `release`, `arch` and the folder of its modules. */
export function kernelOf(series, cache, say) {
  const folder = join(cache, `kernel-${series}`);
  if (!existsSync(join(folder, "boot"))) {
    say(`downloading Debian's ${series} kernel`);
    const fresh = `${folder}.new-${process.pid}`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    download(series, cache, fresh);
    const archive = readdirSync(fresh).find((name) => name.endsWith(".deb"));
    spawnSync("dpkg-deb", ["-x", archive, "."], { cwd: fresh, stdio: "inherit" });
    rmSync(join(fresh, archive));
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  }
  const image = readdirSync(join(folder, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (image === undefined) throw new Error("the kernel package holds no vmlinuz");
  const release = image.slice("vmlinuz-".length);
  const modules = [join(folder, "lib/modules", release), join(folder, "usr/lib/modules", release)];
  return {
    series,
    release,
    arch: architectureOf(series),
    image: join(folder, "boot", image),
    modules: modules.find((path) => existsSync(path)) ?? modules[0],
  };
}

/** Files of all modules by their names, as modprobe knows them: `-` is `_`. */
function moduleFiles(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const name = /^(.*)\.ko(\.xz)?$/.exec(entry.name)?.[1];
    if (name !== undefined)
      files.set(name.replaceAll("-", "_"), join(entry.parentPath ?? entry.path, entry.name));
  }
  return files;
}

function readModule(path) {
  if (!path.endsWith(".xz")) return readFileSync(path);
  const unpacked = spawnSync(findProgram("busybox"), ["unxz", "-c", path], { maxBuffer: 1 << 28 });
  if (unpacked.status !== 0) throw new Error(`cannot unpack ${path}`);
  return unpacked.stdout;
}

/** Modules that a module's own `.modinfo` says it needs. */
function needsOf(bytes) {
  const depends = /\0depends=([^\0]*)\0/.exec(bytes.toString("latin1"))?.[1] ?? "";
  return depends.split(",").filter((name) => name !== "");
}

/**
 * Puts modules and all they need into the archive, unpacked, with the list that modprobe reads. Names a kernel has
 * built in, or lacks, are left out: `modprobe` in the machine then says so.
 */
export function addModules(archive, kernel, names) {
  const files = moduleFiles(kernel.modules);
  const done = new Map();
  const add = (name) => {
    if (done.has(name) || !files.has(name)) return;
    const bytes = readModule(files.get(name));
    const needs = needsOf(bytes).map((each) => each.replaceAll("-", "_"));
    done.set(name, needs);
    archive.file(`/lib/modules/${kernel.release}/${name}.ko`, bytes);
    for (const each of needs) add(each);
  };
  for (const name of names) add(name.replaceAll("-", "_"));
  // modprobe loads the last first: whoever needs another stands before it (reverse postorder).
  const all = (name, seen = new Set(), order = []) => {
    for (const each of done.get(name) ?? []) {
      if (seen.has(each) || !done.has(each)) continue;
      seen.add(each);
      all(each, seen, order);
      order.unshift(each);
    }
    return order;
  };
  const lines = [...done.keys()].map(
    (name) =>
      `${name}.ko:${all(name)
        .map((each) => ` ${each}.ko`)
        .join("")}\n`,
  );
  archive.file(`/lib/modules/${kernel.release}/modules.dep`, lines.join(""));
  for (const name of ["modules.builtin", "modules.order"]) {
    const path = join(kernel.modules, name);
    if (existsSync(path)) archive.copy(path, `/lib/modules/${kernel.release}/${basename(path)}`);
  }
}
