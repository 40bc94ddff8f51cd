/**
 * Runs the kernel tests in a QEMU virtual machine on a kernel of Debian's: `node src/dev/vm.mjs [word...]`.
 * The machine's whole disk is an initramfs made here: busybox, node, tsbt and the tests. Kernel package and initramfs
 * parts are kept in build/vm/, so that the second time is quick.
 *
 *   TSBT_VM_KERNEL=6.12   which series   TSBT_NO_APT=1  install nothing   TSBT_VM_MEMORY=2048  MiB
 */
import { spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
const series = process.env.TSBT_VM_KERNEL ?? "6.12";
const cache = join(root, "build/vm");
/** Software emulation is 5-20 times slower than the machine: time limits of tests stretch by this. */
const slowness = 6;
const packages = ["qemu-system-x86", "busybox-static", "cpio"];

const say = (text) => process.stdout.write(`vm: ${text}\n`);

function fail(reason) {
  process.stdout.write(`vm: ${reason}\n0 passed, 1 failed, 0 skipped\n`);
  process.exit(1);
}

const has = (program) => spawnSync("/bin/sh", ["-c", `command -v ${program}`]).status === 0;
const hasPrograms = () => has("qemu-system-x86_64") && has("busybox") && has("cpio");

function installPrograms() {
  if (hasPrograms()) return;
  if (process.env.TSBT_NO_APT || process.getuid?.() !== 0 || !has("apt-get")) {
    fail(`needs ${packages.join(", ")}: install them, or run as root on Debian`);
  }
  say(`installing Debian packages (TSBT_NO_APT=1 forbids this): ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  if (spawnSync("apt-get", install, { env, stdio: "ignore" }).status !== 0) {
    spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" });
    spawnSync("apt-get", install, { env, stdio: ["ignore", "ignore", "inherit"] });
  }
  if (!hasPrograms()) fail(`could not install ${packages.join(", ")}`);
}

/** Newest cloud kernel package of the series in the machine's own apt sources; security updates carry 6.12. */
function newestKernelPackage() {
  const pattern = `^linux-image-${series.replaceAll(".", "\\.")}\\..*cloud-amd64$`;
  return spawnSync("apt-cache", ["search", "--names-only", pattern], { encoding: "utf8" })
    .stdout.split("\n")
    .map((line) => line.split(" ")[0])
    .filter((name) => name !== "" && !name.includes("unsigned"))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
}

/** Path of a bootable kernel image of the series, downloaded and unpacked once. */
function kernelImage() {
  const folder = join(cache, `kernel-${series}`);
  const find = () =>
    existsSync(join(folder, "boot")) &&
    readdirSync(join(folder, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (!find()) {
    say(`downloading Debian's ${series} cloud kernel`);
    let newest = newestKernelPackage();
    mkdirSync(folder, { recursive: true });
    const download = () =>
      newest !== undefined &&
      spawnSync("apt-get", ["-o", "APT::Sandbox::User=root", "download", newest], {
        cwd: folder,
        stdio: "ignore",
      }).status === 0;
    if (!download()) {
      // No lists yet, or old ones: packages they name are gone from the archive.
      spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", "inherit"] });
      newest = newestKernelPackage();
      if (newest === undefined) fail(`Debian offers no ${series} cloud kernel`);
      download();
    }
    const archive = readdirSync(folder).find((name) => name.endsWith(".deb"));
    if (archive === undefined) fail(`could not download ${newest}`);
    spawnSync("dpkg-deb", ["-x", archive, "."], { cwd: folder, stdio: "inherit" });
    rmSync(join(folder, archive));
    rmSync(join(folder, "lib"), { recursive: true, force: true });
  }
  const image = find();
  if (!image) fail("the kernel package holds no vmlinuz");
  return join(folder, "boot", image);
}

/** Copies a program and every shared library it names, at their own paths. */
function copyProgram(program, tree) {
  const listed = spawnSync("ldd", [program], { encoding: "utf8" }).stdout;
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]);
  for (const file of [program, ...libraries]) {
    const to = join(tree, file);
    if (existsSync(to)) continue;
    mkdirSync(dirname(to), { recursive: true });
    cpSync(realpathSync(file), to);
  }
}

