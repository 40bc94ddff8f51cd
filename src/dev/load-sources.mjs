/** TypeScript sources for the tools of this folder: bundled as one module that Node can import. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The module of a source file. The bundle lies inside the tree, where its packages are found. */
export async function loadSources(entry) {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/sources-"));
  const outfile = join(folder, "bundle.mjs");
  try {
    const entryPoints = [join(root, entry)];
    await build({
      entryPoints,
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
    });
    return await import(outfile);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
