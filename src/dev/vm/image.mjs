/**
 * What the machine's memory disk holds. Three archives behind one another, so that what changes seldom is written
 * seldom: programs of this machine (kept by what they are made of), modules of the kernel (kept by their names), and
 * the checkout with what is to be run.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { isForArm64, librariesOf } from "./arm64.mjs";
import { CpioWriter } from "./cpio.mjs";
import { addModules } from "./kernel.mjs";
import { findProgram } from "./packages.mjs";

/** Always there to be loaded: disks, file systems, networks, schedulers of packets. A test may ask for more. */
export const standardModules =
  "virtio_pci virtio_blk ext4 crc32c_generic mac80211_hwsim mq-deadline loop brd zram null_blk scsi_debug sd_mod md_mod raid1 xfs btrfs overlay fuse nfs nfsd veth dummy bridge tun sch_netem sch_htb sch_tbf sch_ingress cls_u32 act_police tcp_bbr nf_tables nft_ct nf_conntrack kvm vsock xt_nat".split(
    " ",
  );

/** Libraries that the loader opens when it needs them, by the names it opens. */
const openedLibraries = ["libdw.so.1"];

/** Shells and tools that tests use; those this machine lacks are missing there too. */
const guestPrograms = [
  "dash",
  "bash",
  "mke2fs",
  "mkfs.btrfs",
  "iw",
  "mkfs.xfs",
  "ip",
  "tc",
  "bpftool",
  "nft",
  "openssl",
  "setpriv",
  "unshare",
  "chrt",
  "env",
];

/** A file of this machine with every shared library it names, at their own paths. */
function addWithLibraries(archive, files) {
  const listed = spawnSync("ldd", files, { encoding: "utf8" }).stdout ?? "";
  const libraries = [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]);
  for (const file of [...files, ...libraries]) {
    const real = realpathSync(file);
    const status = statSync(real);
    if (!archive.has(file))
      archive.file(file, readFileSync(real), status.mode & 0o7777, Math.floor(status.mtimeMs / 1000));
  }
}

/** Where the dynamic linker would find a library. */
function findLibrary(name) {
  const listed = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).stdout ?? "";
  return listed
    .split("\n")
    .find((line) => line.trim().startsWith(`${name} `))
    ?.split(" => ")[1];
}

/** Lists files that would need shared libraries. */
function* programsUnder(path) {
  const status = lstatSync(path);
  if (status.isDirectory()) for (const name of readdirSync(path)) yield* programsUnder(join(path, name));
  else if (status.isFile() && (status.mode & 0o111 || /\.so(\.|$)/.test(path))) yield path;
}

function isElf(path) {
  return readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF";
}

/** A kept archive: made again only when `key` is another. */
function kept(cache, name, key, fill) {
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
  const path = join(cache, `${name}-${hash}.cpio`);
  if (!existsSync(path)) {
    const fresh = `${path}.new-${process.pid}`;
    const archive = new CpioWriter(fresh);
    fill(archive);
    archive.close();
    spawnSync("mv", [fresh, path]);
  }
  return path;
}

const identity = (path) => {
  const { size, mtimeMs } = statSync(path);
  return `${path} ${size} ${mtimeMs}`;
};

function addFolders(archive) {
  const folders = "proc sys dev tmp run root etc mnt/disk usr/bin usr/sbin sbin var/tmp";
  for (const folder of folders.split(" ")) archive.folder(`/${folder}`);
}

function addUsers(archive) {
  archive.file("/etc/shadow", "root:*:19000:0:99999:7:::\n", 0o600);
  archive.file("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n");
  archive.file("/etc/group", "root:x:0:\nnogroup:x:65534:\n");
  archive.file("/etc/hosts", "127.0.0.1 localhost vm\n::1 localhost\n");
}

/** Busybox, node, the loader's libraries and the tests' tools. */
export function programsArchive(cache, root) {
  const busybox = findProgram("busybox");
  const node = realpathSync(process.execPath);
  const tools = guestPrograms.map(findProgram).filter((path) => path !== undefined);
  const loader = join(root, "dist/tsbt");
  const own = readFileSync(new URL(import.meta.url));
  const key = `${own}${[busybox, node, ...tools].map(identity).join("\n")}`;
  return kept(cache, "programs", key, (archive) => {
    addFolders(archive);
    archive.file("/bin/busybox", readFileSync(realpathSync(busybox)), 0o755);
    addWithLibraries(archive, [node, ...tools]);
    if (node !== "/usr/bin/node") archive.link("/usr/bin/node", node);
    for (const tool of tools) {
      const plain = `/usr/bin/${basename(tool)}`;
      if (!archive.has(plain)) archive.link(plain, tool);
    }
    if (!archive.has("/bin/bash") && findProgram("bash") !== undefined)
      archive.link("/bin/bash", "/usr/bin/bash");
    const listed = spawnSync("ldd", [loader], { encoding: "utf8" }).stdout ?? "";
    addWithLibraries(
      archive,
      [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]),
    );
    const opened = openedLibraries.flatMap((name) => findLibrary(name) ?? []);
    if (opened.length > 0) addWithLibraries(archive, opened);
    // Where libraries are, for the dynamic linker and for probes on `libc`.
    archive.copy("/etc/ld.so.cache");
    addUsers(archive);
  });
}