const init = (words) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin:/sbin HOME=/root NODE_NO_WARNINGS=1 TSBT_TEST_SLOWNESS=${slowness}
export TSBT_TEST_MUST_HAVE="bpf btf kprobe uprobe shell smp"
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /tmp
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ip link set lo up
hostname vm
cd /tsbt
echo "kernel $(uname -r)"
node src/dev/e2e.mjs ${words.map((word) => `'${word}'`).join(" ")}
echo "vm-exit-code $?"
poweroff -f
`;

/** Everything but the kernel, as one cpio archive. Returns its path. */
function initramfs(words) {
  const tree = join(cache, "tree");
  rmSync(tree, { recursive: true, force: true });
  for (const folder of ["bin", "proc", "sys", "dev", "tmp", "root", "etc", "tsbt", "usr/bin", "sbin"]) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  cpSync(
    spawnSync("/bin/sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim(),
    join(tree, "bin/busybox"),
  );
  copyProgram(realpathSync(process.execPath), tree);
  if (realpathSync(process.execPath) !== "/usr/bin/node") {
    symlinkSync(realpathSync(process.execPath), join(tree, "bin/node"));
  }
  copyProgram(join(root, "dist/tsbt"), tree);
  for (const part of [
    "bin",
    "dist",
    "tools",
    "test/kernel",
    "test/workloads",
    "src/dev",
    "build/workloads",
    "package.json",
  ]) {
    if (existsSync(join(root, part))) cpSync(join(root, part), join(tree, "tsbt", part), { recursive: true });
  }
  for (const program of readdirSync(join(root, "build/workloads"))) {
    copyProgram(join(root, "build/workloads", program), tree);
  }
  // What happens to be at the repository's own path came along with its libraries: not wanted twice.
  rmSync(join(tree, root), { recursive: true, force: true });
  writeFileSync(join(tree, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
  writeFileSync(join(tree, "etc/group"), "root:x:0:\n");
  writeFileSync(join(tree, "init"), init(words), { mode: 0o755 });
  const archive = join(cache, "initramfs.cpio");
  const made = spawnSync("/bin/sh", ["-c", `find . | cpio -o -H newc --quiet > "${archive}"`], {
    cwd: tree,
    encoding: "utf8",
  });
  if (made.status !== 0) fail(`cpio failed: ${made.stderr}`);
  rmSync(tree, { recursive: true, force: true });
  return archive;
}

function boot(kernel, archive) {
  const minutes = Number(process.env.TSBT_VM_MINUTES ?? 25);
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...[
        "-accel",
        "tcg,thread=multi",
        "-cpu",
        "max",
        "-smp",
        "2",
        "-m",
        process.env.TSBT_VM_MEMORY ?? "2048",
      ],
      ...["-nographic", "-no-reboot", "-nic", "none", "-kernel", kernel, "-initrd", archive],
      ...["-append", "console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off slub_debug=F"],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let text = "";
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      say(`no end after ${minutes} minutes`);
      child.kill("SIGKILL");
    }, minutes * 60_000);
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      const clean = chunk.replaceAll("\r", "");
      text += clean;
      process.stdout.write(clean);
    });
    child.on("error", (error) => fail(error.message));
    child.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

if (process.arch !== "x64") {
  process.stdout.write("skipped: vm: the virtual machine is an x86-64 one\n0 passed, 0 failed, 1 skipped\n");
  process.exit(0);
}
mkdirSync(cache, { recursive: true });
installPrograms();
const kernel = kernelImage();
for (const file of ["dist/tsbt", "dist/tsbt.cjs", "build/workloads/bpfcount"]) {
  if (!existsSync(join(root, file))) fail(`${file} is missing: run npm install and the e2e step first`);
}
const text = await boot(kernel, initramfs(process.argv.slice(2)));
const counts = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
const code = /^vm-exit-code (\d+)$/m.exec(text)?.[1];
if (!counts || code === undefined) fail("the virtual machine ended without a result");
process.stdout.write(`${counts[0]}\n`);
process.exitCode = code === "0" ? 0 : 1;
