/** `uprobe:PROGRAM@FILE:LINE[:COLUMN]`: the statement of a source file, as a debugger would stop at it. */
import type { AttachPoint } from "../../ast/ast.js";
import type { UserBinary } from "../../binary/user-binary.js";
import type { ProviderContext } from "../provider.js";
import { programsOf } from "./user-target.js";
import { hasWildcard } from "./wildcard.js";

export interface SourceLine {
  readonly binary: UserBinary;
  readonly address: number;
  /** `@file.c:12` */
  readonly written: string;
}

const FORMAT = "expected format: uprobe:TARGET@FILE:LINE[:COL]";

/** Is it written this way? An `@` in quotes belongs to a name. */
export function isSourceLine(point: AttachPoint): boolean {
  const [target] = point.parts;
  return target !== undefined && !target.quoted && target.text.includes("@");
}

/** Reports what is wrong and returns undefined. */
export function findSourceLine(point: AttachPoint, context: ProviderContext): SourceLine | undefined {
  const fail = (message: string): undefined => context.error("TB4002", message, point.span);
  const [first, line = "", column, ...more] = point.parts.map((part) => part.text);
  const at = (first ?? "").indexOf("@");
  const target = (first ?? "").slice(0, at);
  const file = (first ?? "").slice(at + 1);
  if (target === "") return fail("Unspecified target binary, cannot attach by source code location.");
  if (hasWildcard(target)) return fail("Cannot use wildcards with source code location");
  if (file === "" || line === "" || more.length > 0) return fail(`Invalid uprobe arguments, ${FORMAT}`);
  if (!/^\d+$/.test(line)) return fail(`Invalid line number: ${line}`);
  if (column !== undefined && !/^\d+$/.test(column)) return fail(`Invalid column number: ${column}`);
  const [binary] = programsOf("uprobe", target, point, context);
  if (binary === undefined) return undefined;
  const debug = binary.debug();
  if (debug === undefined) {
    return context.error(
      "TB4012",
      `No DWARF debug info found for '${binary.path}', cannot attach by source code location.`,
      point.span,
      "compile it with -g, or name the folder of its debug file with --debuginfo",
    );
  }
  const rows = debug.lines(file).filter((row) => row.line === Number(line));
  const wanted = Number(column ?? 0);
  const fitting = rows.filter((each) => wanted === 0 || each.column === wanted);
  // A compiler may leave a line or column no statement of its own.
  const row = fitting.find((each) => each.isStatement) ?? fitting[0];
  const written = [file, line, ...(column === undefined ? [] : [column])].join(":");
  if (row === undefined) {
    const columns = [...new Set(rows.map((each) => each.column))].sort((a, b) => a - b).join(", ");
    const hint = columns === "" ? undefined : `code of this line is at columns ${columns}`;
    return context.error("TB4012", `Unable to map '${written}' to address`, point.span, hint);
  }
  return { binary, address: row.address, written: `@${written}` };
}
