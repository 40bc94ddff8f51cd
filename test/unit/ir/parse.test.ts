import { expect, test } from "vitest";
import { parseFunction, parseModule } from "../../../src/ir/parse.js";
import { printModule } from "../../../src/ir/print.js";

/** Every operation once, in every form of its text. */
const everything = `map counts type 1 key 8 value 16 entries 4 flags 1 keys {"kind":"int","name":"uint64_t","size":8,"signed":false} values {"kind":"array","element":{"kind":"int","name":"u8","size":1,"signed":false},"length":16}
map other type 6 key 4 value 8 entries 1 flags 0
rodata 40 bytes
  0 0100000000000000000000000000000000000000000000000000000000000000

program main section uprobe//bin/x:main
  slot s0 8 align 8 $a
  slot s1 3 align 1
b0(%0: ctx):
    %1 = const -5
    %2 : slot = const 0
    %3 = add64 %1, %1
    %4 = sdiv32 %3, %1
    %5 = sle32 %3, %4
    %6 = sext16 %5
    %7 = zext1 %6
    %8 = bswap32 %7
    %9 = loads16 [%0 + 8]
    %10 : slot = slot_addr s0 + 0
    %11 = loadu64 [%10] core 7:0:2:1
    store32 [%10 + 4], %9
    zero [%10], 8
    copy [%10], [%0 + 16], 8 align 4
    %12 : map = map_ref counts
    %13 : map_value = map_value_addr .rodata + 8
    %14 : func = func_ref each
    %15 : map_value = ptr_add %13, %7
    %16 : map_value = field_addr %15 + -8
    %17 = field_addr %1 + 24 core 9:0:1
    atomic add64 [%10], %1
    %18 = atomic xchg32 [%10 + 4], %1
    %19 : map_value? = helper map_lookup_elem(%12, %10)
    helper trace_printk()
    kfunc bpf_iter_num_next(%10)
    %20 = call each(%12, %13, %13, %10)
    branch ne64 %19, %2, b1(%19), b2()
b1(%21: map_value):
    switch %1, -1 -> b2(), 7 -> b3(%1), else b2()
b2():
    jump b3(%3)
b3(%22: int):
    return %22

callback each
b0(%0: map, %1: map_value, %2: map_value, %3: slot):
    unreachable
`;

test("IR text comes back as it was", () => {
  expect(printModule(parseModule(everything))).toBe(everything);
});

test("comments and blanks do not count", () => {
  expect(parseFunction("sub f\nb0(): ; entry\n; a line\n   %0   =  const 1\nreturn %0").blocks).toEqual([
    {
      id: 0,
      params: [],
      instructions: [{ op: "const", result: 0, value: 1n }],
      terminator: { op: "return", value: 0 },
    },
  ]);
});

test.each([
  ["sub f\nb0():\n  %0 = frob64 %1, %2\n", "IR line 3: an operation expected"],
  ["sub f\nb0():\n  jump b1\n", 'IR line 3: "(" expected'],
  ["sub f\nb0():\n  %0 = const 1\n", "b0 has no end"],
  ["sub f\n  %0 = const 1\n", "IR line 2: a block expected"],
])("what cannot be read is refused with its line", (text, message) => {
  expect(() => parseModule(text)).toThrow(message);
});
