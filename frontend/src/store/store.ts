/**
 * What the dashboard knows: filled by one stream, read by signals. Each backend has signals of its
 * own, so that a change of one draws one row. Nothing grows: figures are in slots, ended operations
 * and audit lines are the last few, and of a removed backend nothing is kept.
 */
import { batch, type Signal, signal } from "@preact/signals";
import type {
  Audit,
  BackendColumns,
  BackendState,
  Columns,
  Figures,
  Operation,
  Pool,
  Revision,
  Status,
} from "../api/types";
import { Slots } from "./slots";
import type { Connection, EventName } from "./stream";

/** Figures of a backend that rests. */
export const REST: Figures = { rps: 0, errors: 0, p50: 0, p95: 0, p99: 0, active: 0 };

/** Nothing is heard for so long: what is shown may be wrong. */
export const STALE_AFTER = 5000;

const ENDED_KEPT = 50;
const AUDIT_KEPT = 100;

/** Columns of {@link Store.history}. */
export const RPS = 0;
export const ERRORS = 1;
export const P95 = 2;
export const ACTIVE = 3;

export function keyOf(pool: string, id: string): string {
  return `${pool}/${id}`;
}

/** One backend. */
export class Row {
  readonly key: string;
  readonly pool: string;
  readonly id: string;
  readonly state: Signal<BackendState>;
  readonly figures: Signal<Figures> = signal(REST);
  /** Requests a second and share of errors in half minutes, 15 of minutes of them. */
  readonly trend = new Slots(30_000, 30, 2);
  /** What the filter looks at, in lower case. */
  text: string;
  /** The last frame of figures that it was in. */
  frame = 0;

  constructor(state: BackendState) {
    this.key = keyOf(state.pool, state.id);
    this.pool = state.pool;
    this.id = state.id;
    this.state = signal(state);
    this.text = searched(state, {});
  }
}

interface SnapshotEvent {
  at: string;
  status: Status;
  backends?: BackendState[];
  operations?: Operation[];
}

interface StatsEvent {
  at: string;
  total: Figures;
  backends: (Figures & { pool: string; id: string })[];
}

type BackendEvent = BackendState | { pool: string; id: string; removed: true };

/** What the store asks for by itself. */
export interface Wants {
  /** The pools may have changed. */
  pools: () => void;
  /** Frames were lost: a snapshot is needed. */
  snapshot: () => void;
}

export class Store {
  /** Whether a snapshot has come. */
  readonly ready = signal(false);
  /** Whether figures have come. */
  readonly measured = signal(false);
  readonly connection: Signal<Connection> = signal("connecting");
  /** When the last frame came that is too old now; null: all is fresh. By the server's clock. */
  readonly staleSince: Signal<number | null> = signal(null);
  /** The server's clock, to the second. */
  readonly now = signal(Date.now());
  /** A new map when backends come or go; their states are in the rows' own signals. */
  readonly rows: Signal<ReadonlyMap<string, Row>> = signal(new Map());
  readonly total: Signal<Figures> = signal(REST);
  readonly status: Signal<Status | null> = signal(null);
  readonly revision: Signal<Revision | null> = signal(null);
  readonly pools: Signal<ReadonlyMap<string, Pool>> = signal(new Map());
  readonly operations: Signal<ReadonlyMap<string, Operation>> = signal(new Map());
  readonly audit: Signal<readonly Audit[]> = signal([]);
  /** All traffic in steps of 5 s for 15 minutes. */
  readonly history = new Slots(5000, 180, 4);
  /** Counts up when lines are to be drawn anew: each 5 s. */
  readonly drawn = signal(0);
  /** Counts each change of a backend's state, for what is made of all of them. */
  readonly changed = signal(0);
  /** Counts each frame of figures. */
  readonly frame = signal(0);
  /** Whether backends stay as they are shown. */
  readonly paused = signal(false);

  private readonly wants: Wants;
  private readonly waiting = new Map<string, BackendEvent>();
  private skew = 0;
  private lastFrame = 0;

  constructor(wants: Wants) {
    this.wants = wants;
  }

  /** One event of the stream. */
  take(name: EventName, data: unknown, at: number = Date.now()): void {
    this.lastFrame = at;
    batch(() => {
      this.staleSince.value = null;
      this.apply(name, data, at);
    });
  }

  private apply(name: EventName, data: unknown, at: number): void {
    switch (name) {
      case "snapshot":
        this.snapshot(data as SnapshotEvent, at);
        break;
      case "stats":
        this.stats(data as StatsEvent, at);
        break;
      case "backend":
        this.backend(data as BackendEvent);
        break;
      case "operation":
        this.operation(data as Operation);
        break;
      case "config":
        this.revision.value = data as Revision;
        this.wants.pools();
        break;
      case "audit":
        this.audit.value = [data as Audit, ...this.audit.value].slice(0, AUDIT_KEPT);
        break;
      case "dropped":
        this.wants.snapshot();
        break;
      case "reset":
        break; // a snapshot follows
    }
  }

  /** A second has passed. */
  tick(at: number = Date.now()): void {
    batch(() => {
      this.now.value = at + this.skew;
      const old = this.lastFrame > 0 && at - this.lastFrame > STALE_AFTER;
      this.staleSince.value = old ? this.lastFrame + this.skew : null;
    });
  }

  private clock(server: string, at: number): number {
    const then = Date.parse(server);
    this.skew = then - at;
    this.now.value = then;
    return then;
  }

