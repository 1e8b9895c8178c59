/** Which lines of a long table are drawn: those that can be seen, and some around them. */

export interface Range {
  from: number;
  to: number;
}

const AROUND = 12;
const STEP = 8;

/** Tops of lines of known heights; one more than there are lines, the last one is the whole height. */
export function tops(heights: readonly number[]): number[] {
  const out = [0];
  for (const height of heights) {
    out.push((out.at(-1) ?? 0) + height);
  }
  return out;
}

/**
 * The lines between two places, in steps, so that a small movement draws nothing.
 *
 * @param top of what is seen, from the first line's top
 */
export function range(at: readonly number[], top: number, bottom: number): Range {
  const lines = at.length - 1;
  const first = indexAt(at, top);
  const last = indexAt(at, bottom);
  return {
    from: Math.max(0, Math.floor((first - AROUND) / STEP) * STEP),
    to: Math.min(lines, Math.ceil((last + AROUND) / STEP) * STEP),
  };
}

/** The line that a place is in. */
function indexAt(at: readonly number[], place: number): number {
  let low = 0;
  let high = at.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((at[middle] ?? 0) <= place) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
