import { expect, test } from "vitest";
import type { Audit, Revision, Transition } from "../api/types";
import { at, NOON, operation, revision } from "../testing";
import { entries, type Sources } from "./happened";

const change: Transition = {
  number: 7,
  at: at(3),
  pool: "web",
  id: "web-2",
  from: "up",
  to: "down",
  cause: "connection refused",
};

function audit(number: number, revisionAfter: number | null): Audit {
  return {
    number,
    at: at(number),
    actor: "ada",
    role: "admin",
    how: "session",
    address: null,
    action: "PUT /api/v1/pools/web",
    revisionBefore: 41,
    revisionAfter,
    reason: null,
    outcome: "applied",
    detail: null,
    requestId: "id-1",
  };
}

const sources: Sources = {
  revisions: [revision(42) as Revision],
  transitions: [change],
  operations: [
    operation("running", { startedAt: at(1) }),
    operation("ended", { startedAt: at(2), endedAt: at(34), state: "done", reason: "disk" }),
  ],
  audit: [audit(5, null), audit(6, 42)],
};

function keys(kind: string, text = "", after = 0): string[] {
  return entries(sources, { kind, text, after }).map((entry) => entry.key);
}

test("what is told twice by different sources is one line, newest first", () => {
  expect(keys("")).toEqual(["eended", "a5", "t7", "r42"]);
});

test("who asks for one kind gets all of it", () => {
  expect(keys("operation")).toEqual(["eended", "oended", "orunning"]);
  expect(keys("audit")).toEqual(["a6", "a5"]);
  expect(keys("health")).toEqual(["t7"]);
});

test("only what is later than what stands there already is new", () => {
  expect(keys("", "", NOON + 3000)).toEqual(["eended", "a5"]);
});

test("the filter looks at what a line says, its pool, reason and request", () => {
  expect(keys("", "REFUSED")).toEqual(["t7"]);
  expect(keys("operation", "disk")).toEqual(["oended"]);
  expect(keys("", "id-1")).toEqual(["a5"]);
  expect(keys("", "nothing like it")).toEqual([]);
});

test("lines are sentences", () => {
  const [ended] = entries(sources, { kind: "operation", text: "", after: 0 });
  expect([ended?.lead, ended?.id, ended?.tail].join(" ")).toBe("drain of a is done after 32 s");
  const [health] = entries(sources, { kind: "health", text: "", after: 0 });
  expect(health?.tail).toBe("up → down: connection refused");
});
