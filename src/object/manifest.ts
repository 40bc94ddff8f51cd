/**
 * What the loader must know and libbpf has no word for: the JSON text in section `.tsbt`. Declared here once;
 * `runtime/manifest.c` reads exactly this. All sizes and offsets are in bytes, all integers little-endian.
 * Integers that may exceed 2^53 are written as decimal strings.
 */

/** Raised with any change that an older loader would misread. */
export const manifestSchema = 1;

export interface Manifest {
  readonly schema: typeof manifestSchema;
  /** Version of tsbt that wrote it. */
  readonly tsbt: string;
  /** Script as shown to the user. */
  readonly script: string;
  readonly programs: readonly ManifestProgram[];
  readonly maps: readonly ManifestMap[];
  readonly events: readonly ManifestEvent[];
  readonly config: ManifestConfig;
  /** What may have failed: where the word of `runtime.counters` is no longer 0, it did. */
  readonly failures: readonly ManifestFailure[];
  /** Symbols in the object that the loader itself uses. */
  readonly runtime: {
    /** BPF_MAP_TYPE_RINGBUF, or "" when no event is ever sent. */
    readonly ringbuf: string;
    /** ARRAY of one value: u64 events that found the ring full, then one s64 for each of `failures`; "" if unused. */
    readonly counters: string;
    /** ARRAY of one struct {u64 start_boot_ns; u64 cmd_pid; u64 tai_minus_boot_ns; u64 start_ktime_ns}: the loader
     *  writes it before attaching; "" if unused. */
    readonly state: string;
    /** PERF_EVENT_ARRAY: records of skboutput events, each followed by the packet's bytes. `pages`: of its buffer
     *  for each CPU, at least; the loader rounds up to a power of two. */
    readonly packets?: { readonly map: string; readonly pages: number };
    /** Maps of `dw_ustack`, which the loader keeps filled with unwind tables: see src/lower/unwind.ts. */
    readonly unwind?: { readonly processes: string; readonly tables: string; readonly walked: string };
  };
  /** Warnings of the compiler that the loader need not know are absent: they were printed already. */
  readonly needs: {
    /** Uses functions that need --unsafe; the compiler has refused already unless it was given. */
    readonly unsafe: boolean;
    /** Least ABI of kernel: [major, minor]. */
    readonly kernel: readonly [number, number];
  };
}

/** Part of a script, as messages show it. */
export interface ManifestPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `file:line:from-to`, or `file:first-last` for several lines. */
  readonly text: string;
  /** Its source lines; below a single one, marks under the part meant. Each ends with a line break. */
  readonly context: string;
}

export interface ManifestFailure {
  /** The helper whose result the word keeps; "" when the message says it all. */
  readonly helper: string;
  readonly message: string;
  readonly place: ManifestPlace;
}

export interface ManifestConfig {
  readonly printMapsOnExit: boolean;
  readonly maxMapKeys: number;
  /** Stack frames are printed one a line with this many blanks before them. */
  readonly stackMode: "bpftrace" | "perf" | "raw" | "build_id";
  readonly cppDemangle: boolean;
  readonly lazySymbolication: boolean;
  readonly showDebugInfo: boolean;
  readonly maxStrlen: number;
  /** Bytes of a file that cat() prints at most. */
  readonly maxCatBytes: number;
  readonly strTruncTrailer: string;
  readonly missingProbes: "ignore" | "warn" | "error";
}

/** One BPF program: a global function in the object. Its section tells libbpf the program type. */
export interface ManifestProgram {
  /** Symbol, at most 15 characters so that the kernel keeps all of it. */
  readonly name: string;
  /** One or several: a body that does not depend on the attach point is compiled once. */
  readonly attach: readonly ManifestAttach[];
}

interface AttachBase {
  /** Full name as `probe` prints it: `tracepoint:syscalls:sys_enter_open`. */
  readonly probe: string;
  /** Given to bpf_get_attach_cookie(). Decimal text; "" when the program doesn't read it. */
  readonly cookie: string;
  /** Line and column of the attach point in the script, for messages. */
  readonly line: number;
  readonly column: number;
}

