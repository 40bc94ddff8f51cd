/** A queue of numbers that gives back the least one first: a binary heap. */
export class LeastFirst {
  private readonly heap: number[] = [];

  add(value: number): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(value);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] ?? 0;
      if (parent <= value) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = value;
  }

  /** Removes and returns the least number; undefined when there is none. */
  take(): number | undefined {
    const { heap } = this;
    const least = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return least;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && (heap[down + 1] ?? 0) < (heap[down] ?? 0)) down++;
      const child = heap[down] ?? 0;
      if (child >= last) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return least;
  }
}
