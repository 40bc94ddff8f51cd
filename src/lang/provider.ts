/** What an entry of the probe registry is: how its attach points read, and what they attach to. */
import type { AttachPoint } from "../ast/ast.js";
import type { Span } from "../base/span.js";
import type { UserBinaries, UserBinary } from "../binary/user-binary.js";
import type { ContextKind } from "../check/typed-program.js";
import type { DiagnosticCode } from "../diag/codes.js";
import type { ManifestAttach } from "../object/manifest.js";
import type { Target } from "../target/target.js";
import type { BtfTypes } from "../types/from-btf.js";
import type { StructType, Type } from "../types/type.js";
import type { UsdtOperand } from "./probes/usdt-arguments.js";

/** Omit that keeps a union a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** What to attach to; name, cookie and place are filled in by check. */
export type AttachTo = Without<ManifestAttach, "probe" | "cookie" | "line" | "column">;

/** One attach point after wildcards: one event. */
export interface ExpandedProbe {
  /** The registry's name of the provider. */
  readonly provider: string;
  /** What `probe` yields: `tracepoint:syscalls:sys_enter_open`. */
  readonly name: string;
  /** What `probetype` yields. */
  readonly type: string;
  /** libbpf section name. */
  readonly section: string;
  readonly context: ContextKind;
  readonly attach: AttachTo;
  /** Where addresses point unless their type says otherwise. */
  readonly space: "user" | "kernel";
  /** Does it fire in the context of the traced process, at a function's start or end? */
  readonly function?: "entry" | "return";
  /** Of a user function the script names itself, without wildcards: what `func` yields. */
  readonly functionName?: string;
  /** Type of `args`; worked out when asked. Undefined: the provider has none, or the target cannot tell. */
  readonly args?: () => StructType | undefined;
  /** `args` named alone is a record of its members, not the memory they lie in. */
  readonly argsAreRecord?: true;
  /** `args` assigned to a map, or used as a key, is a record of them: typed arguments, no record of the kernel's. */
  readonly argsCanBeKept?: true;
  /** Types that the traced program itself defines. */
  readonly namedType?: (name: string) => Type | undefined;
  /** Types of the module the probe names: the kernel itself may know a struct of it by name only, or not at all. */
  readonly moduleType?: (name: string) => Type | undefined;
  /** `args` is not the context but the traced process' registers, which the context's first word points at. */
  readonly argsIn?: "registers";
  /** Lines of a verbose listing, where they are not what `args` tells. */
  readonly listing?: () => readonly string[];
  /** Type of `retval`. */
  readonly retval?: () => Type | undefined;
  /** USDT: where each argument lies, one list for each way the compiler placed them; the attach cookie says which. */
  readonly usdtArguments?: readonly (readonly UsdtOperand[])[];
  /** Type of `ctx`. */
  readonly ctx?: () => Type | undefined;
  /** Attached where all system calls pass: the program itself looks for this one. */
  readonly syscall?: PassingSyscall;
  /** One program serves many system calls: `probe` is looked up by the number seen at this raw tracepoint. */
  readonly namedBy?: string;
  /** Attached by one call together with others of the same key. */
  readonly batch?: BatchedAttach;
  /** The same event attached more cheaply, for a body that reads at most these fields of `args`. */
  readonly cheaper?: CheaperProbe;
  /** The same event attached so that the body may call kernel functions, where that is another way. */
  readonly forKfuncs?: Pick<ExpandedProbe, "section" | "context" | "attach">;
}

/** A system call where all of them pass: its number, and which argument of the raw tracepoint has that, if one does. */
export interface PassingSyscall {
  readonly number: number;
  readonly argument?: number;
}

/** Probes that one call attaches: all those of a program whose `key` is the same. */
export interface BatchedAttach {
  readonly key: string;
  merge(all: readonly AttachTo[]): AttachTo;
}

/** A cheaper program for the same event. */
export interface CheaperProbe {
  readonly section: string;
  readonly context: ContextKind;
  readonly attach: AttachTo;
  /** Fields of `args` that the cheaper context has too, with its own offsets. */
  readonly args: (() => StructType | undefined) | undefined;
  /** See ExpandedProbe. */
  readonly argsIn?: "registers";
  readonly syscall?: PassingSyscall;
  readonly namedBy?: string;
  readonly batch?: BatchedAttach;
}

/** What expansion may look at. */
export interface ProviderContext {
  readonly target: Target;
  readonly types: BtfTypes;
  readonly maxStrlen: number;
  readonly missingProbes: "ignore" | "warn" | "error";
  readonly unsafe: boolean;
  /** `-p`. */
  readonly pid: number | undefined;
  /** `-c` was given: user probes watch only that process. */
  readonly hasCommand: boolean;
  readonly binaries: UserBinaries | undefined;
  error(code: DiagnosticCode, message: string, span?: Span, hint?: string): undefined;
  warn(code: DiagnosticCode, message: string, span?: Span, hint?: string): void;
  /** What an attach point names exactly is not there: says so as config variable missing_probes asks. */
  missing(what: string, code: DiagnosticCode, hint?: string): readonly never[];
}

export interface ProviderEntry {
  readonly name: string;
  /** Short and older names, as written before the first colon. */
  readonly aliases: readonly string[];
  /** How attach points of this provider are written. */
  readonly forms: readonly string[];
  /** One line. */
  readonly doc: string;
  /** A whole script that runs. */
  readonly example: string;
  /** Can this target attach any probe of the provider? Absent: every target can. */
  readonly available?: (target: Target) => boolean;
  /** All events an attach point names; empty after an error was reported. */
  readonly expand: (point: AttachPoint, context: ProviderContext) => readonly ExpandedProbe[];
  /**
   * Names for `-l`: the part after the provider. `parts`: how many the search pattern has. Absent: an attach point's
   * own expansion finds them.
   */
  readonly list?: (target: Target, parts: number) => Iterable<string>;
  /** Lines for `-lv`: the arguments of one of the names. */
  readonly describe?: (target: Target, name: string) => readonly string[];
  /** Is part of a listing that names no provider. */
  readonly listedAlways?: true;
  /** False: nothing that a listing of a script shows. */
  readonly isListed?: false;
  /** What stands behind the first part is a count or a period. */
  readonly countsLast?: true;
  /** Names for `-l` in one program; the part after its path. */
  readonly listIn?: (binary: UserBinary) => Iterable<string>;
  /** Listed when it is named itself, not by a wildcard: the same places are listed by another provider. */
  readonly listedByName?: true;
}