export type ManifestAttach = AttachBase &
  (
    | { readonly kind: "begin" } // section raw_tp; run once with BPF_PROG_TEST_RUN after all others attached
    | { readonly kind: "end" } // the same, before maps are printed
    | { readonly kind: "signal"; readonly signal: number } // self:signal:SIGUSR1, run when the loader gets it
    /** Section raw_tp: the loader's timer runs it. `event`: section perf_event, run by the clock of one CPU. */
    | { readonly kind: "interval"; readonly periodNs: string; readonly event?: true }
    | { readonly kind: "profile"; readonly frequency: string; readonly periodNs: string } // one is "0"
    | { readonly kind: "perf"; readonly type: number; readonly config: string; readonly period: string }
    | { readonly kind: "tracepoint"; readonly category: string; readonly event: string }
    /** Section raw_tp or tp_btf. `events`: how many of the script's events it stands for, 1 if absent. */
    | { readonly kind: "raw_tracepoint"; readonly name: string; readonly events?: number }
    | {
        readonly kind: "kprobe";
        readonly function: string;
        readonly offset: number;
        readonly return: boolean;
        readonly module: string;
        /** Decimal text; not "0": there is no function, only this address. */
        readonly address: string;
      }
    | {
        readonly kind: "kprobe_multi";
        readonly functions: readonly string[];
        readonly return: boolean;
        /** Entry and return both: a kprobe session, 6.10. */
        readonly session?: true;
      }
    | {
        readonly kind: "fentry";
        readonly function: string;
        readonly module: string;
        readonly return: boolean;
        /** Id of a BPF program that holds the function; 0: the kernel or `module` does. */
        readonly program: number;
      }
    | {
        /** uprobe, uretprobe, usdt */
        readonly kind: "uprobe";
        readonly path: string;
        /** A USDT probe may sit at several places; all of them are one probe. */
        readonly locations: readonly ManifestUserLocation[];
        readonly return: boolean;
        /** 0: all processes, else only this one. -1: the child of -c or process of -p if given. */
        readonly pid: number;
      }
    | {
        readonly kind: "watchpoint";
        readonly address: string;
        readonly length: number;
        readonly mode: string;
        readonly pid: number;
      }
    | { readonly kind: "iter"; readonly target: string; readonly pin: string }
    | { readonly kind: "test" } // test:name, run with --test
    | { readonly kind: "bench" }
  );

export interface ManifestUserLocation {
  /** In the file, not in memory. Decimal text. */
  readonly fileOffset: string;
  /** Of the counter that says how many listen (USDT semaphore); "0" without one. */
  readonly semaphoreOffset: string;
  readonly cookie: string;
}

/** How bytes in a map or an event are to be read. */
export type ManifestType =
  | { readonly kind: "none"; readonly size?: number } // prints as null: floating point, which scripts cannot compute with
  | { readonly kind: "int"; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: "bool" } // one byte
  /** NUL-terminated unless full. */
  /** One that fills its size was cut, unless it was declared as an array. */
  | { readonly kind: "string"; readonly size: number; readonly array?: true }
  /** u32 length, then the bytes: `size` counts both; prints as text with \x escapes for the unprintable. */
  | { readonly kind: "buffer"; readonly size: number }
  | { readonly kind: "pointer" } // u64
  | {
      readonly kind: "enum";
      readonly size: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly name: string;
      /** [name, decimal value] */
      readonly values: readonly (readonly [string, string])[];
    }
  | {
      readonly kind: "array";
      readonly element: ManifestType;
      readonly length: number;
      readonly stride: number;
    }
  /** Tuples print as (a, b); their members have no names. Records print as { .a = 1, .b = 2 }. */
  | { readonly kind: "tuple"; readonly size: number; readonly members: readonly ManifestMember[] }
  | { readonly kind: "record"; readonly size: number; readonly members: readonly ManifestMember[] }
  | {
      readonly kind: "struct";
      readonly name: string;
      readonly union: boolean;
      readonly size: number;
      readonly members: readonly ManifestMember[];
    }
  /** u32 address family (AF_INET 2, AF_INET6 10), then 16 bytes of address. 20 bytes. */
  | { readonly kind: "inet" }
  | { readonly kind: "mac" } // 6 bytes
  /** s32: id in the stack map, or negative errno; u32: how many frames, for programs alone. */
  | { readonly kind: "kstack"; readonly map: string; readonly depth: number; readonly mode: StackMode }
  /** As kstack, then u32 tgid, u32 index into `programs` (what was probed; helps finding the binary). 16 bytes.
   *  Mode build_id: the map keeps frames as struct bpf_stack_build_id, 32 bytes each. */
  | { readonly kind: "ustack"; readonly map: string; readonly depth: number; readonly mode: StackMode }
  | { readonly kind: "ksym" } // u64 address
  /** u64 address, u32 tgid, u32 unused. 16 bytes. */
  | { readonly kind: "usym" }
  | { readonly kind: "username" } // u64 uid
  /** u64 nanoseconds of the clock named, to be printed with strftime's format. */
  | { readonly kind: "timestamp"; readonly format: string; readonly clock: Clock }
  /** u64 cgroup id; `controller` is the glob given to cgroup_path ("" for all). */
  | { readonly kind: "cgroup_path"; readonly controller: string }
  | { readonly kind: "skb" };

