/**
 * What the API answers, as precise as its documentation says. The generated schema is made of
 * samples, in which everything is optional; {@link Named} holds each name here against it, so that
 * a name that the API does not have (any more) does not compile.
 */
import type { components } from "./schema";

type Schemas = components["schemas"];
type Elem<T> = T extends readonly (infer E)[] ? E : never;

/** T, provided that S has every name of it. */
type Named<S, T extends { [K in keyof T]: K extends keyof S ? unknown : never }> = T;

export type AdminState = "ready" | "drain" | "maint";
export type HealthState = "up" | "down" | "unknown";
export type Role = "viewer" | "operator" | "admin";

export type Health = Named<
  NonNullable<NonNullable<Schemas["Backend"]["status"]>["health"]>,
  { state: HealthState; since: string; reason: string | null }
>;

export type Ejection = Named<
  NonNullable<NonNullable<Schemas["Backend"]["status"]>["ejection"]>,
  { until: string | null; reason: string | null }
>;

/** One of the machines that a name stands for. */
export interface Address {
  id: string;
  address: string;
  /** What whoever runs it wants of it; absent: it takes requests. */
  adminState?: AdminState;
  health: Health;
  ejection: Ejection | null;
  active?: number;
  tunnels?: number;
}

/** What is observed, without figures: the part that the event `backend` tells. */
export interface Observed {
  eligible: boolean;
  /** Why a name or a Service stands for nothing now. */
  trouble?: string;
  health?: Health;
  ejection?: Ejection | null;
  addresses?: Address[];
}

/** A backend as the events `snapshot` and `backend` tell it. */
export interface BackendState {
  pool: string;
  id: string;
  address: string;
  weight: number;
  adminState: AdminState;
  status: Observed;
}

/** Traffic of the last whole second. Latencies are milliseconds, errors a share of 0 to 1. */
export type Figures = Named<
  NonNullable<Schemas["Backend"]["status"]>,
  { rps: number; errors: number; p50: number; p95: number; p99: number; active: number }
>;

export type BackendTls = Named<
  NonNullable<Schemas["Backend"]["tls"]>,
  { enabled?: boolean; sni?: string | null; verify?: boolean }
>;

/** A backend as a resource. */
export type Backend = Named<
  Schemas["Backend"],
  {
    pool: string;
    id: string;
    address: string;
    weight: number;
    tier: number;
    adminState: AdminState;
    labels: Record<string, string>;
    tls: BackendTls | null;
    status: Observed & Figures & { weightShare: number; tunnels: number };
  }
>;

export type PoolStatus = Named<
  NonNullable<Schemas["Pool"]["status"]>,
  {
    mode: string;
    reason: string;
    since: string;
    eligible: number;
    total: number;
  }
>;

export type Pool = Named<
  Schemas["Pool"],
  {
    id: string;
    algorithm: string;
    backends: Omit<Backend, "pool" | "status">[];
    healthCheck: { type: string; interval: string; http?: { path: string } | null } | null;
    tls: BackendTls | null;
    minimumCapacity: number;
    status: PoolStatus;
  }
>;

export type Load = { requests: number; tunnels: number };

export type Operation = Named<
  Schemas["Operation"],
  {
    id: string;
    kind: "drain" | "remove";
    state: "running" | "suspended" | "done" | "cancelled" | "failed";
    pool: string;
    backend: string;
    initial: Load;
    remaining: Load;
    ratePerSecond: number | null;
    startedAt: string;
    deadline: string | null;
    atDeadline: "wait" | "close";
    revertAt: string | null;
    endedAt: string | null;
    author: string;
    reason: string | null;
    error: string | null;
  }
>;

export type Revision = Named<
  Schemas["Revision"],
  {
    number: number;
    at: string;
    author: string;
    source: string;
    reason: string | null;
    summary: string;
  }
>;

export type Status = Named<
  Schemas["Status"],
  {
    version: string;
    mode: string;
    startedAt: string;
    revision: Revision;
    connections: { clients: number; requests: number; upstream: number; upstreamIdle: number };
  }
>;

export type Audit = Named<
  Schemas["AuditEntry"],
  {
    number: number;
    at: string;
    actor: string;
    role: string | null;
    how: string;
    address: string | null;
    action: string;
    revisionBefore: number | null;
    revisionAfter: number | null;
    reason: string | null;
    outcome: string;
    detail: string | null;
    requestId: string | null;
  }
>;

export type Guard = Named<
  Elem<NonNullable<Schemas["Impact"]["guards"]>>,
  { code: string; pool: string; message: string }
>;

export type PoolImpact = Named<
  Elem<NonNullable<Schemas["Impact"]["pools"]>>,
  {
    pool: string;
    eligibleBefore: number;
    eligibleAfter: number;
    expectedRps: Record<string, number>;
    movedKeys: number;
    requests: number;
  }
>;

export type Impact = { pools: PoolImpact[]; guards: Guard[] };

export type Columns = Named<
  Schemas["Columns"],
  {
    step: string;
    t: string[];
    rps: number[];
    p50: number[];
    p95: number[];
    p99: number[];
    errors: number[];
    active: number[];
  }
>;

/** Columns of many backends. */
export interface BackendColumns {
  step: string;
  t: string[];
  items: { pool: string; id: string; rps: number[]; errors: number[] }[];
  nextCursor: string | null;
}

/** How long requests took: percentiles and a histogram, in milliseconds. */
export interface Latency {
  window: string;
  count: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  max: number;
  buckets: { fromMs: number; toMs: number; count: number }[];
}

export type ProbeReport = Named<
  Schemas["ProbeReport"],
  {
    ok: boolean;
    address: string;
    steps: {
      step: string;
      ok: boolean;
      ms: number;
      detail: string | null;
      error: string | null;
    }[];
  }
>;

export interface Transition {
  number?: number;
  at: string;
  pool: string;
  id: string;
  from: string;
  to: string;
  cause: string | null;
}

/** A change of health or ejection of one backend. */
export interface Change {
  at: string;
  from: string;
  to: string;
  cause: string | null;
}

export interface Check {
  at: string;
  latency: number;
  error: string | null;
}

export type BackendHealth = Named<
  Schemas["BackendHealth"],
  {
    pool: string;
    id: string;
    /** Those that live: several when the address is a name of several machines. */
    backends: {
      id: string;
      address: string;
      health: Health;
      ejection: Ejection | null;
      active: number;
      tunnels: number;
      passed: number;
      failed: number;
      /** Oldest first. */
      checks: Check[];
      transitions: Change[];
    }[];
    /** Newest first. */
    history: Change[];
  }
>;

export type Validation = {
  valid: boolean;
  problems: { pointer: string; message: string }[];
  impact: Impact | null;
};

export type Session = Named<
  Schemas["SessionView"],
  { name: string; role: Role; csrfToken: string | null; expiresAt: string | null }
>;

/** A page of a list. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  total: number;
  revision: number;
}
