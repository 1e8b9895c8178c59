import { expect, test } from "vitest";
import type { Change, Columns, Latency } from "../api/types";
import { at, NOON, operation } from "../testing";
import { bars, DAY, fine, lane, minutes, told, traffic, WORDS } from "./backend-figures";

const HOUR = 3600;
const LONG_AGO = NOON - 2 * DAY;

function change(seconds: number, from: string, to: string): Change {
  return { at: at(seconds), from, to, cause: null };
}

test("a day without a change is one part, in the state that is now", () => {
  expect(lane([], "up", LONG_AGO, [], NOON)).toEqual({
    parts: [{ x: 0, width: 100, css: "fill-ok", title: "up for 24 h" }],
    summary: "never down or ejected within 24 hours",
  });
});

test("a failure lies between its changes, and is told with its length", () => {
  const changes = [change(-6 * HOUR, "down", "up"), change(-12 * HOUR, "up", "down")];
  const { parts, summary } = lane(changes, "up", LONG_AGO, [], NOON);
  expect(parts.map(({ x, width, css }) => [x, width, css])).toEqual([
    [0, 50, "fill-ok"],
    [50, 25, "fill-bad"],
    [75, 25, "fill-ok"],
  ]);
  expect(summary).toBe("once down or ejected within 24 hours, 6 h in all");
});

test("changes of the day before do not count", () => {
  const changes = [change(-30 * HOUR, "down", "up")];
  expect(lane(changes, "up", LONG_AGO, [], NOON).summary).toBe(
    "never down or ejected within 24 hours",
  );
});

test("what is not known is neither drawn nor told as bad", () => {
  const { parts, summary } = lane([], "down", NOON - DAY / 4, [], NOON);
  expect(parts).toEqual([{ x: 75, width: 25, css: "fill-bad", title: "down for 6 h" }]);
  expect(summary).toBe("once down or ejected within the 6 h that are known, 6 h in all");
});

test("what was short is seen too, and stays within the strip", () => {
  const { parts } = lane([change(-1, "up", "down")], "down", LONG_AGO, [], NOON);
  const short = parts.at(-1);
  expect(short?.css).toBe("fill-bad");
  expect((short?.x ?? 0) + (short?.width ?? 0)).toBeLessThanOrEqual(100);
  expect(short?.width).toBeGreaterThan(0.2);
});

test("drains lie over the states, those of the day before do not", () => {
  const drains = [
    operation("1", { startedAt: at(-2 * HOUR), endedAt: at(-HOUR) }),
    operation("2", { startedAt: at(-40 * HOUR), endedAt: at(-30 * HOUR) }),
  ];
  const { parts } = lane([], "up", LONG_AGO, drains, NOON);
  expect(parts.map((part) => part.title)).toEqual(["up for 24 h", "draining for 1 h"]);
});

test("a bucket with one request is seen beside one with thousands", () => {
  const latency: Latency = {
    window: "PT5M",
    count: 10_001,
    p50: 1,
    p90: 1,
    p95: 1,
    p99: 1,
    max: 9,
    buckets: [
      { fromMs: 0.25, toMs: 1, count: 10_000 },
      { fromMs: 1, toMs: 3, count: 0 },
      { fromMs: 3, toMs: 9, count: 1 },
    ],
  };
  const [most, none, one] = bars(latency);
  expect(most).toMatchObject({ x: "0.00%", y: 0, height: 64, range: "0.25 – 1", count: "10,000" });
  expect(none?.height).toBe(0);
  expect(one?.height).toBe(1.5);
  expect(one?.x).toBe("66.67%");
});

const columns: Columns = {
  step: "PT1M",
  t: [at(0), at(60), at(120)],
  rps: [40, 0, 20.5],
  p50: [1, 0, 2],
  p95: [3, 0, 12],
  p99: [4, 0, 5],
  errors: [0, 0, 0.005],
  active: [1, 0, 1],
};

test("a minute without requests has no latency and no errors: a gap, not zero", () => {
  expect(traffic(columns)).toEqual({
    t: [NOON / 1000, NOON / 1000 + 60, NOON / 1000 + 120],
    rps: [40, 0, 20.5],
    errors: [0, null, 0.005],
    p95: [3, null, 12],
  });
  expect(minutes(columns)).toEqual([
    { at: at(120), rps: "21", success: "99.5 %", p95: "12" },
    { at: at(60), rps: "0", success: "–", p95: "–" },
    { at: at(0), rps: "40", success: "100 %", p95: "3" },
  ]);
});

test("charts say in words what they show", () => {
  const { rps, errors, p95 } = traffic(columns);
  expect(told(rps, WORDS.rps)).toEqual({ range: "0 /s to 40 /s", last: "21 /s" });
  expect(told(errors, WORDS.errors)).toEqual({ range: "0 % to 0.5 %", last: "0.5 %" });
  expect(told([3, null], WORDS.p95)).toEqual({ range: "3 ms throughout", last: "–" });
  expect(
    told(
      p95.map(() => null),
      WORDS.p95,
    ),
  ).toEqual({ range: "no requests", last: "–" });
});

test("fractions of a millisecond are told as such", () => {
  expect([0, 0.254, 1.26, 480].map(fine)).toEqual(["0", "0.25", "1.3", "480"]);
});
