/**
 * Writes a long script to standard output: `long-script.mjs KIND LINES`.
 *   mixed      one probe with a bit of everything; its conditions are all different
 *   far        one probe, nearly all of it in one branch, which is never taken: jumps over the whole of it
 *   variables  a variable a line
 *   probes     a probe every four lines, at four events in turn (the kernel takes 64 programs an event)
 *   rows       four probes of printf()s in a row, each with another number of conditions in front: where a verifier that
 *              does not look at each place looks is another one in each
 *   repeated   tests the same twenty conditions over and over: more ways than the verifier looks through
 */
const [kind, lines] = [process.argv[2], Number(process.argv[3])];
const open = "tracepoint:syscalls:sys_enter_openat";

const mixed = (i) =>
  [
    `  if (args.mode == ${i}) { @mode${i % 50}[pid, ${i}] = count(); }`,
    `  $x${i} = args.flags + ${i}; @sum${i % 30} = sum($x${i});`,
    `  if ($s == "/etc/file${i}") { printf("%d %s ${i}\\n", pid, $s); }`,
    `  @last[comm, ${i}] = nsecs;`,
  ][i % 4];
const list = (line) => Array.from({ length: lines }, (_, i) => line(i)).join("\n");

const scripts = {
  mixed: () =>
    `${open} /comm == "opener"/ {\n  $s = str(args.filename);\n${list(mixed)}\n  @done = count();\n}\nend { print(len(@last)); clear(@last);\n${Array.from({ length: 30 }, (_, i) => (i % 4 === 1 || i % 2 === 1 ? `clear(@sum${i});` : "")).join(" ")} }\n`,
  far: () =>
    `${open} /comm == "opener"/ {\n  if (pid > 4194304) {\n${list((i) => `    printf("%d %d %s ${i}\\n", pid, tid, comm);`)}\n  } else { @ = count(); }\n}\n`,
  variables: () =>
    `begin {\n${list((i) => `  $v${i} = ${i === 0 ? "$1" : `$v${i - 1} + ${i}`}; if ($v${i} == $2) { @ = ${i}; }`)}\n  exit();\n}\n`,
  probes: () =>
    `${list((i) =>
      i % 4 === 0
        ? `tracepoint:syscalls:sys_enter_${["openat", "close", "read", "write"][(i / 4) % 4]} /pid == ${4194304 + i}/ { @a[comm, pid] = count(); @b = hist(tid);\n  printf("%s ${i}\\n", comm); }`
        : "",
    )}\nbegin { print("up"); exit(); }\n`,
  rows: () =>
    `${[0, 1, 2, 3]
      .map(
        (before) =>
          `tracepoint:syscalls:sys_enter_${["openat", "close", "read", "write"][before]} /comm == "nobody"/ {\n${"  if (tid > 9) { @ = count(); }\n".repeat(before)}${list((i) => `  printf("%d %d %s ${i}\\n", pid, tid, comm);`)}\n}\n`,
      )
      .join("")}begin { print("up"); exit(); }\n`,
  repeated: () =>
    `${open} {\n${list((i) => `  if (args.flags & ${2 ** (i % 20)}) { @${i % 7} = nsecs; }`)}\n}\n`.replaceAll(
      "@",
      "@x",
    ),
};
process.stdout.write(scripts[kind]());
