import { describe, expect, it } from "vitest";
import type { Node } from "../../../src/ast/ast.js";
import { printScript } from "../../../src/ast/print.js";
import { forEachNode, rewriteBlock } from "../../../src/ast/walk.js";
import { parseText, probesOf } from "./parse-text.js";

const EVERYTHING = `#define N 1
struct s { int a; };
config = { a = 1 }
import "x";
let @m = hash(1);
macro f($x, @y) { $x }
fn g($x : int8 *) : typeof(int8) { return 1; }
kprobe:f /pid/ {
  let $v : int8[4] = (uint8)-$x ? a.b->c[1].0 : sizeof(int);
  if (a) { @m[1, 2] += "s"; } else { _ = f(typeof($x), true); }
  while ($1) { break; } unroll ($#) { { 1; } } for ($i : 0..2) { }
  $t = (1, { 2 }, if b { 3 } else { &$x }, (k = typeinfo($x)), offsetof(struct s, a));
}`;

describe("walking a tree", () => {
  it("meets every node exactly once, parents before children, in source order", () => {
    const seen: Node[] = [];
    forEachNode(parseText(EVERYTHING), (node) => seen.push(node));
    expect(new Set(seen.map((node) => node.id)).size).toBe(seen.length);
    const kinds = new Set(seen.map((node) => node.kind));
    for (const kind of [
      "cast",
      "ternary",
      "tuple_access",
      "range",
      "type_array",
      "typeof",
      "record",
      "address_of",
    ]) {
      expect(kinds).toContain(kind);
    }
  });
  it("finds children inside their parents' places", () => {
    forEachNode(parseText(EVERYTHING), (parent) => {
      expect(parent.span.end).toBeGreaterThanOrEqual(parent.span.start);
      forEachNode(parent, (node) => {
        expect(node.span.start).toBeGreaterThanOrEqual(parent.span.start);
        expect(node.span.end).toBeLessThanOrEqual(parent.span.end);
      });
    });
  });
});

describe("rewriting a block", () => {
  it("replaces expressions bottom-up and statements by several or none", () => {
    const script = parseText("begin { $a = 1 + 2; exit(); print(3); }");
    const [probe] = probesOf("begin { $a = 1 + 2; exit(); print(3); }");
    if (probe === undefined) throw new Error("no probe");
    const block = rewriteBlock(probe.block, {
      expression: (node) => (node.kind === "integer" ? { ...node, value: 9n, text: "9" } : undefined),
      statement: (node) => {
        if (node.kind !== "expression_statement" || node.expression.kind !== "call") return undefined;
        return node.expression.name === "exit" ? [] : [node, node];
      },
    });
    expect(printScript({ ...script, items: [{ ...probe, block }] })).toBe(
      "begin {\n  $a = 9 + 9;\n  print(9);\n  print(9);\n}\n",
    );
  });
});
