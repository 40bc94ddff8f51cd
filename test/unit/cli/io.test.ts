import { afterEach, describe, expect, it } from "vitest";
import { processIo } from "../../../src/cli/io.js";

describe("the folder of the tools", () => {
  const given = process.env.TSBT_TOOLS;
  afterEach(() => {
    if (given === undefined) delete process.env.TSBT_TOOLS;
    else process.env.TSBT_TOOLS = given;
  });

  it("is named without the way from the front to it: messages show it", () => {
    process.env.TSBT_TOOLS = "/opt/tsbt/dist/../tools";
    expect(processIo().toolsFolder).toBe("/opt/tsbt/tools");
  });
  it("lies beside the compiler where no front says", () => {
    delete process.env.TSBT_TOOLS;
    expect(processIo().toolsFolder).toMatch(/^\/.*\/tools$/);
    expect(processIo().toolsFolder).not.toContain("..");
  });
});
