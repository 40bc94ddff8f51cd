/** Walking and copying AST nodes without naming each kind: any value with a `kind` is a node. */
import type { NodeId, NodeIds } from "../base/ids.js";

export interface AnyNode {
  readonly kind: string;
  readonly id?: NodeId;
}

export function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "kind" in value && typeof value.kind === "string";
}

/** Calls `visit` for the node and all below it, parents first; false keeps it from going deeper. */
export function scan(root: unknown, visit: (node: AnyNode) => boolean | undefined): void {
  if (Array.isArray(root)) {
    for (const item of root) scan(item, visit);
  } else if (typeof root === "object" && root !== null) {
    if (isNode(root) && visit(root) === false) return;
    for (const [name, value] of Object.entries(root)) if (name !== "span") scan(value, visit);
  }
}

/**
 * A copy with fresh ids. `replace` may give another node for one (itself copied no further); undefined goes on.
 * `finish` may change a copy whose parts are copied already.
 */
export function copyTree<T>(
  root: T,
  ids: NodeIds,
  replace: (node: AnyNode) => unknown,
  finish: (made: AnyNode) => AnyNode = (made) => made,
): T {
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== "object" || value === null) return value;
    if (isNode(value)) {
      const other = replace(value);
      if (other !== undefined) return other;
    }
    const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
      if (name === "id") return [name, ids.fresh()];
      return [name, name === "span" ? item : copy(item)];
    });
    const made: unknown = Object.fromEntries(entries);
    return isNode(made) ? finish(made) : made;
  };
  return copy(root) as T;
}

/** The greatest node id in a tree. */
export function highestId(root: unknown): number {
  let most = 0;
  scan(root, (node) => {
    if (node.id !== undefined && node.id > most) most = node.id;
    return true;
  });
  return most;
}
