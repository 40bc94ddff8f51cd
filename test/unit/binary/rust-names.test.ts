import { describe, expect, it } from "vitest";
import { demangleRust } from "../../../src/binary/rust-names.js";

/** What binutils' c++filt --no-verbose says too. */
const names: readonly (readonly [string, string])[] = [
  ["_ZN4demo5shape4area17h0123456789abcdefE", "demo::shape::area"],
  ["_ZN4demo5shape4area17h0123456789abcdefE.llvm.123", "demo::shape::area"],
  [
    "_ZN45_$LT$demo..Pair$LT$A$C$B$GT$$u20$as$u20$T$GT$3fmt17h0123456789abcdefE",
    "<demo::Pair<A,B> as T>::fmt",
  ],
  ["_ZN4demo4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "demo::main::{{closure}}"],
  ["_RNvC4demo4main", "demo::main"],
  ["_RNvNtCs1234_4demo5shape4area", "demo::shape::area"],
  ["_RNCNvC4demo4main0", "demo::main::{closure#0}"],
  ["_RNCNvC4demo4mains_0", "demo::main::{closure#1}"],
  ["_RNvMC4demoNtB2_5Shape4area", "<demo::Shape>::area"],
  ["_RNvXC4demoNtB2_5ShapeNtB2_4Area4area", "<demo::Shape as demo::Area>::area"],
  ["_RNvYNtC4demo5ShapeNtB4_4Area5twice", "<demo::Shape as demo::Area>::twice"],
  ["_RINvC4demo4pickhReQSlTxEE", "demo::pick::<u8, &str, &mut [i32], (i64,)>"],
  ["_RINvC4demo4sizeAtj3_Kj7_Kb1_Kc78_E", "demo::size::<[u16; 3], 7, true, 'x'>"],
  ["_RINvC4demo4callFUKClEmE", 'demo::call::<unsafe extern "C" fn(i32) -> u32>'],
  ["_RINvC4demo4callFG_RL0_hEuE", "demo::call::<for<'a> fn(&'a u8)>"],
  ["_RINvC4demo4callDNtC4core4Iterp4ItemxEL_E", "demo::call::<dyn core::Iter<Item = i64>>"],
];

describe("Rust's names", () => {
  it.each(names)("%s", (mangled, plain) => {
    expect(demangleRust(mangled)).toBe(plain);
  });

  // The last but one refers to itself, the last is of a letter that no name begins with.
  it.each(["main", "_ZN5shape4areaEi", "_R", "_RNv", "_RNvC4dem", "_RNvB_4main", "_RL"])(
    "%s is none",
    (name) => {
      expect(demangleRust(name)).toBeUndefined();
    },
  );

  it("gives up on a name that goes on for ever", () => {
    expect(demangleRust(`_R${"M".repeat(100_000)}`)).toBeUndefined();
    expect(demangleRust(`_RINvC1a1b${"R".repeat(100_000)}hE`)).toBeUndefined();
  });
});
