import { expect, test } from "vitest";
import type { Impact } from "../api/types";
import { newestIn } from "./activity";
import { effects, jump, summary } from "./editor";

const impact: Impact = {
  pools: [
    {
      pool: "web",
      eligibleBefore: 1,
      eligibleAfter: 0.5,
      expectedRps: {},
      movedKeys: 0,
      requests: 3,
    },
    {
      pool: "api",
      eligibleBefore: 1,
      eligibleAfter: 1,
      expectedRps: {},
      movedKeys: 0,
      requests: 0,
    },
  ],
  guards: [],
};

test("a check is one sentence", () => {
  const problem = { pointer: "/pools", message: "x" };
  expect(summary({ valid: false, problems: [problem, problem], impact: null })).toBe("2 problems");
  expect(summary({ valid: true, problems: [], impact })).toBe("It can be applied");
  const guards = [{ code: "last-backend", pool: "web", message: "none left" }];
  expect(summary({ valid: true, problems: [], impact: { pools: [], guards } })).toBe(
    "A guard will refuse it",
  );
});

test("what it does to the traffic is told for each pool", () => {
  expect(effects(impact)).toEqual([
    "web: 100 % of its weight takes requests now, 50 % then; 3 requests in flight finish first",
    "api: 100 % of its weight takes requests, as before",
  ]);
  expect(effects(null)).toEqual([]);
});

test("a jump chooses the line", () => {
  const area = document.createElement("textarea");
  document.body.append(area);
  area.value = "pools:\n  - id: web\nroutes: []";
  jump(area, 2);
  expect(area.value.slice(area.selectionStart, area.selectionEnd)).toBe("  - id: web");
  expect(document.activeElement).toBe(area);
  area.remove();
});

test("what is new is later than the newest that stands there", () => {
  const list = document.createElement("div");
  expect(newestIn(list, 7)).toBe(7);
  const line = document.createElement("li");
  const time = document.createElement("time");
  time.dateTime = "2026-11-25T12:00:00.250Z";
  line.append(time);
  list.append(line);
  expect(newestIn(list, 7)).toBe(Date.parse("2026-11-25T12:00:00.250Z"));
});
