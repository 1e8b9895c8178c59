import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { signedOut } from "../api/client";
import { ALIVE_EVERY, attended, keepAlive, PRESENT_FOR } from "./presence";

const asked = vi.fn(() => Promise.resolve(new Response("{}", { status: 200 })));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", asked);
  asked.mockClear();
  signedOut.value = false;
  document.body.setAttribute("data-page", "overview");
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a page that is looked at keeps its session, one that was left does not", () => {
  keepAlive();
  vi.advanceTimersByTime(2 * ALIVE_EVERY);
  expect(asked).toHaveBeenCalledTimes(2);
  vi.advanceTimersByTime(PRESENT_FOR);
  expect(attended()).toBe(false);
  asked.mockClear();
  vi.advanceTimersByTime(10 * ALIVE_EVERY);
  expect(asked).not.toHaveBeenCalled();
  document.dispatchEvent(new Event("pointerdown"));
  expect(attended()).toBe(true);
  vi.advanceTimersByTime(ALIVE_EVERY);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("a wall is looked at without being touched, until its session has ended", async () => {
  document.body.setAttribute("data-page", "wall");
  vi.advanceTimersByTime(10 * PRESENT_FOR);
  expect(attended()).toBe(true);
  asked.mockResolvedValue(new Response("{}", { status: 401 }));
  keepAlive();
  await vi.advanceTimersByTimeAsync(ALIVE_EVERY);
  expect(signedOut.value).toBe(true);
  expect(attended()).toBe(false);
});
