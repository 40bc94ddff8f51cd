import type { SourceId } from "./ids.js";

/** A stretch of one source text: UTF-16 offsets, `end` exclusive. */
export interface Span {
  readonly source: SourceId;
  readonly start: number;
  readonly end: number;
}
