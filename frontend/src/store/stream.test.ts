import { beforeEach, expect, test } from "vitest";
import { type Connection, type Source, Stream } from "./stream";

class Fake implements Source {
  readyState = 1;
  onerror: ((event: Event) => void) | null = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(name, listener);
  }

  close(): void {
    this.closed = true;
  }

  send(name: string, data: unknown): void {
    this.listeners.get(name)?.(new MessageEvent(name, { data: JSON.stringify(data) }));
  }

  fail(readyState: number): void {
    this.readyState = readyState;
    this.onerror?.(new Event("error"));
  }
}

let sources: Fake[] = [];
let states: Connection[] = [];
let frames: string[] = [];
let waits: { run: () => void; ms: number }[] = [];
let signedIn = true;
let stream: Stream;

beforeEach(() => {
  sources = [];
  states = [];
  frames = [];
  waits = [];
  signedIn = true;
  stream = new Stream({
    open: () => {
      const source = new Fake();
      sources.push(source);
      return source;
    },
    signedIn: async () => signedIn,
    frame: (name, data) => frames.push(`${name} ${JSON.stringify(data)}`),
    state: (state) => states.push(state),
    later: (run, ms) => waits.push({ run, ms }),
  });
  stream.connect();
});

function source(): Fake {
  const last = sources.at(-1);
  if (!last) {
    throw new Error("nothing was opened");
  }
  return last;
}

test("a frame makes live and is handed on", () => {
  source().send("stats", { rps: 1 });
  expect(states).toEqual(["live"]);
  expect(frames).toEqual(['stats {"rps":1}']);
});

test("while the browser connects again by itself, nothing else is opened", async () => {
  source().fail(0);
  await Promise.resolve();
  expect(states).toEqual(["reconnecting"]);
  expect(sources.length).toBe(1);
  source().send("backend", { id: "a" });
  expect(states.at(-1)).toBe("live");
});

test("a refusal while signed in is tried again, each time later, and at once again after a frame", async () => {
  for (let i = 0; i < 8; i++) {
    source().fail(2);
    await new Promise((done) => setTimeout(done));
    waits.at(-1)?.run();
  }
  expect(waits.map((wait) => wait.ms)).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ]);
  source().send("snapshot", {});
  source().fail(2);
  await new Promise((done) => setTimeout(done));
  expect(waits.at(-1)?.ms).toBe(1000);
});

test("a refusal without a session is signed out, and nothing is tried again", async () => {
  signedIn = false;
  source().fail(2);
  await new Promise((done) => setTimeout(done));
  expect(states).toEqual(["reconnecting", "signed-out"]);
  expect(waits).toEqual([]);
});

test("a connection that was replaced says nothing any more", () => {
  const first = source();
  stream.connect();
  expect(first.closed).toBe(true);
  first.send("stats", {});
  first.fail(2);
  expect(frames).toEqual([]);
  expect(states).toEqual([]);
});
