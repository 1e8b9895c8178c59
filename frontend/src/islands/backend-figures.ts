/** What a backend's page is drawn from: the day's strip, the histogram, figures in words. */
import type { Change, Columns, Latency, Operation } from "../api/types";
import { count, millis, NONE, rate, roughShare, span, success } from "../format";

export const DAY = 24 * 3_600_000;

/** So much of the strip is drawn at least, in percent: what was short must be seen too. */
const LEAST = 0.3;

/** A histogram's height, and what a bucket with requests is drawn with at least. */
export const HEIGHT = 64;
const LEAST_HEIGHT = 1.5;

export interface Part {
  /** Percentages. */
  x: number;
  width: number;
  css: string;
  title: string;
}

export interface Lane {
  parts: Part[];
  summary: string;
}

const FILLS: Record<string, string> = {
  up: "fill-ok",
  down: "fill-bad",
  ejected: "fill-bad",
  draining: "fill-warn",
};

function isBad(state: string): boolean {
  return state === "down" || state === "ejected";
}

function part(begin: number, from: number, to: number, state: string): Part {
  const percent = (ms: number): number => Math.round((ms / DAY) * 10_000) / 100;
  return {
    x: Math.min(percent(from - begin), 100 - LEAST),
    width: Math.max(LEAST, percent(to - from)),
    css: FILLS[state] ?? "fill-mute",
    title: `${state} for ${span(to - from)}`,
  };
}

/**
 * The last day, oldest first, with drains over it; the server's HealthLane draws the same.
 *
 * @param changes newest first
 * @param state how it is now
 * @param since when it is known to be so at least; before that nothing is, unless a change tells
 */
export function lane(
  changes: readonly Change[],
  state: string,
  since: number,
  operations: readonly Operation[],
  now: number,
): Lane {
  const begin = now - DAY;
  const parts: Part[] = [];
  let end = now;
  let current = state;
  let bad = 0;
  let times = 0;
  const add = (from: number): void => {
    parts.unshift(part(begin, from, end, current));
    if (isBad(current)) {
      bad += end - from;
      times++;
    }
    end = from;
  };
  for (const change of changes) {
    const at = Date.parse(change.at);
    if (at >= begin && at < end) {
      add(at);
      current = change.from === "none" ? "up" : change.from;
    }
  }
  // What is not known is not drawn.
  const known = end === now && since > begin ? Math.min(since, now) : begin;
  add(known);
  for (const operation of operations) {
    const until = operation.endedAt ? Date.parse(operation.endedAt) : now;
    if (until > begin) {
      parts.push(part(begin, Math.max(begin, Date.parse(operation.startedAt)), until, "draining"));
    }
  }
  const often = times === 1 ? "once" : `${times} times`;
  const within = known > begin ? `the ${span(now - known)} that are known` : "24 hours";
  const summary =
    times === 0
      ? `never down or ejected within ${within}`
      : `${often} down or ejected within ${within}, ${span(bad)} in all`;
  return { parts, summary };
}

/** Milliseconds where fractions of one matter. */
export function fine(ms: number): string {
  return ms > 0 && ms < 1 ? ms.toFixed(2) : millis(ms);
}

export interface Bar {
  x: string;
  width: string;
  y: number;
  height: number;
  range: string;
  count: string;
}

export function bars({ buckets }: Latency): Bar[] {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const width = 100 / Math.max(1, buckets.length);
  return buckets.map((bucket, i) => {
    const height = bucket.count === 0 ? 0 : Math.max(LEAST_HEIGHT, (HEIGHT * bucket.count) / most);
    return {
      x: `${(i * width).toFixed(2)}%`,
      width: `${(width * 0.94).toFixed(2)}%`,
      y: Math.round((HEIGHT - height) * 10) / 10,
      height: Math.round(height * 10) / 10,
      range: `${fine(bucket.fromMs)} – ${fine(bucket.toMs)}`,
      count: count(bucket.count),
    };
  });
}

/** Three columns of a backend's traffic, as charts draw them: null where there is nothing. */
export interface Traffic {
  /** Seconds since 1970. */
  t: number[];
  rps: number[];
  /** Shares of 0 to 1. */
  errors: (number | null)[];
  p95: (number | null)[];
}

/** Without requests there is no share of errors and no latency: those are gaps, not zero. */
export function traffic(columns: Columns): Traffic {
  const only = (values: number[]): (number | null)[] =>
    values.map((value, i) => ((columns.rps[i] ?? 0) > 0 ? value : null));
  return {
    t: columns.t.map((at) => Date.parse(at) / 1000),
    rps: columns.rps,
    errors: only(columns.errors),
    p95: only(columns.p95),
  };
}

/** A column in words: its range within the quarter of an hour, and its last value. */
export function told(
  values: readonly (number | null)[],
  word: (value: number) => string,
): { range: string; last: string } {
  const known = values.filter((value): value is number => value !== null);
  if (known.length === 0) {
    return { range: "no requests", last: NONE };
  }
  const least = word(Math.min(...known));
  const most = word(Math.max(...known));
  const last = values.at(-1) ?? null;
  return {
    range: least === most ? `${most} throughout` : `${least} to ${most}`,
    last: last === null ? NONE : word(last),
  };
}

export const WORDS = {
  rps: (value: number) => `${rate(value)} /s`,
  errors: (value: number) => (value === 0 ? "0 %" : roughShare(value)),
  p95: (value: number) => `${millis(value)} ms`,
} as const;

export interface Minute {
  at: string;
  rps: string;
  success: string;
  p95: string;
}

/** Newest first. */
export function minutes(columns: Columns): Minute[] {
  return columns.t
    .map((at, i) => {
      const rps = columns.rps[i] ?? 0;
      return {
        at,
        rps: rate(rps),
        success: success(rps, columns.errors[i] ?? 0),
        p95: rps > 0 ? millis(columns.p95[i] ?? 0) : NONE,
      };
    })
    .reverse();
}
