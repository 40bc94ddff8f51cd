import type { CstNode, IToken } from "chevrotain";
import type { Import } from "../ast/ast.js";
import type { NodeId, NodeIds } from "../base/ids.js";
import type { Source } from "../base/source.js";
import type { Span } from "../base/span.js";
import type { Log } from "../diag/diagnostic.js";

/** A token or a CST node: anything that covers text. */
export type Covering = IToken | CstNode;

/** What every AST node carries. */
export interface Place {
  readonly id: NodeId;
  readonly span: Span;
}

/** What the builders of one parse share: where ids come from and where complaints go. */
export class BuildContext {
  /** `import` inside a block means the same as at the top; collected here on the way. */
  readonly blockImports: Import[] = [];
  constructor(
    readonly source: Source,
    private readonly ids: NodeIds,
    readonly log: Log,
  ) {}

  /** A fresh id, and the span from the first to the last of the given pieces of text. */
  place(first: Covering, last: Covering = first): Place {
    return { id: this.ids.fresh(), span: this.span(first, last) };
  }

  placeAt(span: Span): Place {
    return { id: this.ids.fresh(), span };
  }

  span(first: Covering, last: Covering = first): Span {
    return this.spanAt(startOf(first), endOf(last));
  }

  spanAt(start: number, end: number): Span {
    return { source: this.source.id, start, end };
  }

  text(span: Span): string {
    return this.source.text.slice(span.start, span.end);
  }
}

export function startOf(piece: Covering): number {
  return ("children" in piece ? piece.location?.startOffset : piece.startOffset) ?? 0;
}

/** Exclusive, unlike chevrotain's own. */
export function endOf(piece: Covering): number {
  return (("children" in piece ? piece.location?.endOffset : piece.endOffset) ?? -1) + 1;
}

/**
 * What the grammar guarantees to be there. The CST is only built from when no syntax error was found, so
 * recovery has left no holes; a missing child is our own mistake.
 */
export function first<T>(children: readonly T[] | undefined): T {
  const child = children?.[0];
  if (child === undefined) throw new Error("the syntax tree lacks a child its rule demands");
  return child;
}
