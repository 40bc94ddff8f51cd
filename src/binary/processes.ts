/** Running processes, as far as they decide which files a probe means. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

export function runningProcesses(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** The folder under which a process's paths mean what they mean to it: "" when it sees files as we do. */
export function rootOf(pid: number): string {
  const own = link("/proc/self/ns/mnt");
  const other = link(`/proc/${pid}/ns/mnt`);
  return own === undefined || other === undefined || own === other ? "" : `/proc/${pid}/root`;
}

/** Files a process has mapped to run code from, each once, under its own names. */
export function mappedFiles(pid: number): readonly string[] {
  const found = new Set<string>();
  for (const line of readText(`/proc/${pid}/maps`).split("\n")) {
    const match = /^\S+ ..x\S? \S+ \S+ \S+ +(\/.*)$/.exec(line);
    if (match?.[1] !== undefined && !match[1].endsWith(" (deleted)")) found.add(match[1]);
  }
  return [...found];
}

/** PATH as the process has it. */
export function searchPathOf(pid: number): string {
  const entry = readText(`/proc/${pid}/environ`)
    .split("\0")
    .find((each) => each.startsWith("PATH="));
  return entry?.slice("PATH=".length) ?? "";
}

/** The program a process runs, under its own name. */
export function programOf(pid: number): string | undefined {
  return link(`/proc/${pid}/exe`);
}
