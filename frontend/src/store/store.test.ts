import { effect } from "@preact/signals";
import { beforeEach, expect, test, vi } from "vitest";
import { at, backend, figures, NOON, operation, pool, revision, snapshot, stats } from "../testing";
import { REST, STALE_AFTER, Store } from "./store";

let pools = vi.fn();
let again = vi.fn();
let store = new Store({ pools, snapshot: again });

beforeEach(() => {
  pools = vi.fn();
  again = vi.fn();
  store = new Store({ pools, snapshot: again });
  store.take("snapshot", snapshot([backend("b"), backend("a")]), NOON);
});

function row(id: string) {
  const found = store.row("web", id);
  if (!found) {
    throw new Error(`there is no row ${id}`);
  }
  return found;
}

test("backends stand in the order of their ids", () => {
  expect([...store.rows.value.keys()]).toEqual(["web/a", "web/b"]);
});

test("figures of one backend tell only who reads that one", () => {
  store.take("stats", stats(1, { "web/a": figures(10), "web/b": figures(5) }), NOON + 1000);
  const seen: string[] = [];
  effect(() => {
    seen.push(`a ${row("a").figures.value.rps}`);
  });
  effect(() => {
    seen.push(`b ${row("b").figures.value.rps}`);
  });
  let lists = 0;
  effect(() => {
    lists += store.rows.value.size > 0 ? 1 : 0;
  });
  store.take("stats", stats(2, { "web/a": figures(11), "web/b": figures(5) }), NOON + 2000);
  expect(seen).toEqual(["a 10", "b 5", "a 11"]);
  expect(lists).toBe(1);
});

test("who is not in a frame rests", () => {
  store.take("stats", stats(1, { "web/a": figures(10) }), NOON + 1000);
  store.take("stats", stats(2, {}), NOON + 2000);
  expect(row("a").figures.value).toEqual(REST);
});

test("a state changes in its row, and the list stays the same", () => {
  const before = store.rows.value;
  store.take("backend", backend("a", { adminState: "drain" }), NOON);
  expect(store.rows.value).toBe(before);
  expect(row("a").state.value.adminState).toBe("drain");
});

test("backends come in their place and go without a trace", () => {
  store.take("backend", backend("aa"), NOON);
  expect([...store.rows.value.keys()]).toEqual(["web/a", "web/aa", "web/b"]);
  store.take("backend", { pool: "web", id: "aa", removed: true }, NOON);
  expect([...store.rows.value.keys()]).toEqual(["web/a", "web/b"]);
  expect(store.row("web", "aa")).toBeUndefined();
});

test("after a cut the new snapshot keeps rows with their lines and drops what is gone", () => {
  store.take("stats", stats(1, { "web/a": figures(10) }), NOON + 1000);
  const before = row("a");
  store.take("reset", { reason: "not kept" }, NOON + 2000);
  store.take("snapshot", snapshot([backend("a", { weight: 7 }), backend("c")]), NOON + 2000);
  expect([...store.rows.value.keys()]).toEqual(["web/a", "web/c"]);
  expect(row("a")).toBe(before);
  expect(row("a").state.value.weight).toBe(7);
  expect(row("a").trend.read(0).at(-1)).toBe(10);
});

test("lost frames ask for a snapshot", () => {
  store.take("dropped", { frames: 3 }, NOON);
  expect(again).toHaveBeenCalledOnce();
});

test("a revision in force asks for the pools", () => {
  pools.mockClear();
  store.take("config", revision(42), NOON);
  expect(store.revision.value?.number).toBe(42);
  expect(pools).toHaveBeenCalledOnce();
});

test("silence makes stale since the last frame, and a frame makes fresh", () => {
  store.tick(NOON + STALE_AFTER);
  expect(store.staleSince.value).toBeNull();
  store.tick(NOON + STALE_AFTER + 1);
  expect(store.staleSince.value).toBe(NOON);
  store.take("stats", stats(9, {}), NOON + 9000);
  expect(store.staleSince.value).toBeNull();
});

test("the clock is the server's", () => {
  store.take("stats", stats(100, {}), NOON);
  store.tick(NOON + 2000);
  expect(store.now.value).toBe(NOON + 102_000);
});

test("a pause holds rows still, and its end brings all that has happened", () => {
  store.take("stats", stats(1, { "web/a": figures(10) }), NOON + 1000);
  store.pause(true);
  store.take("stats", stats(2, { "web/a": figures(20) }), NOON + 2000);
  store.take("backend", backend("a", { weight: 9 }), NOON + 2000);
  store.take("backend", { pool: "web", id: "b", removed: true }, NOON + 2000);
  expect(row("a").figures.value.rps).toBe(10);
  expect(row("a").state.value.weight).toBe(1);
  expect(store.rows.value.size).toBe(2);
  store.pause(false);
  expect(row("a").state.value.weight).toBe(9);
  expect([...store.rows.value.keys()]).toEqual(["web/a"]);
});

test("hours of frames, operations and audit lines leave no more than at the begin", () => {
  for (let i = 0; i < 3000; i++) {
    store.take("stats", stats(i, { "web/a": figures(i) }, figures(i)), NOON + i * 1000);
    store.take("operation", operation(`op-${i}`, { endedAt: at(i) }), NOON + i * 1000);
    store.take("audit", { number: i }, NOON + i * 1000);
    store.take("backend", backend(`x${i}`), NOON + i * 1000);
    store.take("backend", { pool: "web", id: `x${i}`, removed: true }, NOON + i * 1000);
  }
  expect(store.operations.value.size).toBeLessThanOrEqual(51);
  expect(store.audit.value.length).toBe(100);
  expect(store.audit.value[0]?.number).toBe(2999);
  expect(store.rows.value.size).toBe(2);
  expect(store.history.read(0).length).toBe(180);
  expect(row("a").trend.read(0).length).toBe(30);
});

test("a running operation survives all that have ended since", () => {
  store.take("operation", operation("long"), NOON);
  for (let i = 0; i < 200; i++) {
    store.take("operation", operation(`op-${i}`, { endedAt: at(i) }), NOON);
  }
  expect(store.running("web", "a")?.id).toBe("long");
});

test("labels of the pools are what the filter finds", () => {
  const { id, address, weight, adminState } = backend("a");
  const spec = { id, address, weight, adminState, tier: 0, tls: null, labels: { Zone: "B" } };
  store.setPools([pool("web", { backends: [spec] })]);
  expect(row("a").text).toContain("zone=b");
});

test("lines begin with what was before the page, and live samples win", () => {
  store.take("stats", stats(30, { "web/a": figures(10) }, figures(50)), NOON + 30_000);
  store.seedTotal({
    step: "PT5S",
    t: [at(25), at(30)],
    rps: [40, 999],
    p50: [1, 1],
    p95: [2, 2],
    p99: [3, 3],
    errors: [0, 0],
    active: [1, 1],
  });
  expect(store.history.read(0).slice(-2)).toEqual([40, 50]);
  store.seedBackends({
    step: "PT30S",
    t: [at(0), at(30)],
    items: [{ pool: "web", id: "a", rps: [8, 999], errors: [0, 0] }],
    nextCursor: null,
  });
  expect(row("a").trend.read(0).slice(-2)).toEqual([8, 10]);
});
