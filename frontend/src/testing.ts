/** What tests are made of: backends, figures and frames as the API sends them. */
import type { BackendState, Figures, Operation, Pool } from "./api/types";

export const NOON = Date.parse("2026-11-25T12:00:00Z");

export function at(seconds: number): string {
  return new Date(NOON + seconds * 1000).toISOString();
}

export function backend(id: string, more: Partial<BackendState> = {}): BackendState {
  return {
    pool: "web",
    id,
    address: `${id}.example:8080`,
    weight: 1,
    adminState: "ready",
    status: {
      eligible: true,
      health: { state: "up", since: at(-60), reason: "1 passed check" },
      ejection: null,
    },
    ...more,
  };
}

export function figures(rps: number, more: Partial<Figures> = {}): Figures {
  return { rps, errors: 0, p50: 4, p95: 11, p99: 19, active: 2, ...more };
}

export function snapshot(backends: BackendState[], operations: Operation[] = []): object {
  return {
    at: at(0),
    status: {
      version: "1",
      mode: "managed",
      startedAt: at(-3600),
      revision: revision(41),
      connections: { clients: 212, requests: 37, upstream: 12, upstreamIdle: 3 },
    },
    backends,
    operations,
  };
}

export function revision(number: number): object {
  return { number, at: at(-30), author: "ada", source: "api", reason: null, summary: "x" };
}

export function stats(second: number, of: Record<string, Figures>, total = figures(0)): object {
  const backends = Object.entries(of).map(([key, each]) => {
    const [pool, id] = key.split("/");
    return { pool, id, ...each };
  });
  return { at: at(second), total, backends };
}

export function operation(id: string, more: Partial<Operation> = {}): Operation {
  return {
    id,
    kind: "drain",
    state: "running",
    pool: "web",
    backend: "a",
    initial: { requests: 31, tunnels: 0 },
    remaining: { requests: 3, tunnels: 4 },
    ratePerSecond: 0.5,
    startedAt: at(0),
    deadline: null,
    atDeadline: "wait",
    revertAt: null,
    endedAt: null,
    author: "ada",
    reason: null,
    error: null,
    ...more,
  };
}

export function pool(id: string, more: Partial<Pool> = {}): Pool {
  return {
    id,
    algorithm: "round-robin",
    backends: [],
    healthCheck: { type: "tcp", interval: "PT1S" },
    tls: null,
    minimumCapacity: 0,
    status: { mode: "normal", reason: "all are eligible", since: at(0), eligible: 1, total: 1 },
    ...more,
  };
}
