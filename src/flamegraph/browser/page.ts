/** The program inside the page: draws the tree that stands in the element `data`, and answers to mouse and keys. */
import flamegraph, { type Frame } from "d3-flame-graph";
import { select } from "d3-selection";
import type { FlameNode, FrameKind } from "../tree.js";

type FlameFrame = Frame<FlameNode>;

/** Hue and words for each kind of frame; the lightness comes from the name, so that neighbours differ. */
const KINDS: Readonly<Record<FrameKind, readonly [hue: number, words: string]>> = {
  kernel: [24, "kernel"],
  user: [50, "user"],
  cpp: [200, "C++ and Rust"],
  jit: [120, "JIT-compiled"],
  inlined: [280, "inlined"],
};

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element '${id}'`);
  return found;
}

/** A small number from a name: the same name has the same color in every graph. */
function hashOf(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 1000;
  return hash / 1000;
}

function kindColor({ data }: FlameFrame): string {
  const [hue] = KINDS[data.kind];
  const variation = hashOf(data.name);
  return `hsl(${hue + (variation - 0.5) * 16} 80% ${62 + variation * 14}%)`;
}

/** Red grew, blue shrank, as strongly as its share of the whole. */
function changeColor({ data }: FlameFrame): string {
  const share = Math.max(-1, Math.min(1, ((data.delta ?? 0) / (total || 1)) * 4));
  const lightness = 96 - Math.abs(share) * 46;
  return share === 0 ? "hsl(0 0% 92%)" : `hsl(${share > 0 ? 8 : 215} 85% ${lightness}%)`;
}

function percent(part: number): string {
  return `${((part / (total || 1)) * 100).toFixed(2)}%`;
}

function describe({ data }: FlameFrame): string {
  const change =
    data.delta === undefined ? "" : `, ${data.delta >= 0 ? "+" : ""}${Math.round(data.delta)} since before`;
  return `${data.name}: ${data.value} (${percent(data.value)}${change})`;
}

const { tree, differential } = JSON.parse(element("data").textContent ?? "{}") as {
  tree: FlameNode;
  differential: boolean;
};
const total = tree.value;
const details = element("details");
const chart = flamegraph<FlameNode>()
  // The scroll bar that a tall graph brings takes room beside it.
  .width(element("chart").clientWidth - 20)
  .cellHeight(18)
  .minFrameSize(1)
  .transitionDuration(200)
  .sort(true)
  .tooltip(false)
  .setLabelHandler(describe)
  .setColorMapper((frame) =>
    frame.highlight === true ? "#e600e6" : differential ? changeColor(frame) : kindColor(frame),
  )
  .onHover((frame) => {
    details.textContent = describe(frame);
  })
  .setDetailsHandler((text) => {
    details.textContent = text ?? "";
  })
  .setSearchHandler((_results, sum) => {
    details.textContent = `matched: ${sum} (${percent(sum)})`;
  });

element("legend").textContent = differential
  ? "red: more than before, blue: less"
  : `colors: ${Object.entries(KINDS)
      .map(([, [, words]]) => words)
      .join(", ")}`;
select("#chart").datum(tree).call(chart);

const term = element("term") as HTMLInputElement;
term.addEventListener("input", () => {
  if (term.value === "") chart.clear();
  else chart.search(term.value);
});
element("search").addEventListener("submit", (event) => event.preventDefault());
element("reset").addEventListener("click", () => chart.resetZoom());
