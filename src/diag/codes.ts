import type { DiagnosticClass } from "./diagnostic.js";

/** What is fixed about a code: whose turn it is, and its title in `docs/errors.md`. */
export interface CodeInfo {
  readonly class: DiagnosticClass;
  readonly title: string;
}

const user = (title: string): CodeInfo => ({ class: "user", title });
const limit = (title: string): CodeInfo => ({ class: "limit", title });
const bug = (title: string): CodeInfo => ({ class: "bug", title });

/**
 * Every diagnostic tsbt can give. Codes are stable: append, never renumber, never reuse. The thousands say
 * where it comes from: 1 syntax, 2 names, 3 types, 4 probes, 5 target and limits, 6 running, 9 our own bugs.
 */
export const CODES = {
  // ------------------------------------------------------------------------------------------- 1xxx syntax
  TB1001: user("unexpected token"),
  TB1002: user("block, bracket or predicate is never closed"),
  TB1003: user("unterminated string"),
  TB1004: user("unterminated comment"),
  TB1005: user("unexpected character"),
  TB1006: user("invalid integer literal"),
  TB1007: user("invalid escape in a string"),
  TB1008: user("missing `;` between statements"),
  TB1009: user("missing attach point"),
  TB1010: user("declaration stands in the wrong place"),
  TB1011: user("duplicate config block"),
  TB1012: user("invalid character literal"),
  TB1013: user("invalid positional parameter"),
  TB1014: user("duplicate field name in a record"),
  TB1015: user("closing bracket without an opening one"),
  TB1016: user("missing action block"),
  TB1017: user("invalid C definition"),
  TB1018: user("invalid config value"),
  TB1019: user("script nests too deeply"),
  // -------------------------------------------------------------------------------------------- 2xxx names
  TB2001: user("unknown identifier"),
  TB2002: user("unknown function"),
  TB2003: user("undefined or undeclared variable"),
  TB2004: user("undefined map"),
  TB2005: user("unknown field"),
  TB2006: user("unknown type"),
  TB2007: user("unknown config variable"),
  TB2008: user("name declared twice"),
  TB2009: user("wrong use of a macro"),
  TB2010: user("import not found"),
  TB2011: user("unknown kernel symbol"),
  TB2012: user("invalid map declaration"),
  TB2013: user("unknown cgroup"),
  TB2014: user("unknown symbol of a program"),
  TB2015: user("map or variable without use"),
  TB2020: user("header not found"),
  TB2021: user("invalid C declaration"),
  TB2022: user("invalid preprocessor line"),
  // -------------------------------------------------------------------------------------------- 3xxx types
  TB3001: user("type mismatch in an assignment"),
  TB3002: user("operator cannot be used on these types"),
  TB3003: user("wrong number of arguments"),
  TB3004: user("wrong type of argument"),
  TB3005: user("format string does not match its arguments"),
  TB3006: user("map key mismatch"),
  TB3007: user("map used with and without a key"),
  TB3008: user("wrong use of an aggregation"),
  TB3009: user("not assignable"),
  TB3010: user("invalid cast"),
  TB3011: user("invalid index"),
  TB3012: user("not a struct or record"),
  TB3013: user("constant required"),
  TB3014: user("invalid condition"),
  TB3015: user("jump in the wrong place"),
  TB3016: user("invalid value of a config variable"),
  TB3017: user("value cannot be iterated"),
  TB3018: user("value cannot be printed"),
  TB3019: user("function needs --unsafe"),
  TB3020: user("invalid positional parameter"),
  TB3021: user("assertion of the script failed at compile time"),
  TB3022: user("value is discarded"),
  TB3023: user("operands of different signs"),
  TB3024: user("value is shortened"),
  TB3025: user("value of a type that cannot be stored"),
  TB3026: user("function meant for debugging only"),
  TB3027: user("unstable feature"),
  TB3028: user("statement that is never reached"),
  TB3029: user("variable read outside of its block"),
  TB3030: user("deprecated statement"),
  // ------------------------------------------------------------------------------------------- 4xxx probes
  TB4001: user("unknown probe type"),
  TB4002: user("malformed attach point"),
  TB4003: user("unknown tracepoint"),
  TB4004: user("no probe matches"),
  TB4005: user("builtin is not available in this probe"),
  TB4006: user("probe has no arguments of that form"),
  TB4007: user("unknown event"),
  TB4008: user("unknown function to probe"),
  TB4009: user("too many probes"),
  TB4010: user("script has no probe"),
  TB4011: user("place in a program cannot be probed"),
  TB4012: user("no debug information for a source line"),
  TB4020: user("offset outside a function"),
  TB4021: user("probe needs --unsafe"),
  TB4022: user("fentry cannot be placed at a function"),
  TB4023: user("several functions of one name"),
  // -------------------------------------------------------------------------------- 5xxx target and limits
  TB5001: limit("not supported"),
  TB5002: limit("the target has no type information"),
  TB5003: limit("the target lacks a feature"),
  TB5010: limit("a function needs more stack than the kernel gives"),
  TB5011: limit("a value is too large for a map"),
  TB5012: limit("imported C cannot be linked"),
  // ------------------------------------------------------------------------------------------ 6xxx running
  TB6001: user("a file cannot be read"),
  TB6002: user("a file cannot be written"),
  TB6003: limit("no loader is built here"),
  TB6004: user("unknown stage to dump"),
  TB6005: user("wrong command line"),
  TB6020: user("an event or value is not written as the command wants it"),
  TB6021: user("no such tool"),
  TB6022: user("there are no stacks in a file"),
  // 61xx are the loader's: runtime/codes.h names the same.
  TB6101: user("missing privilege"),
  TB6102: user("an object is cut short, forged, or not one of ours"),
  TB6103: user("an object was built by a newer tsbt"),
  TB6104: user("the output cannot be written"),
  TB6105: user("a process cannot be traced"),
  TB6106: user("a command cannot be run"),
  TB6107: user("a probe cannot be attached"),
  TB6108: limit("the kernel lacks support or memory"),
  TB6109: limit("the compiler cannot be started"),
  TB6110: user("something failed while tracing"),
  TB6111: user("a command needs --unsafe"),
  TB6112: user("wrong command line of the loader"),
  TB6113: limit("out of memory"),
  TB6114: user("the kernel refuses how one of its functions is called"),
  TB6115: limit("the kernel lacks a field or type the object reads"),
  TB6116: limit("a program is more than the kernel's verifier looks through"),
  TB6117: limit("the kernel does not offer a helper to a probe"),
  // ---------------------------------------------------------------------------------------------- 9xxx bugs
  TB9001: bug("internal error"),
  TB9002: bug("the intermediate code is inconsistent"),
  TB9003: bug("register allocation could not be proven"),
  TB9004: bug("the kernel's verifier refuses a program"),
} as const satisfies Record<`TB${number}`, CodeInfo>;

export type DiagnosticCode = keyof typeof CODES;

/** Facts about a code; undefined when nobody declared it, which `test/unit/diag` refuses. */
export function codeInfo(code: string): CodeInfo | undefined {
  return (CODES as Readonly<Record<string, CodeInfo>>)[code];
}
