/** A user program or library as probes see it, and how probes find one. */
import type { DebugInfo } from "./dwarf/debug-info.js";
import type { UsdtLocation } from "./notes.js";
import type { UserSymbol } from "./symbols.js";

export interface UserBinary {
  /** As probes print it. */
  readonly path: string;
  /** What the kernel opens. */
  readonly file: string;
  /** A file of another format has code but no symbols; places in it are offsets. */
  readonly isElf: boolean;
  /** Only what it shows to other programs has a name: its symbol table was cut off, and nobody kept it. */
  isStripped(): boolean;
  /** Every function, once a name, in the order of addresses. */
  functions(): readonly UserSymbol[];
  function(name: string): UserSymbol | undefined;
  variable(name: string): UserSymbol | undefined;
  /** The function that an address lies in. */
  functionAt(address: number): UserSymbol | undefined;
  /** Place in `file` of an address in memory before relocation. */
  fileOffset(address: number): number | undefined;
  /** Bytes at an address; fewer if the file has no more there. */
  code(address: number, length: number): Uint8Array;
  usdt(): readonly UsdtLocation[];
  /** Undefined: nobody kept any. */
  debug(): DebugInfo | undefined;
}

/** User programs, as far as whoever called the compiler lets it see them. */
export interface UserBinaries {
  /**
   * What a target names: a path, a program in PATH, a library (`libc`, `libssl.so.3`), a pattern of paths, a member
   * of an archive (`x.apk!/lib/y.so`). Best first; none if there is no such program.
   */
  find(target: string, options: FindOptions): readonly UserBinary[];
  /** Files that a process, or any process, has mapped to run code from. */
  mapped(pid: number | undefined): readonly UserBinary[];
  /** What the process runs. */
  programOf(pid: number): UserBinary | undefined;
}

export interface FindOptions {
  /** Paths mean what they mean to this process. */
  readonly pid: number | undefined;
  /** Files that are no programs are allowed. */
  readonly unsafe: boolean;
}