  private snapshot(event: SnapshotEvent, at: number): void {
    this.clock(event.at, at);
    this.status.value = event.status;
    this.revision.value = event.status.revision;
    this.waiting.clear();
    const rows = new Map<string, Row>();
    for (const state of event.backends ?? []) {
      const known = this.rows.value.get(keyOf(state.pool, state.id));
      rows.set(keyOf(state.pool, state.id), known ? renewed(known, state) : new Row(state));
    }
    this.rows.value = sorted(rows);
    this.operations.value = new Map((event.operations ?? []).map((each) => [each.id, each]));
    this.ready.value = true;
    this.changed.value++;
    this.wants.pools();
  }

  private stats(event: StatsEvent, at: number): void {
    const now = this.clock(event.at, at);
    this.total.value = same(this.total.value, event.total);
    const { rps, errors, p95, active } = event.total;
    this.history.add(now, [rps, errors, p95, active]);
    const frame = ++this.frame.value;
    for (const figures of event.backends) {
      const row = this.rows.value.get(keyOf(figures.pool, figures.id));
      if (row) {
        row.frame = frame;
        row.trend.add(now, [figures.rps, figures.errors]);
        this.show(row, figures);
      }
    }
    for (const row of this.rows.value.values()) {
      if (row.frame !== frame) {
        row.trend.add(now, [0, 0]);
        this.show(row, REST);
      }
    }
    if (frame % 5 === 1) {
      this.drawn.value++;
    }
    this.measured.value = true;
  }

  private show(row: Row, figures: Figures): void {
    if (!this.paused.value) {
      row.figures.value = same(row.figures.value, figures);
    }
  }

  private backend(event: BackendEvent): void {
    if (this.paused.value) {
      this.waiting.set(keyOf(event.pool, event.id), event);
      return;
    }
    this.change(event);
    this.wants.pools();
  }

  private change(event: BackendEvent): void {
    const key = keyOf(event.pool, event.id);
    const known = this.rows.value.get(key);
    this.changed.value++;
    if ("removed" in event) {
      const rows = new Map(this.rows.value);
      rows.delete(key);
      this.rows.value = rows;
    } else if (known) {
      renewed(known, event);
    } else {
      this.rows.value = sorted(new Map(this.rows.value).set(key, new Row(event)));
    }
  }

  private operation(event: Operation): void {
    const operations = new Map(this.operations.value).set(event.id, event);
    const ended = [...operations.values()].filter((each) => each.endedAt);
    for (const old of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) {
      operations.delete(old.id);
    }
    this.operations.value = operations;
  }

  /** Holds the rows still, or lets them go on with all that has happened meanwhile. */
  pause(on: boolean): void {
    batch(() => {
      this.paused.value = on;
      if (!on) {
        for (const event of this.waiting.values()) {
          this.change(event);
        }
        this.waiting.clear();
        this.wants.pools();
      }
    });
  }

  /** The pools as they are now. */
  setPools(pools: readonly Pool[]): void {
    batch(() => {
      this.pools.value = new Map(pools.map((pool) => [pool.id, pool]));
      for (const pool of pools) {
        for (const backend of pool.backends) {
          const row = this.rows.value.get(keyOf(pool.id, backend.id));
          if (row) {
            row.text = searched(row.state.value, backend.labels);
          }
        }
      }
    });
  }

  /** What all traffic was like before this page. */
  seedTotal(columns: Columns): void {
    for (const [i, t] of columns.t.entries()) {
      const of = (column: number[]): number => column[i] ?? 0;
      this.history.seed(Date.parse(t), [
        of(columns.rps),
        of(columns.errors),
        of(columns.p95),
        of(columns.active),
      ]);
    }
    this.drawn.value++;
  }

  /** What the backends' traffic was like before this page. */
  seedBackends(columns: BackendColumns): void {
    const times = columns.t.map((t) => Date.parse(t));
    for (const item of columns.items) {
      const row = this.rows.value.get(keyOf(item.pool, item.id));
      for (const [i, at] of row ? times.entries() : []) {
        row?.trend.seed(at, [item.rps[i] ?? 0, item.errors[i] ?? 0]);
      }
    }
    this.drawn.value++;
  }

  row(pool: string, id: string): Row | undefined {
    return this.rows.value.get(keyOf(pool, id));
  }

  /** What drains or removes a backend at the moment. */
  running(pool: string, id: string): Operation | undefined {
    for (const operation of this.operations.value.values()) {
      if (!operation.endedAt && operation.pool === pool && operation.backend === id) {
        return operation;
      }
    }
    return undefined;
  }
}

/** Equal figures stay the same value, so that nobody who reads them draws anything. */
function same(before: Figures, now: Figures): Figures {
  return before.rps === now.rps &&
    before.errors === now.errors &&
    before.p50 === now.p50 &&
    before.p95 === now.p95 &&
    before.p99 === now.p99 &&
    before.active === now.active
    ? before
    : now;
}

function renewed(row: Row, state: BackendState): Row {
  row.state.value = state;
  return row;
}

function searched(state: BackendState, labels: Record<string, string>): string {
  const words = [state.pool, state.id, state.address];
  for (const [name, value] of Object.entries(labels)) {
    words.push(`${name}=${value}`, `${name}:${value}`);
  }
  return words.join("\n").toLowerCase();
}

/** In the order of the API's lists. */
function sorted(rows: Map<string, Row>): Map<string, Row> {
  return new Map([...rows].sort(([, a], [, b]) => byPlace(a, b)));
}

export function byPlace(a: Row, b: Row): number {
  return compare(a.pool, b.pool) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
