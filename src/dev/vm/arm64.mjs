/**
 * What an arm64 machine is made of: Debian's arm64 packages, unpacked beside the kernels and never installed, and tsbt's
 * loader and the tests' workloads, compiled for it by Debian's cross compiler.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { haveProgram } from "./packages.mjs";

/** Its compiler and emulator are programs of this machine. */
const programs = {
  "qemu-system-aarch64": "qemu-system-arm",
  "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
};

/** What runs there, and what the loader is compiled with. */
const packages =
  "busybox-static nodejs bash dash e2fsprogs iproute2 libc6-dev linux-libc-dev libbpf-dev libelf-dev libdw-dev zlib1g-dev libjansson-dev libiberty-dev";

const triplet = "aarch64-linux-gnu";

/** Throws with the reason where this machine cannot make one. */
export function installCrossTools() {
  for (const [program, debianPackage] of Object.entries(programs))
    if (!haveProgram(program, debianPackage)) throw new Error(`needs ${program}: install ${debianPackage}`);
}

/** apt with lists of its own for arm64, from the machine's own sources. */
export function aptOf(cache) {
  const folder = join(cache, "apt-arm64");
  const config = join(folder, "apt.conf");
  const env = { ...process.env, APT_CONFIG: config, DEBIAN_FRONTEND: "noninteractive" };
  const run = (args, options = {}) =>
    spawnSync(args[0], args.slice(1), { encoding: "utf8", env, ...options });
  if (!existsSync(config)) {
    for (const path of ["state/lists/partial", "cache/archives/partial"])
      mkdirSync(join(folder, path), { recursive: true });
    // Nothing counts as installed: everything a package needs is downloaded.
    writeFileSync(join(folder, "state/status"), "");
    writeFileSync(
      `${config}.new`,
      `APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State "${folder}/state";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
`,
    );
    renameSync(`${config}.new`, config);
    run(["apt-get", "update", "-qq"]);
  }
  return { run, archives: join(folder, "cache/archives") };
}

/** A folder with all of the packages and what they need, unpacked. */
export function sysrootOf(cache, say) {
  const key = createHash("sha256").update(packages).digest("hex").slice(0, 16);
  const folder = join(cache, `arm64-${key}`);
  if (existsSync(folder)) return folder;
  say("downloading Debian's arm64 packages");
  const apt = aptOf(cache);
  const get = ["apt-get", "install", "--download-only", "-y", "-qq", "--no-install-recommends"];
  const wanted = packages.split(" ");
  if (apt.run([...get, ...wanted]).status !== 0) {
    // Old lists name packages that are gone from the archive.
    apt.run(["apt-get", "update", "-qq"]);
    const { status, stderr } = apt.run([...get, ...wanted]);
    if (status !== 0) throw new Error(`could not download arm64 packages: ${stderr.trim()}`);
  }
  const fresh = `${folder}.new-${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const name of readdirSync(apt.archives).filter((each) => each.endsWith(".deb")))
    spawnSync("dpkg-deb", ["-x", join(apt.archives, name), fresh], { stdio: "inherit" });
  renameSync(fresh, folder);
  return folder;
}

/** Compiles the loader and the workloads; returns their paths. */
export function compileForArm64(root, sysroot) {
  const out = join(root, "build/arm64");
  const loader = join(out, "tsbt");
  const workloads = join(out, "workloads");
  const env = {
    ...process.env,
    PKG_CONFIG_SYSROOT_DIR: sysroot,
    PKG_CONFIG_LIBDIR: join(sysroot, "usr/lib", triplet, "pkgconfig"),
  };
  const compiler = `CC=${triplet}-gcc --sysroot=${sysroot}`;
  const make = (folder, ...settings) => {
    const args = ["-s", "-C", join(root, folder), compiler, ...settings];
    const { status, stderr } = spawnSync("make", args, { encoding: "utf8", env });
    if (status !== 0) throw new Error(`${folder} does not compile for arm64: ${stderr}`);
  };
  make("runtime", `BUILD=${join(out, "runtime")}`, `OUT=${loader}`);
  make("test/workloads", `OUT=${workloads}`);
  return { loader, workloads };
}

/** Where a library, or the dynamic linker by its whole path, is in the sysroot: `/lib` and `/usr/lib` are apart there. */
function findLibrary(sysroot, name) {
  const folders = name.startsWith("/") ? [""] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  return folders.map((folder) => join("/", folder, name)).find((path) => existsSync(join(sysroot, path)));
}

/** Paths, as the machine will know them, of all shared libraries that the files want, and these in turn. */
export function librariesOf(sysroot, files) {
  const found = new Map();
  const pending = [...files];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const { stdout } = spawnSync(`${triplet}-readelf`, ["-d", "-l", path], { encoding: "utf8" });
    const needed = [...stdout.matchAll(/\(NEEDED\).*\[(.*)\]|program interpreter: (\S+)\]/g)];
    for (const [, library, interpreter] of needed) {
      const name = library ?? interpreter;
      if (found.has(name)) continue;
      const place = findLibrary(sysroot, name);
      found.set(name, place);
      if (place !== undefined) pending.push(join(sysroot, place));
    }
  }
  return [...found.values()].filter((place) => place !== undefined);
}

/** Is it an arm64 program or library? */
export function isForArm64(path) {
  const head = readFileSync(path).subarray(0, 20);
  return head.subarray(0, 4).toString("latin1") === "\x7fELF" && head.readUInt16LE(18) === 183;
}
