import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, all, api, fill, queryOf, signedOut } from "./client";

const fetched = vi.fn<(at: string, init: RequestInit) => Promise<Response>>();

beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
  signedOut.value = false;
  document.body.setAttribute("data-base", "/sluice/");
  document.body.setAttribute("data-csrf", "token-1");
});

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.removeAttribute("data-base");
});

function answers(status: number, body: string, headers: Record<string, string> = {}): void {
  fetched.mockImplementation(() => Promise.resolve(new Response(body, { status, headers })));
}

function sent(): { at: string; headers: Record<string, string>; init: RequestInit } {
  const [at, init] = fetched.mock.lastCall ?? ["", {}];
  return { at, init, headers: init.headers as Record<string, string> };
}

async function refused(run: Promise<unknown>): Promise<ApiError> {
  const error = await run.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!(error instanceof ApiError)) {
    throw new Error(`expected a refusal, got ${String(error)}`);
  }
  return error;
}

test("a write proves by the token that this page makes it, a read does not need to", async () => {
  answers(200, "{}");
  await api.put(
    "/pools/{pool}/backends/{id}/admin-state",
    { pool: "a b", id: "x/1" },
    { body: {} },
  );
  expect(sent().at).toBe("/sluice/api/v1/pools/a%20b/backends/x%2F1/admin-state");
  expect(sent().headers["X-CSRF-Token"]).toBe("token-1");
  expect(sent().headers["Content-Type"]).toBe("application/json");
  expect(sent().init).toMatchObject({ method: "PUT", body: "{}", credentials: "same-origin" });
  await api.get("/status");
  expect(sent().headers).not.toHaveProperty("X-CSRF-Token");
});

test("an answer brings its body, its ETag and its request's id", async () => {
  answers(201, '{"id":"x"}', { ETag: '"7"', "X-Request-Id": "r1", Location: "/there" });
  expect(await api.get("/status")).toEqual({
    status: 201,
    body: { id: "x" },
    etag: '"7"',
    location: "/there",
    requestId: "r1",
  });
  answers(200, "");
  expect((await api.get("/status")).body).toBeNull();
});

test("a refusal is its document: a sentence, its places, its request", async () => {
  const problem = {
    code: "invalid",
    title: "Invalid",
    detail: "The weight is out of range.",
    requestId: "r2",
    errors: [
      { pointer: "/weight", message: "0 to 65535" },
      { pointer: "/tier", message: "0 to 15" },
    ],
  };
  answers(422, JSON.stringify(problem), { "Content-Type": "application/problem+json" });
  const error = await refused(api.get("/status"));
  expect(error.message).toBe("The weight is out of range.");
  expect(error.code).toBe("invalid");
  expect(error.problem.status).toBe(422);
  expect(error.problem.requestId).toBe("r2");
  expect(error.at("/weight")).toBe("0 to 65535");
  expect(error.at("/address")).toBeUndefined();
  expect(error.besides(["/weight"])).toEqual([{ pointer: "/tier", message: "0 to 15" }]);
  expect(signedOut.value).toBe(false);
});

test("an answer of something in between is told as well as can be", async () => {
  answers(502, "<html>", { "Content-Type": "text/html", "X-Request-Id": "r3" });
  const error = await refused(api.get("/status"));
  expect(error.message).toContain("502");
  expect(error.problem).toMatchObject({ requestId: "r3", errors: [] });
  answers(500, '{"detail":', { "Content-Type": "application/problem+json" });
  expect((await refused(api.get("/status"))).message).toContain("cut off");
});

test("the end of the session is noticed whatever was called", async () => {
  answers(401, '{"detail":"Sign in."}', { "Content-Type": "application/problem+json" });
  expect((await refused(api.get("/status"))).message).toBe("Sign in.");
  expect(signedOut.value).toBe(true);
});

test("no answer at all is a sentence too, an abort stays an abort", async () => {
  fetched.mockRejectedValue(new TypeError("Failed to fetch"));
  const error = await refused(api.get("/status"));
  expect(error.code).toBe("network");
  expect(error.message).toContain("Check that it runs");
  fetched.mockRejectedValue(new DOMException("aborted", "AbortError"));
  await expect(api.get("/status")).rejects.toThrow(DOMException);
});

test("a list is read to its end", async () => {
  fetched.mockImplementation((at) =>
    Promise.resolve(
      new Response(
        at.includes("cursor=2")
          ? '{"items":["c"],"nextCursor":null}'
          : '{"items":["a","b"],"nextCursor":"2"}',
      ),
    ),
  );
  expect(await all("/pools", { q: "x" })).toEqual(["a", "b", "c"]);
  expect(fetched).toHaveBeenCalledTimes(2);
});

test("a query has only what is said", () => {
  expect(queryOf({ a: "", b: null, c: false, d: undefined })).toBe("");
  expect(queryOf({ force: true, reason: "a & b", limit: 0 })).toBe(
    "?force=true&reason=a+%26+b&limit=0",
  );
  expect(fill("/x/{a}/{b}", { a: 1, b: "ü" })).toBe("/x/1/%C3%BC");
});
