/** Probes that our own loader fires: begin, end, self, test, bench. */
import type { ManifestAttach } from "../../object/manifest.js";
import type { AttachTo, ExpandedProbe, ProviderEntry } from "../provider.js";

/** Signals by name: include/uapi/asm-generic/signal.h. */
export const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
};

function run(provider: string, name: string, attach: AttachTo): ExpandedProbe {
  return {
    provider,
    name,
    type: provider === "begin" || provider === "end" ? "special" : provider,
    section: "raw_tp",
    context: "none",
    attach,
    space: "kernel",
  };
}

function once(name: "begin" | "end", doc: string, example: string): ProviderEntry {
  return {
    name,
    aliases: [name.toUpperCase()],
    forms: [name],
    doc,
    example,
    expand: (point, context) => {
      if (point.parts.length > 0) {
        context.error("TB4002", `${name} takes nothing after its name`, point.span);
        return [];
      }
      // `probe` prints it as it was written, as bpftrace does.
      return [run(name, point.provider, { kind: name })];
    },
    list: () => [],
    isListed: false,
  };
}

export const begin = once(
  "begin",
  "Runs once, before anything else.",
  'begin { printf("hello\\n"); exit(); }',
);
export const end = once(
  "end",
  "Runs once, after everything else and before maps are printed.",
  'begin { exit(); } end { printf("bye\\n"); }',
);

export const self: ProviderEntry = {
  name: "self",
  aliases: [],
  forms: ["self:signal:SIGUSR1"],
  doc: "Runs when tsbt itself gets the signal.",
  example: 'self:signal:SIGUSR1 { printf("signal\\n"); } interval:s:1 { exit(); }',
  expand: (point, context) => {
    const [what, signal] = point.parts.map((part) => part.text);
    if (what !== "signal" || signal === undefined || point.parts.length !== 2) {
      context.error("TB4002", "self is written self:signal:SIGUSR1", point.span);
      return [];
    }
    if (signal !== "SIGUSR1") {
      context.error(
        "TB4007",
        `signal '${signal}' is not supported`,
        point.span,
        "only SIGUSR1 is free for scripts",
      );
      return [];
    }
    return [run("self", `self:signal:${signal}`, { kind: "signal", signal: SIGNALS[signal] ?? 0 })];
  },
  list: () => ["signal:SIGUSR1"],
  isListed: false,
};

function named(name: "test" | "bench", doc: string, example: string): ProviderEntry {
  return {
    name,
    aliases: [name.toUpperCase()],
    forms: [`${name}:NAME`],
    doc,
    example,
    expand: (point, context) => {
      const own = point.parts[0]?.text;
      if (own === undefined || own === "" || point.parts.length !== 1) {
        context.error("TB4002", `${name} is written ${name}:NAME`, point.span);
        return [];
      }
      const attach: { readonly kind: ManifestAttach["kind"] & ("test" | "bench") } = { kind: name };
      return [run(name, `${name}:${own}`, attach)];
    },
  };
}

export const test = named(
  "test",
  "Runs once under --test; a result other than 0 is a failure.",
  "test:one { return 0; }",
);
export const bench = named("bench", "Is timed under --bench.", "bench:one { @ = count(); }");
