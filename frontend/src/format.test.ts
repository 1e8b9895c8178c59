import { expect, test } from "vitest";
import {
  clock,
  countdown,
  interval,
  latency,
  millis,
  millisOf,
  rate,
  roughShare,
  share,
  span,
  success,
} from "./format";

test("rates keep a decimal only where it says something", () => {
  expect([0, 0.25, 3.2, 4, 118.4, 1059].map(rate)).toEqual([
    "0",
    "0.3",
    "3.2",
    "4",
    "118",
    "1,059",
  ]);
});

test("a share is never rounded up to all nor down to nothing", () => {
  expect([1, 0.9994, 0.99999, 0.912, 0.5, 0, 0.000001].map(share)).toEqual([
    "100 %",
    "99.94 %",
    "99.99 %",
    "91.2 %",
    "50 %",
    "0 %",
    "0.01 %",
  ]);
});

test("where room is scarce a share keeps a decimal only below one percent", () => {
  expect([0.5, 0.004, 0.00001, 0, 1].map(roughShare)).toEqual([
    "50 %",
    "0.4 %",
    "0.1 %",
    "0 %",
    "100 %",
  ]);
});

test("without requests there is neither success nor latency", () => {
  expect(success(0, 0)).toBe("–");
  expect(success(412, 0.0006)).toBe("99.94 %");
  expect(latency(0, 0)).toBe("–");
  expect(latency(3, 12.4)).toBe("12");
});

test("milliseconds keep a decimal below ten", () => {
  expect([0.4, 3.21, 9, 12.4, 480, 1900].map(millis)).toEqual([
    "0.4",
    "3.2",
    "9",
    "12",
    "480",
    "1,900",
  ]);
});

test("a span names its two largest units at most", () => {
  const minute = 60_000;
  const hour = 60 * minute;
  expect(
    [0, 21_000, 4 * minute + 59_000, 2 * hour + 5 * minute, 3 * hour, 73 * hour, -5].map(span),
  ).toEqual(["0 s", "21 s", "4 min", "2 h 5 min", "3 h", "3 d", "0 s"]);
});

test("a countdown runs to the second and ends at nothing", () => {
  expect([7_000, 268_000, 3_723_000, 0, -1].map(countdown)).toEqual([
    "0:07",
    "4:28",
    "1:02:03",
    "0:00",
    "0:00",
  ]);
});

test("a moment shows its date only on other days, and what is no moment stays text", () => {
  const now = new Date(2026, 10, 25, 12, 0, 0);
  expect(clock(new Date(2026, 10, 25, 9, 45, 12).toISOString(), now)).toBe("09:45:12");
  expect(clock(new Date(2026, 10, 24, 9, 45, 12).toISOString(), now)).toBe("24 Nov 09:45:12");
  expect(clock("soon", now)).toBe("soon");
});

test("durations of the API are read, other texts are not", () => {
  expect(["PT5M", "PT0.5S", "P1DT2H", "PT0S"].map(millisOf)).toEqual([300_000, 500, 93_600_000, 0]);
  expect(millisOf("5 minutes")).toBeNaN();
  expect(["PT1S", "PT0.5S", "PT2M"].map(interval)).toEqual(["1 s", "0.5 s", "2 min"]);
});
