import { type SourceId, sourceId } from "./ids.js";

/** One text the user wrote: a script file, an imported file, or the argument of `-e`. */
export interface Source {
  readonly id: SourceId;
  /** As shown in diagnostics: the path as given, or `stdin` for text of `-e` (bpftrace's own name for it). */
  readonly name: string;
  readonly text: string;
}

/** Line and column, both from 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** All sources of one compilation, found by id. */
export class Sources {
  private readonly all: Source[] = [];
  private readonly lineStarts = new Map<SourceId, readonly number[]>();

  add(name: string, text: string): Source {
    const source: Source = { id: sourceId(this.all.length), name, text };
    this.all.push(source);
    return source;
  }

  get(id: SourceId): Source {
    const source = this.all[id];
    if (source === undefined) throw new Error(`no source ${id}`);
    return source;
  }

  position(id: SourceId, offset: number): Position {
    const starts = this.startsOf(id);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** The text of one line (from 1), without its line break. */
  line(id: SourceId, line: number): string {
    const starts = this.startsOf(id);
    const from = starts[line - 1];
    if (from === undefined) return "";
    const text = this.get(id).text;
    return text.slice(from, starts[line] ?? text.length).replace(/\r?\n$/, "");
  }

  private startsOf(id: SourceId): readonly number[] {
    const known = this.lineStarts.get(id);
    if (known !== undefined) return known;
    const text = this.get(id).text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.lineStarts.set(id, starts);
    return starts;
  }
}
