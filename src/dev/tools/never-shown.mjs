/**
 * Tools that no machine of the tests can show at work, each with its reason: their pages have no transcript, and no test
 * demands what they print. They are loaded, and what they say of a machine that lacks what they need is tested.
 */
export const neverShown = new Map([
  ["cpufreq", "no machine of the tests changes its processors' frequency"],
  ["llcstat", "no machine of the tests has a processor's counters that the kernel may use"],
  ["xenhyper", "no machine of the tests is a paravirtual guest of Xen"],
]);

/** What such a tool's page has instead of a transcript; undefined for all others. */
export function reasonOf(name) {
  const reason = neverShown.get(name);
  if (reason === undefined) return undefined;
  return `None: ${reason}. The script is loaded by tests, and what it says there is tested; its output was never seen.`;
}
