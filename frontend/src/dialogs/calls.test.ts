import { signal } from "@preact/signals";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pending } from "../actions";
import type { Operation } from "../api/types";
import { store } from "../store/live";
import { at, backend, NOON, operation, snapshot } from "../testing";
import {
  edit,
  given,
  labelsOf,
  labelsText,
  patchOf,
  preview,
  ready,
  remove,
  type Spec,
  takeOut,
  told,
  wishOf,
} from "./calls";
import { rebased, specOf, type Values } from "./edit";
import { mayForce } from "./form";

const PLACE = { pool: "web", id: "a" };
const fetched = vi.fn<(at: string, init: RequestInit) => Promise<Response>>();

beforeEach(() => {
  vi.useFakeTimers();
  fetched.mockReset();
  answers(200, {});
  vi.stubGlobal("fetch", fetched);
  store.take("snapshot", snapshot([backend("a"), backend("b")]), NOON);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function answers(status: number, body: object, headers: Record<string, string> = {}): void {
  fetched.mockImplementation(() =>
    Promise.resolve(new Response(JSON.stringify(body), { status, headers })),
  );
}

function sent() {
  const [at_, init] = fetched.mock.lastCall ?? ["", {}];
  return {
    call: `${init.method} ${at_.replace("/api/v1/pools/web/backends/", "")}`,
    headers: init.headers as Record<string, string>,
    body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
  };
}

test("a drain asks for what was filled in, and for nothing else", async () => {
  answers(200, operation("1", { reason: "disk" }));
  const wish = { deadline: "5m", atDeadline: "close" as const, revertAfter: "", reason: "disk" };
  const done = await takeOut(PLACE, "drain", wish, false);
  expect(sent().call).toBe("PUT a/admin-state");
  expect(sent().body).toEqual({
    state: "drain",
    deadline: "5m",
    atDeadline: "close",
    reason: "disk",
  });
  expect(done.text).toBe("a drains: disk.");
  expect(done.operation?.id).toBe("1");
});

test("to override a guard is said in the call", async () => {
  await takeOut(PLACE, "maint", { reason: "kernel" }, true);
  expect(sent().call).toBe("PUT a/admin-state?force=true");
  expect(sent().body).toEqual({ state: "maint", reason: "kernel" });
});

test("taken back is what was before: a drain with what is left of its time", async () => {
  const drain = operation("1", {
    deadline: at(300),
    atDeadline: "close",
    revertAt: at(600),
    reason: "disk",
  });
  store.take("snapshot", snapshot([backend("a", { adminState: "drain" })], [drain]), NOON);
  const done = await ready(PLACE);
  expect(sent().body).toEqual({ state: "ready" });
  await done.undo?.();
  expect(sent().body).toEqual({
    state: "drain",
    deadline: "PT300S",
    atDeadline: "close",
    revertAfter: "PT600S",
    reason: "disk",
  });
});

test("a drain is extended from its deadline on, from now on when it has none", () => {
  const of = (more: Partial<Operation>) => wishOf(operation("1", more), 60_000, NOON);
  expect(of({ deadline: at(30) })).toEqual({ deadline: "PT90S", atDeadline: "wait" });
  expect(of({ deadline: at(-30) })).toEqual({ deadline: "PT60S", atDeadline: "wait" });
  expect(of({})).toEqual({ deadline: "PT60S", atDeadline: "wait" });
  expect(wishOf(operation("1"), 0, NOON)).toEqual({ atDeadline: "wait" });
});

test("what is under way is shown until the server says that it is so", async () => {
  await takeOut(PLACE, "drain", {}, false);
  expect(pending.value.get("web/a")).toBe("draining…");
  store.take("backend", backend("a", { adminState: "drain" }), NOON);
  await vi.advanceTimersByTimeAsync(0);
  expect(pending.value.has("web/a")).toBe(false);
});

test("a refusal ends what was shown as under way", async () => {
  answers(409, { code: "guarded", detail: "No backend would be left." });
  await expect(takeOut(PLACE, "drain", {}, false)).rejects.toThrow();
  expect(pending.value.has("web/a")).toBe(false);
});

test("a preview changes nothing and says so in the call", async () => {
  answers(200, { impact: { pools: [], guards: [] } });
  const { signal: live } = new AbortController();
  await preview(PLACE, { state: "drain" }, live);
  expect(sent().call).toBe("PUT a/admin-state?dryRun=true");
  await preview(PLACE, "remove", live);
  expect(sent().call).toBe("DELETE a?dryRun=true");
  await preview(PLACE, { patch: { weight: 2 } }, live);
  expect(sent().call).toBe("PATCH a?dryRun=true");
  expect(sent().headers["Content-Type"]).toBe("application/merge-patch+json");
});

test("what is removed is what was seen", async () => {
  answers(202, operation("9", { kind: "remove" }));
  const done = await remove(PLACE, '"7"', { drain: "30s", reason: "" }, false);
  expect(sent().call).toBe("DELETE a?drain=30s");
  expect(sent().headers["If-Match"]).toBe('"7"');
  expect(done.text).toBe("a drains and is removed then.");
});

const BASE: Spec = { address: "h:1", weight: 1, tier: 0, labels: { zone: "a", rack: "7" } };

test("an edit sends what differs; a label that is gone is null", async () => {
  const mine: Spec = { ...BASE, weight: 5, labels: { zone: "b" } };
  expect(patchOf(BASE, mine)).toEqual({ weight: 5, labels: { zone: "b", rack: null } });
  expect(patchOf(BASE, { ...BASE })).toEqual({});
  answers(200, {}, { ETag: '"8"' });
  const done = await edit(PLACE, '"7"', BASE, mine, "more", true);
  expect(sent().call).toBe("PATCH a?reason=more&force=true");
  expect(sent().headers["If-Match"]).toBe('"7"');
  expect(done.text).toBe("a is changed: weight 1 → 5, labels zone=a, rack=7 → zone=b.");
  await done.undo?.();
  expect(sent().headers["If-Match"]).toBe('"8"');
  expect(sent().body).toEqual({ weight: 1, labels: { zone: "a", rack: "7" } });
});

test("after somebody was faster, mine on top of theirs keeps what both have changed", () => {
  const mine: Spec = { ...BASE, weight: 5, labels: { zone: "a" } };
  const theirs: Spec = {
    address: "h:2",
    weight: 3,
    tier: 1,
    labels: { zone: "c", rack: "7", new: "1" },
  };
  const next = rebased(BASE, mine, theirs);
  expect(next).toEqual({ address: "h:2", weight: 5, tier: 1, labels: { zone: "c", new: "1" } });
  expect(patchOf(theirs, next)).toEqual({ weight: 5, labels: { rack: null } });
  expect(told(BASE, theirs)).toContain("weight 1 → 3");
});

test("a guard is overridden only by the typed name and a reason", () => {
  const force = { asked: signal(false), typed: signal("a") };
  expect(mayForce(force, "a", "disk")).toBe(false);
  force.asked.value = true;
  expect(mayForce(force, "a", "disk")).toBe(true);
  expect(mayForce(force, "a", "  ")).toBe(false);
  force.typed.value = "A";
  expect(mayForce(force, "a", "disk")).toBe(false);
});

test("a form that cannot be sent says where", () => {
  const values: Values = {
    address: signal(" h:1 "),
    weight: signal("70000"),
    tier: signal("x"),
    labels: signal("zone"),
  };
  const { spec, wrong } = specOf(values);
  expect(spec.address).toBe("h:1");
  expect(Object.keys(wrong).sort()).toEqual(["/labels", "/tier", "/weight"]);
  expect(wrong["/weight"]).toContain("'70000'");
});

test("labels are read as they are shown", () => {
  const labels = { zone: "a", rack: "7" };
  expect(labelsOf(labelsText(labels))).toEqual(labels);
  expect(labelsOf("zone = a\nrack=7, ")).toEqual(labels);
  expect(labelsOf("=a")).toContain("name=value");
  expect(given({ a: "", b: undefined, c: "x" })).toEqual({ c: "x" });
});
