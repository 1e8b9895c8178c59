/** The one store of this page, and the wires that fill it. */
import { type Answer, ApiError, all, api, type Query, signedOut } from "../api/client";
import type { BackendColumns, Columns, Pool, Session } from "../api/types";
import { page } from "../page";
import { keepAlive } from "./presence";
import { Store } from "./store";
import { Stream } from "./stream";

let poolsAsked = false;

export const store = new Store({ pools: askPools, snapshot: () => stream.connect() });

const stream = new Stream({
  open: () => {
    const topics = ["stats", "backend", "operation", "config"];
    if (page.may("admin")) {
      topics.push("audit");
    }
    return new EventSource(`${page.base}api/v1/events?topics=${topics.join(",")}`);
  },
  signedIn,
  frame: (name, data) => store.take(name, data),
  state: (state) => {
    store.connection.value = state;
  },
  later: (run, ms) => setTimeout(run, ms),
});

async function signedIn(): Promise<boolean> {
  try {
    await api.get<Session>("/session");
    return true;
  } catch (error) {
    // Without an answer nothing is known of the session: it is tried again.
    return !(error instanceof ApiError && error.problem.status === 401);
  }
}

/** Asks for the pools once for all that happens within a moment. */
function askPools(): void {
  if (!poolsAsked) {
    poolsAsked = true;
    setTimeout(() => void readPools(), store.pools.value.size === 0 ? 0 : 500);
  }
}

async function readPools(): Promise<void> {
  poolsAsked = false;
  await quietly(async () => store.setPools(await all<Pool>("/pools")));
}

/** What failed here is tried again with the next event; the connection's state tells the rest. */
async function quietly(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
  }
}

async function seed(): Promise<void> {
  await quietly(async () => {
    const query = { window: "PT15M", step: "PT5S" };
    store.seedTotal((await api.get<Columns>("/metrics", {}, { query })).body);
  });
  await quietly(async () => {
    let cursor: string | null = null;
    do {
      const query: Query = { window: "PT15M", step: "PT30S", limit: 500, cursor };
      const { body }: Answer<BackendColumns> = await api.get<BackendColumns>(
        "/backends/metrics",
        {},
        { query },
      );
      store.seedBackends(body);
      cursor = body.nextCursor;
    } while (cursor);
  });
}

/** Begins to listen; a page needs it once. */
export function listen(): void {
  stream.connect();
  const stop = store.ready.subscribe((ready) => {
    if (ready) {
      queueMicrotask(() => stop());
      void seed();
    }
  });
  signedOut.subscribe((out) => {
    if (out) {
      stream.close();
      store.connection.value = "signed-out";
    }
  });
  keepAlive();
  setInterval(() => store.tick(), 1000);
  document.addEventListener("visibilitychange", () => store.tick());
}
