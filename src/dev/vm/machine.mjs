/** One run of the virtual machine. */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, closeSync, constants, ftruncateSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Emulators by architecture: what each machine has that the others have not. */
const machines = {
  x64: { program: "qemu-system-x86_64", console: "ttyS0", arguments: [] },
  // Its pointers' signatures need not be strong, only quick.
  arm64: {
    program: "qemu-system-aarch64",
    console: "ttyAMA0",
    arguments: [
      "-machine",
      "virt,gic-version=3",
      "-accel",
      "tcg,thread=multi",
      "-cpu",
      "max,pauth-impdef=on",
    ],
  },
};

/** With hardware virtualisation at hand everything is nearly as fast as outside. */
export function accelerator() {
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return { arguments: ["-accel", "kvm", "-cpu", "host"], slowness: 2 };
  } catch {
    // Software emulation is 5-20 times slower than the machine: time limits of tests stretch by this.
    return { arguments: ["-accel", "tcg,thread=multi", "-cpu", "max"], slowness: 6 };
  }
}

/** A file that takes no room before it is written. */
function emptyDisk(path, megabytes) {
  const fd = openSync(path, "w");
  ftruncateSync(fd, megabytes << 20);
  closeSync(fd);
  return path;
}

/**
 * Boots `kernel` with the archives as its memory disk. Every line the machine prints goes to `onLine`.
 * Resolves to `code`, the exit code of what ran there (undefined when the machine died or took too long), and `out`, the
 * image of the machine's third disk, in the folder `work`.
 */
export async function boot(kernel, archives, work, minutes, onLine) {
  const initramfs = join(work, "initramfs.cpio");
  spawnSync("sh", ["-c", `cat "$@" > '${initramfs}'`, "sh", ...archives], { stdio: "inherit" });
  const out = join(work, "out");
  const memory = Number(process.env.TSBT_VM_MEMORY ?? 3072);
  const disks = [
    emptyDisk(join(work, "disk"), 1024),
    emptyDisk(join(work, "swap"), 256),
    emptyDisk(out, 256),
  ];
  const machine = machines[kernel.arch];
  const args = [
    ...machine.arguments,
    ...(kernel.arch === process.arch ? accelerator().arguments : []),
    ...["-smp", "2", "-m", `${memory}`],
    // Two memory nodes with a CPU each, and a drive on NVMe that keeps nothing and is all zeroes.
    ...[0, 1].flatMap((node) => [
      ...["-object", `memory-backend-ram,id=memory${node},size=${memory / 2}M`],
      ...["-numa", `node,nodeid=${node},memdev=memory${node},cpus=${node}`],
    ]),
    ...["-drive", "driver=null-co,size=64M,read-zeroes=on,if=none,id=nothing"],
    ...["-device", "nvme,serial=nothing,drive=nothing"],
    ...["-display", "none", "-monitor", "none", "-serial", "stdio", "-no-reboot", "-nic", "none"],
    ...["-kernel", kernel.image, "-initrd", initramfs],
    ...disks.flatMap((path) => ["-drive", `file=${path},if=virtio,format=raw,cache=unsafe`]),
    // slub_debug=F: see docs/testing.md.
    ...["-append", `console=${machine.console} quiet loglevel=3 panic=-1 mitigations=off slub_debug=F`],
  ];
  const child = spawn(machine.program, args, { stdio: ["ignore", "pipe", "inherit"] });
  const stop = () => child.kill("SIGKILL");
  process.once("exit", stop);
  const timer = setTimeout(() => {
    onLine(`vm: no end after ${minutes} minutes`);
    stop();
  }, minutes * 60_000);
  let code;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    const lines = `${rest}${chunk.replaceAll("\r", "")}`.split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const found = /^vm-exit-code (\d+)$/.exec(line);
      if (found) code = Number(found[1]);
      else onLine(line);
    }
  });
  await new Promise((resolve) => {
    child.on("error", (error) => {
      onLine(`vm: ${error.message}`);
      resolve();
    });
    child.on("close", resolve);
  });
  clearTimeout(timer);
  process.removeListener("exit", stop);
  rmSync(initramfs, { force: true });
  return { code, out };
}