/** The same of Debian's arm64 packages: `sysroot` is where they were unpacked, `loader` tsbt's loader compiled for it. */
export function foreignProgramsArchive(cache, sysroot, loader) {
  const own = ["image.mjs", "arm64.mjs"].map((name) => readFileSync(new URL(name, import.meta.url)));
  return kept(cache, "programs-arm64", `${own.join("")}${sysroot}${identity(loader)}`, (archive) => {
    addFolders(archive);
    const places = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"];
    const find = (name) =>
      places.map((folder) => `${folder}/${name}`).find((path) => existsSync(join(sysroot, path)));
    const files = [];
    for (const name of ["busybox", "node", "nodejs", ...guestPrograms]) {
      const path = find(name);
      if (path === undefined) continue;
      const status = lstatSync(join(sysroot, path));
      // Links between alternatives are made by scripts of packages, which do not run here.
      if (status.isSymbolicLink()) continue;
      archive.file(path, readFileSync(join(sysroot, path)), 0o755);
      files.push(join(sysroot, path));
      if (!archive.has(`/usr/bin/${name}`)) archive.link(`/usr/bin/${name}`, path);
    }
    if (!archive.has("/usr/bin/node")) archive.link("/usr/bin/node", "/usr/bin/nodejs");
    const opened = openedLibraries.map((name) => join(sysroot, "usr/lib/aarch64-linux-gnu", name));
    for (const path of librariesOf(sysroot, [...files, loader, ...opened]))
      archive.file(path, readFileSync(join(sysroot, path)), 0o755);
    for (const path of opened) archive.file(path.slice(sysroot.length), readFileSync(path), 0o755);
    // Parts of its own that Debian's Node reads from files.
    archive.copy(join(sysroot, "usr/share/nodejs"), "/usr/share/nodejs");
    addUsers(archive);
  });
}

export function modulesArchive(cache, kernel, names) {
  const own = readFileSync(new URL("kernel.mjs", import.meta.url));
  const key = `${own}${kernel.release} ${[...names].sort().join(" ")}`;
  return kept(cache, "modules", key, (archive) => addModules(archive, kernel, names));
}

/** Parts of a checkout that nothing running needs, and that are large. */
const leftOut = ["node_modules", ".git", "build/vm", "runtime/build", "build/vitest.json"];

/**
 * The checkout at its own path, what `--with` names, and the start-up script that runs `command` there.
 * `files` are further files by their paths.
 */
export function checkoutArchive(path, root, options) {
  const archive = new CpioWriter(path);
  const unwanted = new Set(leftOut.map((name) => join(root, name)));
  archive.file("/init", initScript(root, options.environment), 0o755);
  archive.file("/vm/command", `${options.command}\n`, 0o755);
  for (const [name, text] of Object.entries(options.files ?? {})) archive.file(name, text);
  archive.copy(root, root, (from) => !unwanted.has(from));
  const workloads = join(root, "build/workloads");
  const programs = existsSync(workloads) ? [...programsUnder(workloads)].filter(isElf) : [];
  for (const extra of options.extra ?? []) {
    archive.copy(extra);
    const real = realpathSync(extra);
    if (real !== extra) archive.copy(real);
    programs.push(...[...programsUnder(real)].filter(isElf));
  }
  const native = programs.filter((path) => !isForArm64(path));
  if (native.length > 0 && options.arch !== "arm64") addWithLibraries(archive, native);
  archive.close();
}

const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/**
 * Disk 1 is ext4 at /mnt/disk, disk 2 swap (not on), disk 3 raw. `veth0` (10.99.0.1) leads to `veth1` (10.99.0.2) in
 * a network namespace of its own: `nsenter -n -t $(cat /run/peer.pid) COMMAND`.
 */
function initScript(root, environment) {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
# Of two programs of one name busybox's shell takes its own, unless it is told the path.
export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root NODE_NO_WARNINGS=1
${exports.join("")}mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /dev/shm /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
chmod 1777 /tmp
mount -t tmpfs tmpfs /run
mount -t tracefs tracefs /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t securityfs securityfs /sys/kernel/security
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo "+memory +cpu +io +pids" > /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
hostname vm
ip link set lo up
ip=$(command -v /usr/bin/ip || echo ip)
for name in virtio_pci virtio_blk crc32c_generic ext4; do modprobe $name 2>/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vdb ] && break; sleep 0.2; done
/usr/bin/mke2fs -q -t ext4 /dev/vda && mount -t ext4 /dev/vda /mnt/disk
# What tests read and write lies on a disk, as it does elsewhere.
for name in tmp var/tmp; do mkdir -p /mnt/disk/$name; cp -a /$name/. /mnt/disk/$name; chmod 1777 /mnt/disk/$name; mount --bind /mnt/disk/$name /$name; done
# The shell that scripts and -c get is that of this machine's tests.
[ -x /usr/bin/dash ] && ln -sf /usr/bin/dash /bin/sh
mkswap /dev/vdb >/dev/null 2>&1
unshare -n sleep 1000000 2>/dev/null &
echo $! > /run/peer.pid
if modprobe veth 2>/dev/null && $ip link add veth0 type veth peer name veth1; then
  $ip link set veth1 netns $(cat /run/peer.pid)
  $ip addr add 10.99.0.1/24 dev veth0
  $ip link set veth0 up
  nsenter -n -t $(cat /run/peer.pid) sh -c "$ip link set lo up; $ip addr add 10.99.0.2/24 dev veth1; $ip link set veth1 up"
fi
cd ${quote(root)}
echo "vm-kernel $(uname -r)"
/bin/sh /vm/command </dev/null
echo "vm-exit-code $?"
sync
poweroff -f
`;
}
