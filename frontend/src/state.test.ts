import { expect, test } from "vitest";
import type { BackendState } from "./api/types";
import { isIn, shown, why } from "./state";
import { at, backend, NOON } from "./testing";

const around = { left: 0, checked: true, now: NOON };

function with_(status: Partial<BackendState["status"]>, more: Partial<BackendState> = {}) {
  return backend("a", { status: { ...backend("a").status, ...status }, ...more });
}

test("what an operator wants wins over what is observed", () => {
  const down = { health: { state: "down" as const, since: at(-240), reason: "refused" } };
  expect(shown(with_(down, { adminState: "drain" }), { ...around, left: 7 })).toEqual({
    kind: "drain",
    text: "draining · 7 left",
  });
  expect(shown(with_(down, { adminState: "drain" }), around).text).toBe("drained");
  expect(shown(with_(down, { adminState: "maint" }), around)).toEqual({
    kind: "maint",
    text: "maintenance",
  });
});

test("an ejection shows for how long, a failure since when", () => {
  const ejection = { until: at(21), reason: "5 × 502" };
  expect(shown(with_({ ejection }), around)).toEqual({ kind: "ejected", text: "ejected · 21 s" });
  const health = { state: "down" as const, since: at(-240), reason: "refused" };
  expect(shown(with_({ health }), around)).toEqual({ kind: "down", text: "down · 4 min" });
  expect(why(with_({ ejection }))).toBe("5 × 502");
  expect(why(with_({ health }))).toBe("refused");
});

test("who is down and ejected is down: that it refuses connections says more", () => {
  const ejection = { until: at(21), reason: "5 × 502" };
  const health = { state: "down" as const, since: at(-240), reason: "refused" };
  const both = with_({ ejection, health });
  expect(shown(both, around)).toEqual({ kind: "down", text: "down · 4 min" });
  expect(why(both)).toBe("refused");
});

test("a backend without a check is not said to be checked", () => {
  const health = { state: "unknown" as const, since: at(0), reason: null };
  expect(shown(with_({ health }), around)).toEqual({ kind: "unknown", text: "not checked yet" });
  expect(shown(with_({ health }), { ...around, checked: false })).toEqual({
    kind: "up",
    text: "up, unchecked",
  });
});

test("weight 0 is told, because such a backend takes nothing", () => {
  expect(shown(backend("a", { weight: 0 }), around).text).toBe("up · weight 0");
});

test("what a name stands for comes before what its addresses say", () => {
  const none = backend("a", {
    status: { eligible: false, addresses: [], trouble: "no such name" },
  });
  expect(why(none)).toBe("no such name");
});

test("a name with several addresses looks like the worst of them", () => {
  const one = (state: "up" | "down", address: string) => ({
    id: address,
    address,
    health: { state, since: at(-5), reason: state === "down" ? "refused" : null },
    ejection: null,
  });
  const some = backend("a", {
    status: { eligible: true, addresses: [one("up", "1"), one("down", "2"), one("up", "3")] },
  });
  expect(shown(some, around)).toEqual({ kind: "down", text: "2 of 3 up" });
  expect(why(some)).toBe("refused");
  const single = backend("a", { status: { eligible: false, addresses: [one("down", "2")] } });
  expect(shown(single, around)).toEqual({ kind: "down", text: "down · 5 s" });
  const ending = { ...one("down", "2"), adminState: "drain" as const };
  const rollout = backend("a", { status: { eligible: true, addresses: [one("up", "1"), ending] } });
  expect(shown(rollout, around)).toEqual({ kind: "up", text: "1 of 2 up" });
  const out = backend("a", { status: { eligible: false, addresses: [ending] } });
  expect(shown(out, around)).toEqual({ kind: "down", text: "0 of 1 up" });
  const none = backend("a", { status: { eligible: false, addresses: [] } });
  expect(shown(none, around).text).toBe("no address");
});

test("the filter knows the API's words", () => {
  const down = with_({
    eligible: false,
    health: { state: "down", since: at(0), reason: null },
  });
  expect(isIn(down, ["down"])).toBe(true);
  expect(isIn(down, ["ineligible"])).toBe(true);
  expect(isIn(down, ["up", "drain"])).toBe(false);
  expect(isIn(down, ["drain", "ready"])).toBe(true);
  expect(isIn(with_({ ejection: { until: null, reason: null } }), ["ejected"])).toBe(true);
});
