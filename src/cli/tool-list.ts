/** tsbt's own tools: the scripts of `tools/<subsystem>/`, found by name and told by the first line of their header. */
import type { Io } from "./io.js";

export interface Tool {
  readonly name: string;
  /** Its folder: cpu, memory, … */
  readonly subsystem: string;
  readonly path: string;
}

export function listTools(io: Io): readonly Tool[] {
  return io.listFolder(io.toolsFolder).flatMap((subsystem) =>
    io
      .listFolder(`${io.toolsFolder}/${subsystem}`)
      .filter((file) => file.endsWith(".bt"))
      .map((file) => ({
        name: file.slice(0, -".bt".length),
        subsystem,
        path: `${io.toolsFolder}/${subsystem}/${file}`,
      })),
  );
}

/** A tool by its bare name. */
export function findTool(name: string, io: Io): Tool | undefined {
  return /^[\w-]+$/.test(name) ? listTools(io).find((tool) => tool.name === name) : undefined;
}

/** The header's first line without the name: `// runqlat: how long threads wait for a CPU.` */
export function summaryOf(tool: Tool, io: Io): string {
  const text = new TextDecoder().decode(io.readFile(tool.path));
  return /^\/\/ [\w-]+: (.*)$/m.exec(text)?.[1] ?? "";
}
