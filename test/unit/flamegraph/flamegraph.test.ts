import { describe, expect, it } from "vitest";
import { readStacks } from "../../../src/flamegraph/folded.js";
import { flamegraphPage } from "../../../src/flamegraph/page.js";
import { differenceOf, treeOf } from "../../../src/flamegraph/tree.js";
import { tsbt } from "../cli/fake-io.js";

describe("reading stacks", () => {
  it("reads folded lines, blanks in names included", () => {
    expect(readStacks("main;a b;c 12\nnonsense\nmain 3\n")).toEqual([
      { frames: ["main", "a b", "c"], count: 12 },
      { frames: ["main"], count: 3 },
    ]);
  });
  it("reads a map keyed by a stack, outermost first, without offsets", () => {
    expect(readStacks("Tracing…\n\n@[\n        c+4\n        b+0x10\n        main+7\n]: 5\n")).toEqual([
      { frames: ["main", "b", "c"], count: 5 },
    ]);
  });
  it("puts words first, then user frames, then kernel frames, whichever way the key has them", () => {
    const expected = [
      {
        frames: ["cat", "42", "main", "read", "entry_SYSCALL_64_after_hwframe_[k]", "vfs_read_[k]"],
        count: 9,
      },
    ];
    const kernel = "        vfs_read+1\n        entry_SYSCALL_64_after_hwframe+118\n";
    const user = "        read+2\n        main+3\n";
    expect(readStacks(`@x[\n${kernel}, \n${user}, cat, 42]: 9\n`)).toEqual(expected);
    expect(readStacks(`@x[\n${user}, \n${kernel}, cat, 42]: 9\n`)).toEqual(expected);
  });
  it("passes over maps without stacks, and histograms", () => {
    expect(readStacks("@a[cat]: 3\n@b[\n        f+1\n]: 2\n@c[x]:\n[0] 1 |@@|\n")).toEqual([
      { frames: ["f"], count: 2 },
    ]);
  });
  it("reads JSON lines", () => {
    const line = JSON.stringify({
      type: "map",
      data: { "@": { "\n        f+1\n        main+2\n,cat": 4 } },
    });
    expect(readStacks(`{"type": "attached_probes", "data": {"probes": 1}}\n${line}\n`)).toEqual([
      { frames: ["cat", "main", "f"], count: 4 },
    ]);
  });
});

describe("the tree", () => {
  const stacks = [
    { frames: ["a", "b"], count: 2 },
    { frames: ["a"], count: 1 },
    { frames: ["a", "b_[k]"], count: 4 },
  ];
  it("adds up counts, and keeps kernel and user functions of one name apart", () => {
    expect(treeOf(stacks)).toMatchObject({
      value: 7,
      children: [
        {
          name: "a",
          value: 7,
          children: [
            { name: "b", kind: "user", value: 2 },
            { name: "b", kind: "kernel", value: 4 },
          ],
        },
      ],
    });
  });
  it("tells changes against the same total", () => {
    const before = [
      { frames: ["a"], count: 20 },
      { frames: ["b"], count: 20 },
    ];
    const after = [
      { frames: ["a"], count: 3 },
      { frames: ["c"], count: 1 },
    ];
    const { children, delta } = differenceOf(before, after);
    expect(delta).toBe(0);
    expect(children.map(({ name, delta: change }) => [name, change])).toEqual([
      ["a", 1],
      ["c", 1],
    ]);
  });
});

describe("the page", () => {
  it("cannot be broken by what stands in names", () => {
    const page = flamegraphPage({
      title: "<b>&",
      tree: treeOf([{ frames: ["</script><script>alert(1)"], count: 1 }]),
      differential: false,
      program: 'x("</script>")',
      styles: "",
    });
    expect(page).toContain("<title>&lt;b&gt;&amp;</title>");
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });
  it("is written by the command, or refused when there are no stacks", () => {
    const good = tsbt(["flamegraph", "-o", "/page.html", "--title", "T"], { stdin: "a;b 1\n" });
    expect(good.code).toBe(0);
    expect(good.written["/page.html"]).toContain('"name":"b"');
    const bad = tsbt(["flamegraph", "/x"], { files: { "/x": "nothing here\n" } });
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/^ERROR: '\/x' holds no stacks\nHINT: .*\nCODE: TB6022\n$/);
  });
});
