/**
 * `npm install` ends here: builds dist/ from the sources. Plain JavaScript, because it runs before anything is
 * compiled. Each step is skipped while what it made is newer than all it was made from.
 *
 *   dist/tsbt.cjs    the compiler, one CommonJS bundle
 *   dist/tsbt.blob   the same as a V8 startup snapshot of this node binary; dist/tsbt.node names that binary
 *   dist/flamegraph.js, .css   what `tsbt flamegraph` puts into its pages
 *   dist/tsbt        the native front and loader
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
const forced = process.argv.includes("--force");

const debianPackages = [
  "gcc",
  "make",
  "pkg-config",
  "libc6-dev",
  "libbpf-dev",
  "libelf-dev",
  "zlib1g-dev",
  "libjansson-dev",
  "libdw-dev",
  "libiberty-dev",
];
const otherSystems = `  Debian, Ubuntu: apt-get install ${debianPackages.join(" ")}
  Fedora:         dnf install gcc make pkgconf-pkg-config libbpf-devel elfutils-libelf-devel elfutils-devel zlib-devel jansson-devel binutils-devel
  Arch:           pacman -S gcc make pkgconf libbpf libelf elfutils zlib jansson binutils
  Alpine:         apk add gcc make pkgconf musl-dev linux-headers libbpf-dev elfutils-dev zlib-dev jansson-dev binutils-dev`;

function say(text) {
  process.stdout.write(`tsbt: ${text}\n`);
}

function filesUnder(folder, pattern) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Content hash of files: times lie after a fresh clone, contents don't. */
function hashOf(files, extra = "") {
  const hash = createHash("sha256");
  for (const file of files) hash.update(file).update(readFileSync(file));
  return hash.update(extra).digest("hex");
}

function isCurrent(output, stamp) {
  const file = `${output}.stamp`;
  return !forced && existsSync(output) && existsSync(file) && readFileSync(file, "utf8") === stamp;
}

async function buildBundle() {
  const output = join(dist, "tsbt.cjs");
  const inputs = [
    ...filesUnder(join(root, "src"), /\.(ts|bt)$/),
    ...filesUnder(join(root, "grammar"), /\.ts$/),
    join(root, "package-lock.json"),
    join(root, "package.json"),
    fileURLToPath(import.meta.url),
  ];
  const stamp = hashOf(inputs);
  if (isCurrent(output, stamp)) return stamp;
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(root, "src/snapshot-entry.ts")],
    outfile: output,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: true,
    // Chevrotain reads the rules' own text only in code we do not use, but class names appear in its messages.
    keepNames: false,
    legalComments: "none",
    loader: { ".bt": "text" },
    logLevel: "warning",
  });
  writeFileSync(`${output}.stamp`, stamp);
  say("built the compiler: dist/tsbt.cjs");
  return stamp;
}

/** The program and the styles of flame graph pages. */
async function buildPageParts() {
  const output = join(dist, "flamegraph.js");
  const inputs = [
    ...filesUnder(join(root, "src/flamegraph/browser"), /\.(ts|css)$/),
    join(root, "package-lock.json"),
    fileURLToPath(import.meta.url),
  ];
  const stamp = hashOf(inputs);
  if (isCurrent(output, stamp)) return;
  const { build } = await import("esbuild");
  await build({
    entryPoints: { flamegraph: join(root, "src/flamegraph/browser/page.ts") },
    outdir: dist,
    bundle: true,
    platform: "browser",
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    logLevel: "warning",
  });
  const styles = [
    join(root, "node_modules/d3-flame-graph/dist/d3-flamegraph.css"),
    join(root, "src/flamegraph/browser/page.css"),
  ];
  writeFileSync(join(dist, "flamegraph.css"), styles.map((file) => readFileSync(file, "utf8")).join(""));
  writeFileSync(`${output}.stamp`, stamp);
}

