/** Where the time of a whole run goes. A few tests chosen by hand need no such lines. */
const whole = 100;
const shown = 10;

/** `times` of `{ label, seconds }`; a line for each of the tests that took longest, none of a short run. */
export function slowest(times) {
  if (times.length <= whole) return [];
  const sorted = [...times].sort((a, b) => b.seconds - a.seconds);
  return sorted.slice(0, shown).map(({ label, seconds }) => `slow: ${seconds.toFixed(1)} s: ${label}`);
}
