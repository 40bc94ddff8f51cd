import { describe, expect, it } from "vitest";
import { withoutParameters } from "../../../src/binary/cpp-text.js";
import { demangle } from "../../../src/binary/demangle.js";

/** What binutils' c++filt says too. */
const names: readonly (readonly [string, string])[] = [
  ["_Z3foov", "foo()"],
  ["_Z3addii", "add(int, int)"],
  ["_ZN5MyApp6Server14handle_requestEi", "MyApp::Server::handle_request(int)"],
  ["_ZNK5shape4areaEv", "shape::area() const"],
  ["_ZN5shapeC1Eii", "shape::shape(int, int)"],
  ["_ZN5shapeD2Ev", "shape::~shape()"],
  ["_Z4nameRKSsPKc", "name(std::string const&, char const*)"],
  [
    "_ZN9__gnu_cxx17__normal_iteratorIPiSt6vectorIiSaIiEEEppEv",
    "__gnu_cxx::__normal_iterator<int*, std::vector<int, std::allocator<int> > >::operator++()",
  ],
  ["_ZSt4swapIiEvRT_S1_", "void std::swap<int>(int&, int&)"],
  ["_Z3runPFivE", "run(int (*)())"],
  ["_ZN12_GLOBAL__N_13fooEv", "(anonymous namespace)::foo()"],
  ["_Z5fixedILi3EEvv", "void fixed<3>()"],
  ["_ZltRK1AS1_", "operator<(A const&, A const&)"],
  ["_ZN1AcvbEv", "A::operator bool()"],
  ["_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()() const"],
  ["_ZN1A1fEv.constprop.0", "A::f()"],
  // Packs, empty ones too; references to references; arguments of templates among the parameters.
  ["_Z3allIJiPKcS1_EEvDpT_", "void all<int, char const*, char const*>(int, char const*, char const*)"],
  ["_Z3allIJEEvDpT_", "void all<>()"],
  ["_Z3fwdIiJRcS0_EEvOT_DpOT0_", "void fwd<int, char&, char&>(int&&, char&, char&)"],
  ["_Z4sizeIJA3_cEEvDpRKT_", "void size<char [3]>(char const (&) [3])"],
  ["_Z4pickIKhEPT_PKS1_", "unsigned char const* pick<unsigned char const>(unsigned char const*)"],
  ["_Z1fI1AEvSt6vectorIiSaIiEET_", "void f<A>(std::vector<int, std::allocator<int> >, A)"],
  ["_Z6resultI1AEvT_", "void result<A>(A)"],
  ["_ZStlsIcEvT_", "void std::operator<< <char>(char)"],
  // The standard library's abbreviations: long where a constructor is named.
  [
    "_ZNSsC1ERKSs",
    "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::basic_string(std::string const&)",
  ],
  ["_ZNKSs4sizeEv", "std::string::size() const"],
  ["_ZZ4makeIiEvT_E7counter", "make<int>(int)::counter"],
];

describe("C++ names", () => {
  it.each(names)("%s", (mangled, plain) => {
    expect(demangle(mangled)).toBe(plain);
  });

  it.each(["main", "_Z", "_ZN", "_ZN3foo", "_Z9shortfoo", "_ZTV5shape", "_ZS_", "_Z1fT_"])(
    "%s is none",
    (name) => {
      expect(demangle(name)).toBeUndefined();
    },
  );

  it.each([
    ["MyApp::f(int)", "MyApp::f"],
    ["A::operator()(int) const", "A::operator()"],
    ["(anonymous namespace)::f(int)", "(anonymous namespace)::f"],
    ["void std::swap<int (*)(char)>(int)", "void std::swap<int (*)(char)>"],
    ["operator<(A const&, A const&)", "operator<"],
    ["plain", "plain"],
  ])("%s without parameters", (name, bare) => {
    expect(withoutParameters(name)).toBe(bare);
  });
});