/** A snapshot serves only the very node that made it. Without one everything works, 50-150 ms slower. */
function buildSnapshot(bundleStamp) {
  const blob = join(dist, "tsbt.blob");
  const stamp = `${bundleStamp} ${process.version} ${process.arch} ${statSync(process.execPath).size}`;
  const node = statSync(process.execPath);
  // The front compares all three: a node that was replaced gets the plain bundle.
  writeFileSync(
    join(dist, "tsbt.node"),
    `${process.execPath}\n${node.size} ${Math.floor(node.mtimeMs / 1000)}\n`,
  );
  if (isCurrent(blob, stamp)) return;
  rmSync(blob, { force: true });
  const fresh = `${blob}.new`;
  const made = spawnSync(
    process.execPath,
    ["--snapshot-blob", fresh, "--build-snapshot", join(dist, "tsbt.cjs")],
    { encoding: "utf8" },
  );
  const checked =
    made.status === 0
      ? spawnSync(process.execPath, ["--snapshot-blob", fresh, "tsbt", "--version"], { encoding: "utf8" })
      : made;
  if (checked.status !== 0 || !checked.stdout.startsWith("tsbt v")) {
    rmSync(fresh, { force: true });
    say("this node makes no usable startup snapshot; tsbt works, but starts slower");
    if (process.env.TSBT_DEBUG) process.stderr.write(`${made.stderr}${checked.stderr}`);
    return;
  }
  renameSync(fresh, blob);
  writeFileSync(`${blob}.stamp`, stamp);
  say("built the startup snapshot: dist/tsbt.blob");
}

function hasLibraries() {
  const probe = "int main(void){return 0;}\n";
  const headers = [
    "bpf/libbpf.h",
    "gelf.h",
    "zlib.h",
    "jansson.h",
    "elfutils/libdwfl.h",
    "libiberty/demangle.h",
  ];
  const compiler = process.env.CC ?? "cc";
  const text = `${headers.map((header) => `#include <${header}>\n`).join("")}${probe}`;
  const make = spawnSync("make", ["--version"]);
  const compiled = spawnSync(compiler, ["-x", "c", "-fsyntax-only", "-"], { input: text });
  return make.status === 0 && compiled.status === 0;
}

function isDebianFamily() {
  try {
    return /^(ID|ID_LIKE)=.*(debian|ubuntu)/m.test(readFileSync("/etc/os-release", "utf8"));
  } catch {
    return false;
  }
}

/** Returns false when the libraries are missing and may not or cannot be installed. */
function installLibraries() {
  if (hasLibraries()) return true;
  if (isDebianFamily() && process.getuid?.() === 0 && !process.env.TSBT_NO_APT) {
    say(
      `installing Debian packages for the loader (TSBT_NO_APT=1 forbids this): ${debianPackages.join(" ")}`,
    );
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = { env, stdio: ["ignore", "ignore", "inherit"] };
    const install = ["install", "-y", "-qq", "--no-install-recommends", ...debianPackages];
    if (spawnSync("apt-get", install, { ...options, stdio: "ignore" }).status !== 0) {
      spawnSync("apt-get", ["update", "-qq"], options);
      spawnSync("apt-get", install, options);
    }
    if (hasLibraries()) return true;
  }
  process.stderr.write(
    `ERROR: the loader needs a C compiler, make, libbpf, libelf, zlib, jansson and elfutils. Install them with\n${otherSystems}\nand run \`npm install\` again. (check, build and fmt work already: dist/tsbt.cjs)\n`,
  );
  return false;
}

function buildLoader() {
  const output = join(dist, "tsbt");
  const inputs = [...filesUnder(join(root, "runtime"), /\.[ch]$|^Makefile$/)].filter(
    (file) => !file.includes("/build/"),
  );
  const stamp = hashOf(inputs);
  if (isCurrent(output, stamp)) return true;
  if (!installLibraries()) return false;
  try {
    execFileSync("make", ["-s", "-C", join(root, "runtime"), `OUT=${output}`], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  } catch {
    process.stderr.write("ERROR: building the loader failed; the compiler's messages are above\n");
    return false;
  }
  writeFileSync(`${output}.stamp`, stamp);
  say("built the loader: dist/tsbt");
  return true;
}

mkdirSync(dist, { recursive: true });
try {
  buildSnapshot(await buildBundle());
  await buildPageParts();
} catch (error) {
  // esbuild has printed its messages already: a stack of its own insides helps nobody.
  process.stderr.write(`ERROR: building the compiler failed: ${String(error.message).split("\n")[0]}\n`);
  process.exit(1);
}
if (process.platform !== "linux") {
  say("no loader on this system: check, build and fmt work, tracing needs Linux");
} else if (!buildLoader()) {
  process.exitCode = 1;
}
