import type { SourceId } from "./ids.js";

/** A stretch of one source text: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly source: SourceId;
  readonly start: number;
  readonly end: number;
}

/** The smallest span that covers both. Both must lie in the same source. */
export function coverSpans(first: Span, last: Span): Span {
  return {
    source: first.source,
    start: Math.min(first.start, last.start),
    end: Math.max(first.end, last.end),
  };
}
