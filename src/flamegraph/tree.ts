/** The tree that a flame graph draws: a node for each frame in its place, as wide as the stacks that pass it. */
import { type FoldedStack, KERNEL_SUFFIX } from "./folded.js";

/** What a frame's color says. */
export type FrameKind = "kernel" | "inlined" | "jit" | "cpp" | "user";

/** As d3-flame-graph takes it. `value`: own stacks and those of all children. */
export interface FlameNode {
  readonly name: string;
  readonly kind: FrameKind;
  value: number;
  /** Differential graphs: how much more than before, scaled to the same total. */
  delta?: number;
  readonly children: FlameNode[];
}

function kindOf(frame: string): FrameKind {
  if (frame.endsWith(KERNEL_SUFFIX)) return "kernel";
  if (frame.endsWith("_[i]")) return "inlined";
  if (frame.endsWith("_[j]")) return "jit";
  return frame.includes("::") ? "cpp" : "user";
}

function nodeOf(frame: string): FlameNode {
  return { name: frame.replace(/_\[[kij]\]$/, ""), kind: kindOf(frame), value: 0, children: [] };
}

/** `kind` belongs to the identity: a kernel and a user function may have one name. */
function childOf(node: FlameNode, frame: string): FlameNode {
  const fresh = nodeOf(frame);
  const found = node.children.find(({ name, kind }) => name === fresh.name && kind === fresh.kind);
  if (found === undefined) node.children.push(fresh);
  return found ?? fresh;
}

export function treeOf(stacks: readonly FoldedStack[]): FlameNode {
  const root = nodeOf("all");
  for (const { frames, count } of stacks) {
    root.value += count;
    let node = root;
    for (const frame of frames) {
      node = childOf(node, frame);
      node.value += count;
    }
  }
  return root;
}

/**
 * The later tree with each frame's change since the earlier one. The earlier counts are scaled to the later total, so
 * that a longer measurement is no change.
 */
export function differenceOf(before: readonly FoldedStack[], after: readonly FoldedStack[]): FlameNode {
  const earlier = treeOf(before);
  const later = treeOf(after);
  const scale = earlier.value === 0 ? 1 : later.value / earlier.value;
  const walk = (node: FlameNode, old: FlameNode | undefined): void => {
    node.delta = node.value - (old?.value ?? 0) * scale;
    for (const child of node.children) {
      walk(
        child,
        old?.children.find(({ name, kind }) => name === child.name && kind === child.kind),
      );
    }
  };
  walk(later, earlier);
  return later;
}
