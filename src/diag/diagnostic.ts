import type { Span } from "../base/span.js";

/**
 * Whose turn it is. `user`: the script is wrong. `limit`: the kernel or target cannot do it (says the limit,
 * the need, the way out). `bug`: ours; asks for a report.
 */
export type DiagnosticClass = "user" | "limit" | "bug";
export type Severity = "error" | "warning";

/** A message as a value. Only `diag/render.ts` turns it into text. */
export interface Diagnostic {
  /** Stable: "TB" and four digits, listed in `diag/codes.ts`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Where; absent only for messages about the command line or the machine. */
  readonly span?: Span;
  /** What to do about it. */
  readonly hint?: string;
  /** Whole lines shown below the hints, as they are. */
  readonly below?: string;
  /** Further places, each with its own words ("first assigned here"). */
  readonly related?: readonly { readonly span: Span; readonly message: string }[];
}

/** Where a phase appends what it has to say. Phases go on after an error where they safely can. */
export class Log {
  readonly diagnostics: Diagnostic[] = [];
  private errors = 0;

  get hasErrors(): boolean {
    return this.errors > 0;
  }

  add(diagnostic: Diagnostic): void {
    // One place reported twice by recovery is noise to the reader.
    if (diagnostic.severity === "error") this.errors++;
    this.diagnostics.push(diagnostic);
  }

  error(code: string, span: Span | undefined, message: string, hint?: string): void {
    this.add({
      code,
      severity: "error",
      message,
      ...(span === undefined ? {} : { span }),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  warning(code: string, span: Span | undefined, message: string, hint?: string): void {
    this.add({
      code,
      severity: "warning",
      message,
      ...(span === undefined ? {} : { span }),
      ...(hint === undefined ? {} : { hint }),
    });
  }
}
