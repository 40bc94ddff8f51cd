/**
 * Constants that scripts know from the headers of the kernel and the C library, for machines without them. An
 * enumerator or macro of the same name that the script or the target defines comes first.
 */
import type { Target } from "../../target/target.js";
import { ERRNO } from "./errno.js";
import { FILE } from "./file.js";
import { ARM64, KERNEL, X86_64 } from "./kernel.js";
import { PROCESS } from "./process.js";
import { SOCKET } from "./socket.js";

type Constants = ReadonlyMap<string, bigint>;

/** Made when first asked for: most scripts name none. */
let common: Constants | undefined;
const ofArch = new Map<Target["arch"], Constants>();

function read(...tables: readonly string[]): Constants {
  const pairs = tables.flatMap((table) => [...table.matchAll(/(\w+) (-?)(\w+)/g)]);
  return new Map(
    pairs.map(([, name = "", sign, digits = "0"]) => [name, BigInt(digits) * (sign === "-" ? -1n : 1n)]),
  );
}

export function constantNamed(name: string, target: Target): bigint | undefined {
  switch (name) {
    case "PAGE_SIZE":
      return BigInt(target.pageSize);
    case "PAGE_SHIFT":
      return BigInt(Math.log2(target.pageSize));
    case "HZ":
      return target.hz === undefined ? undefined : BigInt(target.hz);
  }
  common ??= read(SOCKET, ERRNO, FILE, PROCESS, KERNEL);
  const known = common.get(name);
  if (known !== undefined) return known;
  const arch = ofArch.get(target.arch) ?? read(target.arch === "aarch64" ? ARM64 : X86_64);
  ofArch.set(target.arch, arch);
  return arch.get(name);
}

/** Candidates for spelling suggestions. */
export function constantNames(): Iterable<string> {
  common ??= read(SOCKET, ERRNO, FILE, PROCESS, KERNEL);
  return common.keys();
}
