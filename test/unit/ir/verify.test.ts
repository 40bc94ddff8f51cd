/** Each kind of unsound IR, and the words it is refused with. */
import { describe, expect, test } from "vitest";
import { parseModule } from "../../../src/ir/parse.js";
import { verifyModule } from "../../../src/ir/verify.js";

const maps = `map counts type 1 key 8 value 16 entries 4 flags 0
rodata 8 bytes
`;

/** A program of these lines; labels stand in them. */
function problems(body: string): readonly string[] {
  return verifyModule(parseModule(`${maps}\nprogram main section raw_tp\n  slot s0 8 align 8\n${body}`));
}

const sound = `b0(%0: ctx):
  %1 : slot = slot_addr s0 + 0
  %2 = const 0
  store64 [%1], %2
  %3 : map = map_ref counts
  %4 : map_value? = helper map_lookup_elem(%3, %1)
  branch ne64 %4, %2, b1(%4), b2()
b1(%5: map_value):
  %6 = loadu64 [%5 + 8]
  return %6
b2():
  return %2`;

test("sound IR has no problems", () => {
  expect(problems(sound)).toEqual([]);
});

describe("unsound", () => {
  test.each([
    ["made twice", "b0():\n  %1 = const 0\n  %1 = const 1\n  return %1", "%1 is made twice"],
    ["made nowhere", "b0():\n  return %1", "%1 is made nowhere"],
    [
      "made on one way only",
      "b0():\n  %1 = const 0\n  branch eq64 %1, %1, b1(), b2()\nb1():\n  %2 = const 1\n  jump b2()\nb2():\n  return %2",
      "%2 is not made on every way here",
    ],
    ["used before it is made", "b0():\n  %1 = add64 %2, %2\n  %2 = const 0\n  return %1", "%2 is not made"],
    ["jump into nothing", "b0():\n  jump b7()", "jump to b7, which does not exist"],
    ["jump to the entry", "b0():\n  jump b0()", "jump to the entry"],
    ["arguments missing", "b0():\n  jump b1()\nb1(%1: int):\n  return %1", "b1 takes 1 arguments and gets 0"],
    [
      "arguments of another kind",
      "b0(%0: ctx):\n  jump b1(%0)\nb1(%1: int):\n  return %1",
      "%0 does not fit %1",
    ],
    ["pointer returned", "b0(%0: ctx):\n  return %0", "%0 is no integer"],
    ["pointer in arithmetic", "b0(%0: ctx):\n  %1 = add64 %0, %0\n  return %1", "%0 is no integer"],
    ["pointer from a number", "b0():\n  %1 : slot = const 7\n  unreachable", "a pointer from a number"],
    [
      "followed without a test",
      sound.replace("b1(%4)", "b1(%4)").replace("ne64", "eq64"),
      "%4 does not fit %5",
    ],
    ["load of a number", "b0():\n  %1 = const 0\n  %2 = loadu8 [%1]\n  return %2", "%1 is no pointer"],
    ["context written", "b0(%0: ctx):\n  %1 = const 0\n  store8 [%0], %1\n  return %1", "not allowed on ctx"],
    [
      "behind a slot's end",
      "b0():\n  %1 : slot = slot_addr s0 + 4\n  %2 = loadu64 [%1]\n  return %2",
      "bytes 4 to 12 of 8",
    ],
    [
      "before a value's start",
      "b0():\n  %1 : map_value = map_value_addr .rodata + 0\n  %2 = loadu8 [%1 + -1]\n  return %2",
      "bytes -1 to 0 of 8",
    ],
    ["unknown map", "b0():\n  %1 : map = map_ref lost\n  unreachable", "there is no map lost"],
    ["unknown function", "b0():\n  %1 : func = func_ref lost\n  unreachable", "there is no function lost"],
    ["unknown slot", "b0():\n  %1 : slot = slot_addr s9 + 0\n  unreachable", "there is no slot s9"],
    [
      "a case twice",
      "b0():\n  %1 = const 0\n  switch %1, 1 -> b1(), 1 -> b1(), else b1()\nb1():\n  return %1",
      "a case occurs twice",
    ],
  ])("%s", (_, body, problem) => {
    expect(problems(body).join("\n")).toContain(problem);
  });

  test("two things of one name", () => {
    const text = `${maps}${maps}\nprogram main section raw_tp\nb0():\n  unreachable\n`;
    expect(verifyModule(parseModule(text))).toEqual(["two things are named counts"]);
  });
});
