/** Programs the virtual machine needs on this one, and how they come here. */
import { spawnSync } from "node:child_process";

const packages = ["qemu-system-x86", "busybox-static", "e2fsprogs", "xfsprogs", "btrfs-progs", "iproute2"];
const programs = ["qemu-system-x86_64", "busybox", "mke2fs", "mkfs.xfs", "mkfs.btrfs", "ip"];

/** Path of a program, in the places of root's too; undefined without it. */
export function findProgram(name) {
  const found = spawnSync("/bin/sh", ["-c", `command -v ${name}`], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
  });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** May packages be installed here? */
export function mayInstall() {
  return !process.env.TSBT_NO_APT && process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
}

export function aptUpdate() {
  spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", "inherit"] });
}

/** Is a program here, at the latest after its package was installed? */
export function haveProgram(name, debianPackage) {
  if (findProgram(name) !== undefined) return true;
  if (!mayInstall()) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", debianPackage];
  if (spawnSync("apt-get", install, { env, stdio: "ignore" }).status !== 0) {
    aptUpdate();
    spawnSync("apt-get", install, { env, stdio: "ignore" });
  }
  return findProgram(name) !== undefined;
}

/** Throws with the reason when something stays missing. */
export function installPrograms(say) {
  const missing = () => programs.filter((name) => findProgram(name) === undefined);
  if (missing().length === 0) return;
  if (!mayInstall())
    throw new Error(
      `needs ${missing().join(", ")}: install ${packages.join(", ")}, or run as root on Debian`,
    );
  say(`installing Debian packages (TSBT_NO_APT=1 forbids this): ${packages.join(" ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...packages];
  if (spawnSync("apt-get", install, { env, stdio: "ignore" }).status !== 0) {
    aptUpdate();
    spawnSync("apt-get", install, { env, stdio: ["ignore", "ignore", "inherit"] });
  }
  if (missing().length > 0) throw new Error(`could not install ${packages.join(", ")}`);
}