export type StackMode = "bpftrace" | "perf" | "raw" | "build_id";
export type Clock = "boot" | "monotonic" | "tai" | "sw_tai";

export interface ManifestMember {
  /** "" in tuples. */
  readonly name: string;
  readonly offset: number;
  readonly type: ManifestType;
  /** For bit-fields: position of the lowest bit counted from bit 0 of the byte at `offset`, and width. */
  readonly bit?: { readonly shift: number; readonly width: number };
}

/** One `@map` of the script. Maps of the runtime (ring, scratch, stacks) are not listed here. */
export interface ManifestMap {
  /** As printed: `@`, `@name`. */
  readonly name: string;
  /** Symbol of the map in the object. */
  readonly symbol: string;
  /** Undefined: the map has no key (key u32 0 of an ARRAY or PERCPU_ARRAY). A key of several parts is a tuple. */
  readonly key?: ManifestType;
  readonly value: ManifestMapValue;
  /** The value is kept once a CPU; the loader combines them. */
  readonly perCpu: boolean;
  /** Keyless: {u64 set} follows the value when true, so that a never-assigned map prints nothing. */
  readonly hasSetFlag: boolean;
}

export type ManifestMapValue =
  | { readonly kind: "value"; readonly type: ManifestType }
  | { readonly kind: "count" } // u64
  | { readonly kind: "sum"; readonly signed: boolean } // 64 bits
  /** {u64 value, u64 is_set} */
  | { readonly kind: "min"; readonly signed: boolean }
  | { readonly kind: "max"; readonly signed: boolean }
  /** {64-bit total, u64 count}: avg prints the average, stats all three. */
  | { readonly kind: "avg"; readonly signed: boolean }
  | { readonly kind: "stats"; readonly signed: boolean }
  /** u64[buckets], see `histBucket` in lang/aggregations.ts: bits = log2 of linear sub-buckets per octave. */
  | { readonly kind: "hist"; readonly bits: number; readonly buckets: number }
  /** u64[2 + (max-min)/step]: first is below min, last is at or above max. Bounds are decimal text. */
  | {
      readonly kind: "lhist";
      readonly min: string;
      readonly max: string;
      readonly step: string;
      readonly buckets: number;
    }
  | {
      readonly kind: "tseries";
      readonly intervalNs: string;
      readonly intervals: number;
      readonly aggregate: "none" | "avg" | "max" | "min" | "sum";
      readonly signed: boolean;
    };

/**
 * A record in the ring buffer: u32 index into `events`, then the arguments at their offsets (from the record's
 * start). `size` is the whole record's.
 */
export interface ManifestEvent {
  readonly kind: ManifestEventKind;
  readonly size: number;
  /** printf, errorf, warnf, system, cat, debugf: format string. time: strftime format. join: delimiter. skboutput: path
   *  of the file. Else "". */
  readonly format: string;
  readonly args: readonly ManifestMember[];
  /** print_map, clear, zero: index into `maps`; else -1. */
  readonly map: number;
  /** errorf, warnf, helper_error: the call, then the calls of macros it was expanded from; else none. */
  readonly places: readonly ManifestPlace[];
}

export type ManifestEventKind =
  | "printf"
  | "errorf" // to stderr with "ERROR: " and place
  | "warnf"
  | "print_value" // one arg; prints it and a newline
  | "print_map" // args: [top u64, div u64], 0 = not given
  | "print_map_element" // args: [key, value]: prints one element as map printing would
  | "clear"
  | "zero"
  | "time" // no args
  | "join" // one arg: array of strings; empty string ends it
  | "system" // format and args make a shell command
  | "cat" // format and args make a path
  | "exit" // one arg: exit code u64
  | "helper_error" // args: [i64 helper result]; `format` is the helper's name: "probe_read_user"
  | "skboutput" // args: [timestamp, u64 bytes to leave out, u64 bytes copied]; comes through `runtime.packets`
  | "unwatch"; // one arg: address u64
