/**
 * Headers that need not be there: what they declare is known otherwise. Those of the kernel, because its types
 * and enums are in BTF; those of the C library and the kernel's user interface, because their constants stand
 * in `lang/constants/`. So scripts that include them run on a machine without any header.
 */

/** Folders of include/ and include/uapi/ in the kernel's sources, and of its architectures. */
const KERNEL_FOLDERS: ReadonlySet<string> = new Set([
  "acpi",
  "asm",
  "asm-generic",
  "block",
  "clocksource",
  "crypto",
  "cxl",
  "drivers",
  "drm",
  "dt-bindings",
  "fs",
  "generated",
  "hyperv",
  "include",
  "keys",
  "kernel",
  "kunit",
  "kvm",
  "linux",
  "lib",
  "math-emu",
  "media",
  "memory",
  "misc",
  "mm",
  "mtd",
  "net",
  "pcmcia",
  "ras",
  "rdma",
  "rv",
  "scsi",
  "security",
  "soc",
  "sound",
  "target",
  "trace",
  "uapi",
  "ufs",
  "vdso",
  "video",
  "xen",
]);
/** bpftool's dump of BTF, and what belongs to it. */
const BTF_HEADERS = /^(?:vmlinux|bpf\/bpf_(?:helpers|tracing|core_read|endian))\.h$/;
/** The C library's, whose constants and types the tables and BTF have. */
const LIBRARY =
  /^(?:(?:arpa|bits|netinet|netpacket|sys)\/\w+|aio|dirent|endian|errno|fcntl|ifaddrs|inttypes|netdb|poll|pthread|pwd|sched|semaphore|signal|stdio|stdlib|string|strings|syslog|termios|time|unistd|utime|wait)\.h$/;

/** `system`: named with `<…>`. */
export function answeredHeader(path: string, system: boolean, hasBtf: boolean): boolean {
  if (LIBRARY.test(path)) return system;
  if (!hasBtf) return false;
  // Scripts name private headers of a subsystem by their way from their own folder.
  const plain = path.replace(/^(?:\.\.?\/)+/, "");
  return BTF_HEADERS.test(plain) || (plain.includes("/") && KERNEL_FOLDERS.has(plain.split("/")[0] ?? ""));
}

/** A header of the kernel's interface to programs, where it is installed: BTF knows the same types better. */
export function isKernelHeader(path: string): boolean {
  return /\/(?:linux|asm|asm-generic|mtd|rdma|scsi|sound|video|xen)\//.test(path);
}
