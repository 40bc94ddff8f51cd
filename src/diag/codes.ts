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
  // -------------------------------------------------------------------------------------------- 2xxx names
  // -------------------------------------------------------------------------------------------- 3xxx types
  // ------------------------------------------------------------------------------------------- 4xxx probes
  // -------------------------------------------------------------------------------- 5xxx target and limits
  TB5001: limit("not supported yet"),
  // ------------------------------------------------------------------------------------------ 6xxx running
  // ---------------------------------------------------------------------------------------------- 9xxx bugs
  TB9001: bug("internal error"),
} as const satisfies Record<`TB${number}`, CodeInfo>;

export type DiagnosticCode = keyof typeof CODES;

/** Facts about a code; undefined when nobody declared it, which `test/unit/diag` refuses. */
export function codeInfo(code: string): CodeInfo | undefined {
  return (CODES as Readonly<Record<string, CodeInfo>>)[code];
}
