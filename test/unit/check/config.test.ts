import { describe, expect, it } from "vitest";
import { checkText, program } from "./harness.js";

const said = (config: string, environment: Readonly<Record<string, string>> = {}): string[] =>
  checkText(`config = { ${config} } begin { }`, { environment }).diagnostics.map(
    ({ severity, message }) => `${severity}: ${message}`,
  );
const value = (config: string, name: string, environment: Readonly<Record<string, string>> = {}) =>
  program(`config = { ${config} } begin { }`, { environment }).config.variables.get(name);

describe("the config block", () => {
  it("knows a variable by its short name, with prefix, in any case", () => {
    for (const name of ["log_size", "Log_Size", "bpftrace_log_sIze", "BPFTRACE_LOG_SIZE"]) {
      expect(value(`${name} = 150`, "log_size")).toBe(150);
    }
  });
  it("takes numbers as numbers, text and flags", () => {
    expect(value("log_size = 100", "log_size")).toBe(100);
    expect(value('log_size = "101"', "log_size")).toBe(101);
    expect(value("log_size = 0x10", "log_size")).toBe(16);
    expect(said("BPFTRACE_MAX_MAP_KEYS = perf")).toEqual([
      "error: BPFTRACE_MAX_MAP_KEYS: expecting a number, got perf",
    ]);
  });
  it("takes flags as words and numbers", () => {
    for (const text of ["false", "0", '"false"', '"0"', "off", "no"]) {
      expect(value(`print_maps_on_exit = ${text}`, "print_maps_on_exit")).toBe(false);
    }
    for (const text of ["true", "1", "2", "on", "yes"]) {
      expect(value(`cpp_demangle = ${text}`, "cpp_demangle")).toBe(true);
    }
    expect(said("print_maps_on_exit = maybe")).toEqual([
      "error: print_maps_on_exit: Invalid bool value: valid values are true, false, 1 or 0.",
    ]);
  });
  it("takes words, and says which", () => {
    expect(value('cache_user_symbols = "none"', "cache_user_symbols")).toBe("NONE");
    expect(value("cache_user_symbols = 0", "cache_user_symbols")).toBe("NONE");
    expect(value("cache_user_symbols = PER_PROGRAM", "cache_user_symbols")).toBe("PER_PROGRAM");
    expect(value("missing_probes = Warn", "missing_probes")).toBe("warn");
    expect(value('license = "Dual MIT/GPL"', "license")).toBe("Dual MIT/GPL");
    expect(value("unstable_tseries = 1", "unstable_tseries")).toBe("enable");
    expect(said("stack_mode = invalid")).toEqual([
      "error: stack_mode: Invalid value for stack_mode: valid values are bpftrace, raw, perf, and build_id.",
    ]);
    expect(said("stack_mode = 0")[0]).toContain("Invalid value for stack_mode");
    expect(said("missing_probes = 1")[0]).toContain("valid values are ignore, warn, and error.");
    expect(said('license = "MIT"')[0]).toMatch(
      /^error: Invalid value for license\. Found: MIT\. Valid values: Dual MIT\/GPL, /,
    );
    expect(said("unstable_tseries = perhaps")[0]).toContain("valid values are enable, warn, and error.");
  });
  it("takes any text where text is wanted", () => {
    expect(value('str_trunc_trailer = "oh no"', "str_trunc_trailer")).toBe("oh no");
    expect(value("str_trunc_trailer = 0", "str_trunc_trailer")).toBe("0");
  });
  it("warns of old names, and takes them", () => {
    expect(said("strlen = 64")).toEqual(["warning: strlen has been renamed, please use max_strlen"]);
    expect(value("map_keys_max = 7", "max_map_keys")).toBe(7);
  });
  it("warns of what has no effect any more, whatever its value", () => {
    expect(said('symbol_source = "zzz"')).toEqual(["warning: symbol_source is deprecated and has no effect"]);
    expect(said("unstable_map_decl = enable")).toEqual([
      "warning: unstable_map_decl is deprecated and has no effect",
    ]);
  });
  it("yields to the environment, which is judged too", () => {
    expect(value("stack_mode = perf", "stack_mode", { stack_mode: "raw" })).toBe("raw");
    expect(said("stack_mode = perf", { max_strlen: "long" })).toEqual([
      "error: max_strlen: expecting a number, got long",
    ]);
    expect(said("stack_mode = perf", { something_else: "1" })).toEqual([]);
  });
  it("caches symbols by program under -c", () => {
    const { variables } = program("begin { }", { cmd: true }).config;
    expect(variables.get("cache_user_symbols")).toBe("PER_PROGRAM");
  });
});
