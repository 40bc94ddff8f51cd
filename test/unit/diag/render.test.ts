import { describe, expect, it } from "vitest";
import { Sources } from "../../../src/base/source.js";
import { CODES, codeInfo } from "../../../src/diag/codes.js";
import { Log } from "../../../src/diag/diagnostic.js";
import { render, renderContext } from "../../../src/diag/render.js";

const sources = new Sources();
const source = sources.add("a.bt", "begin {\n\t$x = y;\n}\n");
const span = (start: number, end: number) => ({ source: source.id, start, end });

describe("rendering diagnostics", () => {
  it("shows place, code, line, marks and hint, a tab as four columns", () => {
    const log = new Log();
    log.error("TB1001", span(14, 15), "no y", "define y.");
    expect(render(log.diagnostics, sources)).toBe(
      "a.bt:2:7-8: ERROR: no y\n    $x = y;\n         ~\nHINT: define y.\nCODE: TB1001\n",
    );
  });
  it("shows all lines of a longer place, without marks", () => {
    const log = new Log();
    log.error("TB1001", span(0, 18), "all of it");
    expect(render(log.diagnostics, sources)).toBe(
      "a.bt:1-3: ERROR: all of it\nbegin {\n\t$x = y;\n}\nCODE: TB1001\n",
    );
  });
  it("puts errors before warnings and keeps the order within each", () => {
    const log = new Log();
    log.warning("TB1001", undefined, "w");
    log.error("TB1001", undefined, "e1");
    log.error("TB1001", undefined, "e2");
    expect(render(log.diagnostics, sources)).toBe(
      "ERROR: e1\nCODE: TB1001\nERROR: e2\nCODE: TB1001\nWARNING: w\nCODE: TB1001\n",
    );
  });
  it("shows related places with their own words", () => {
    const log = new Log();
    const related = [{ span: span(0, 5), message: "here first" }];
    log.add({ code: "TB1011", severity: "error", message: "again", span: span(9, 11), related });
    expect(render(log.diagnostics, sources)).toContain("a.bt:1:1-6: ERROR: here first\nbegin {\n~~~~~\n");
  });
  it("asks for a report when the fault is ours", () => {
    const log = new Log();
    log.error("TB9001", undefined, "oops");
    expect(render(log.diagnostics, sources)).toMatch(/^BUG: oops\nHINT: .*report.*\nCODE: TB9001\n$/);
  });
  it("paints the headline only when asked to", () => {
    const log = new Log();
    log.error("TB1001", undefined, "e");
    expect(render(log.diagnostics, sources, { color: true })).toBe("\x1b[31mERROR: e\x1b[0m\nCODE: TB1001\n");
  });
  it("marks one column at the end of the text", () => {
    const log = new Log();
    log.error("TB1016", span(18, 18), "more");
    expect(render(log.diagnostics, sources)).toBe("a.bt:3:2-2: ERROR: more\n}\n ~\nCODE: TB1016\n");
  });
});

describe("the table of codes", () => {
  it("has well-formed codes with titles, limits only among 5xxx, bugs only among 9xxx", () => {
    for (const [code, { class: kind, title }] of Object.entries(CODES)) {
      expect(code).toMatch(/^TB[1-69]\d{3}$/);
      expect(title).not.toBe("");
      expect(kind === "bug").toBe(code.startsWith("TB9"));
      if (kind === "limit") expect(code).toMatch(/^TB[56]/);
    }
  });
  it("is asked by code", () => {
    expect(codeInfo("TB1003")?.title).toBe("unterminated string");
    expect(codeInfo("TB0000")).toBeUndefined();
  });
});

describe("lines that are no lines of a script", () => {
  const shown = (text: string, start: number, end: number): string => {
    const sources = new Sources();
    const { id } = sources.add("x", text);
    return renderContext({ source: id, start, end }, sources);
  };

  it("a long one is shown around the place", () => {
    const [line = "", marks = ""] = shown(
      `${"a".repeat(50_000)}bad${"c".repeat(50_000)}`,
      50_000,
      50_003,
    ).split("\n");
    expect(line.length).toBe(2000);
    expect(line.slice(marks.indexOf("~"), marks.length)).toBe("bad");
  });

  it("a place as long as the line is marked as far as it is shown", () => {
    const [line = "", marks = ""] = shown("a".repeat(50_000), 10, 50_000).split("\n");
    expect(marks.length).toBe(line.length);
  });

  it("control characters do not reach the terminal", () => {
    expect(shown("a\x1b[2Jb\x00c\r\nd", 0, 1)).toBe("a?[2Jb?c\n~\n");
  });
});
