/** Branded indices: a NodeId cannot be passed where a ValueId is wanted. All count from zero. */
declare const brand: unique symbol;
export type Branded<T, B extends string> = T & { readonly [brand]: B };

export type SourceId = Branded<number, "SourceId">;
/** Identity of an AST node; unique within one compilation, also across imported files and expansions. */
export type NodeId = Branded<number, "NodeId">;

export function sourceId(index: number): SourceId {
  return index as SourceId;
}

/** Hands out node ids in order; one per compilation. */
export class NodeIds {
  private next = 0;
  /** The next id is at least this: for phases that go on after a tree is built. */
  skipTo(least: number): void {
    this.next = Math.max(this.next, least);
  }
  fresh(): NodeId {
    return this.next++ as NodeId;
  }
}
