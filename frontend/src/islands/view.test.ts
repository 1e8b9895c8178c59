import { expect, test } from "vitest";
import type { Figures } from "../api/types";
import { Row } from "../store/store";
import { backend, figures } from "../testing";
import { filtered, held, ordered, pressed, queryFor, type View, viewOf } from "./view";
import { range, tops } from "./window";

const noState = () => "";
const noRank = () => 0;

function row(id: string, of: Partial<Figures> = {}, pool = "web"): Row {
  const made = new Row(backend(id, { pool }));
  made.figures.value = { ...figures(of.rps ?? 10), ...of };
  return made;
}

function ids(rows: readonly Row[]): string {
  return rows.map((each) => each.id).join(" ");
}

const everything: View = { q: "", state: "", pool: "", sort: null };

test("an address round-trips, and what it does not know is left out", () => {
  const view = viewOf(new URLSearchParams("q=a+b&state=down&pool=web&sort=-p95"));
  expect(view).toEqual({ q: "a b", state: "down", pool: "web", sort: { by: "p95", down: true } });
  expect(queryFor(view, new URLSearchParams("cursor=x&wide=1"))).toBe(
    "?wide=1&q=a+b&state=down&pool=web&sort=-p95",
  );
  expect(viewOf(new URLSearchParams("state=odd&sort=nothing"))).toEqual(everything);
  expect(queryFor(everything, new URLSearchParams("q=old"))).toBe("");
});

test("each press on a header goes on: largest, smallest, natural", () => {
  const first = pressed(null, "rps");
  expect(first).toEqual({ by: "rps", down: true });
  const second = pressed(first, "rps");
  expect(second).toEqual({ by: "rps", down: false });
  expect(pressed(second, "rps")).toBeNull();
  expect(pressed(second, "name")).toEqual({ by: "name", down: false });
});

test("every word of the filter must fit somewhere, the state counts too", () => {
  const rows = [row("a"), row("b"), row("c", {}, "api")];
  const stateOf = (each: Row) => (each.id === "b" ? "down · 4 min" : "up");
  expect(ids(filtered(rows, { ...everything, q: "WEB down" }, stateOf))).toBe("b");
  expect(ids(filtered(rows, { ...everything, q: "c.example:8080" }, noState))).toBe("c");
  expect(ids(filtered(rows, { ...everything, pool: "api" }, noState))).toBe("c");
  expect(ids(filtered(rows, { ...everything, state: "down" }, noState))).toBe("");
});

test("equal rows never change places, in either direction", () => {
  const rows = ["a", "b", "c", "d"].map((id) => row(id, { rps: id === "c" ? 20 : 10 }));
  expect(ids(ordered(rows, { by: "rps", down: true }, noRank))).toBe("c a b d");
  expect(ids(ordered(rows, { by: "rps", down: false }, noRank))).toBe("a b d c");
  expect(ids(ordered([...rows].reverse(), { by: "rps", down: true }, noRank))).toBe("c a b d");
});

test("what has no requests has no latency and comes last, whichever way it goes", () => {
  const rows = [row("a", { rps: 0 }), row("b", { p95: 5 }), row("c", { p95: 9 })];
  expect(ids(ordered(rows, { by: "p95", down: true }, noRank))).toBe("c b a");
  expect(ids(ordered(rows, { by: "p95", down: false }, noRank))).toBe("b c a");
});

test("under the pointer nothing moves: the gone leave, the new come last", () => {
  const [a, b, c, d] = [row("a"), row("b"), row("c"), row("d")];
  expect(ids(held([c, a, b], [a, b, c], false))).toBe("c a b");
  expect(ids(held([c, a, b], [d, b, c], false))).toBe("c b d");
  const api = row("x", {}, "api");
  const late = row("y", {}, "api");
  expect(ids(held([api, a, b], [api, late, a, b], true))).toBe("x y a b");
});

test("of a thousand lines those are drawn that can be seen, and some around", () => {
  const at = tops(Array.from({ length: 1000 }, () => 35));
  expect(at.at(-1)).toBe(35_000);
  const seen = range(at, 350 * 35, 370 * 35);
  expect(seen.from).toBeLessThanOrEqual(350 - 12);
  expect(seen.to).toBeGreaterThanOrEqual(370 + 12);
  expect(seen.to - seen.from).toBeLessThan(64);
  expect(range(at, -500, 200)).toEqual({ from: 0, to: 24 });
  expect(range(at, 34_900, 36_000).to).toBe(1000);
});

test("a small movement draws nothing new", () => {
  const at = tops(Array.from({ length: 1000 }, () => 35));
  expect(range(at, 8000, 8700)).toEqual(range(at, 8030, 8730));
});
