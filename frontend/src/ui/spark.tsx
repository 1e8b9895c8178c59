/** Small lines without axes; what they say stands beside them as a figure. */

export interface Line {
  line: string;
  area: string;
}

/**
 * The points of a line and of the area below it. What is not known is left out, and a line that is
 * all zero lies on the ground.
 *
 * @param range the values of the lower and upper edge; by default from zero to the largest
 */
export function points(
  values: readonly number[],
  width: number,
  height: number,
  range?: readonly [number, number],
): Line {
  const known = values.filter((value) => !Number.isNaN(value));
  const [low, high] = range ?? [0, Math.max(...known, 0)];
  const step = width / Math.max(1, values.length - 1);
  const room = height - 4;
  const at: string[] = [];
  let first = 0;
  let last = 0;
  for (const [i, value] of values.entries()) {
    if (!Number.isNaN(value)) {
      const part = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
      const x = i * step;
      first = at.length === 0 ? x : first;
      last = x;
      at.push(`${round(x)},${round(height - 2 - part * room)}`);
    }
  }
  const line = at.join(" ");
  return {
    line,
    area: at.length ? `${round(first)},${height} ${line} ${round(last)},${height}` : "",
  };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function Spark(props: {
  values: readonly number[];
  width?: number;
  height?: number;
  tone?: "" | "ok" | "mute" | "warn";
  range?: readonly [number, number];
}) {
  const { width = 300, height = 34, tone = "", range } = props;
  const { line, area } = points(props.values, width, height, range);
  return (
    <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <polygon class={`area ${tone}`.trim()} points={area} />
      <polyline class={`line ${tone}`.trim()} points={line} />
    </svg>
  );
}
