/** One small program made by hand: `/bin/x`. */
import type { UsdtLocation } from "../../../src/binary/notes.js";
import type { UserSymbol } from "../../../src/binary/symbols.js";
import type { UserBinaries, UserBinary } from "../../../src/binary/user-binary.js";

/** push %rbp; mov %rsp,%rbp; mov %edi,%eax; ret; and one byte of filling. */
const CODE = Uint8Array.of(0x55, 0x48, 0x89, 0xe5, 0x89, 0xf8, 0xc3, 0x90);
const START = 0x1000;

const functions: readonly UserSymbol[] = [
  { name: "_init", kind: "function", address: 0x800, size: 0 },
  { name: "main", kind: "function", address: START, size: CODE.length },
  { name: "f", kind: "function", address: 0x1100, size: 16 },
  { name: "helper_one", kind: "function", address: 0x1200, size: 16 },
  { name: "helper_two", kind: "function", address: 0x1300, size: 16 },
];
const variables: readonly UserSymbol[] = [{ name: "counter", kind: "object", address: 0x4000, size: 4 }];
const probe = (name: string, address: number, args: string, semaphore = 0): UsdtLocation => ({
  provider: "demo",
  name,
  address,
  semaphore,
  args,
});
const probes: readonly UsdtLocation[] = [
  probe("tick", 0x1102, "-4@%edi 8@%rsi", 0x4010),
  probe("twice", 0x1104, "4@%edi"),
  probe("twice", 0x1106, "4@-8(%rbp)"),
  probe("ratio", 0x1108, "8f@%xmm0"),
  // A page apart.
  probe("alike", 0x1110, ""),
  probe("alike", 0x2110, ""),
];

const program: UserBinary = {
  path: "/bin/x",
  file: "/bin/x",
  isElf: true,
  isStripped: () => false,
  functions: () => functions,
  function: (name) => functions.find((each) => each.name === name),
  variable: (name) => variables.find((each) => each.name === name),
  functionAt: (address) =>
    functions.find((each) => address >= each.address && address < each.address + each.size),
  fileOffset: (address) => (address < 0x10000 ? address : undefined),
  code: (address, length) => CODE.subarray(address - START, address - START + length),
  usdt: () => probes,
  debug: () => undefined,
};

export const stubBinaries: UserBinaries = {
  find: (target) => (target === "/bin/x" || target === "/bin/*" ? [program] : []),
  mapped: () => [program],
  programOf: () => program,
};
