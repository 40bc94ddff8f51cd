/** What we use of d3-flame-graph 5, which brings no types. */
declare module "d3-flame-graph" {
  import type { Selection } from "d3-selection";

  /** A frame as laid out: d3-hierarchy's node around the data. */
  export interface Frame<T> {
    readonly data: T;
    readonly x0: number;
    readonly x1: number;
    readonly depth: number;
    readonly highlight?: boolean;
  }

  export interface FlameGraph<T> {
    // biome-ignore lint/suspicious/noExplicitAny: d3's own selections are typed by four parameters we do not use
    (selection: Selection<any, T, any, any>): void;
    width(pixels: number): FlameGraph<T>;
    cellHeight(pixels: number): FlameGraph<T>;
    minFrameSize(pixels: number): FlameGraph<T>;
    transitionDuration(milliseconds: number): FlameGraph<T>;
    sort(order: boolean | ((a: Frame<T>, b: Frame<T>) => number)): FlameGraph<T>;
    title(text: string): FlameGraph<T>;
    tooltip(shown: boolean): FlameGraph<T>;
    setLabelHandler(text: (frame: Frame<T>) => string): FlameGraph<T>;
    onHover(handler: (frame: Frame<T>) => void): FlameGraph<T>;
    onClick(handler: (frame: Frame<T>) => void): FlameGraph<T>;
    setDetailsElement(element: Element | null): FlameGraph<T>;
    setDetailsHandler(handler: (text: string | null) => void): FlameGraph<T>;
    setSearchHandler(
      handler: (results: readonly Frame<T>[], sum: number, total: number) => void,
    ): FlameGraph<T>;
    setColorMapper(mapper: (frame: Frame<T>, color: string) => string): FlameGraph<T>;
    search(term: string): void;
    clear(): void;
    resetZoom(): void;
  }

  export default function flamegraph<T>(): FlameGraph<T>;
}
