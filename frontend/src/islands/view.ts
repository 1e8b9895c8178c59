/** Which backends a table shows, and in which order. */
import { isIn } from "../state";
import { byPlace, type Row } from "../store/store";

export const SORTS = [
  "name",
  "state",
  "weight",
  "rps",
  "success",
  "p50",
  "p95",
  "p99",
  "active",
] as const;

export type SortBy = (typeof SORTS)[number];

export interface View {
  q: string;
  /** A word of the API, or nothing. */
  state: string;
  pool: string;
  /** Null: by pool and name, under a line for each pool. */
  sort: { by: SortBy; down: boolean } | null;
}

/** Words of the filter by state. */
export const STATES: readonly (readonly [string, string])[] = [
  ["", "Any state"],
  ["eligible", "Takes traffic"],
  ["ineligible", "Takes none"],
  ["down", "Down"],
  ["ejected", "Ejected"],
  ["drain", "Draining"],
  ["maint", "Maintenance"],
  ["unknown", "Not checked"],
];

/** The view that an address asks for; what it does not know is left out. */
export function viewOf(query: URLSearchParams): View {
  const sort = query.get("sort") ?? "";
  const by = SORTS.find((known) => known === sort.replace(/^-/, ""));
  const state = query.get("state") ?? "";
  return {
    q: query.get("q") ?? "",
    state: STATES.some(([word]) => word === state) ? state : "",
    pool: query.get("pool") ?? "",
    sort: by ? { by, down: sort.startsWith("-") } : null,
  };
}

/** The address's query for a view; what else stood there stays. */
export function queryFor(view: View, before: URLSearchParams): string {
  const query = new URLSearchParams(before);
  query.delete("cursor");
  query.delete("done");
  const sort = view.sort ? `${view.sort.down ? "-" : ""}${view.sort.by}` : "";
  for (const [name, value] of Object.entries({ ...view, sort })) {
    if (value) {
      query.set(name, String(value));
    } else {
      query.delete(name);
    }
  }
  const text = query.toString();
  return text ? `?${text}` : "";
}

/** The order that a press on a column's header gives: up, down, and the natural one again. */
export function pressed(sort: View["sort"], by: SortBy): View["sort"] {
  const downFirst = by !== "name" && by !== "state";
  if (sort?.by !== by) {
    return { by, down: downFirst };
  }
  return sort.down === downFirst ? { by, down: !downFirst } : null;
}

/** Whether every word of the filter is somewhere in a backend's name, address, labels or state. */
function fits(row: Row, words: readonly string[], stateOf: (row: Row) => string): boolean {
  return words.every((word) => row.text.includes(word) || stateOf(row).includes(word));
}

export function filtered(rows: Iterable<Row>, view: View, stateOf: (row: Row) => string): Row[] {
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const out: Row[] = [];
  for (const row of rows) {
    if (
      (!view.pool || row.pool === view.pool) &&
      (!view.state || isIn(row.state.peek(), [view.state])) &&
      fits(row, words, stateOf)
    ) {
      out.push(row);
    }
  }
  return out;
}

type Rank = (row: Row) => number;

/** What rests has no success and no latency: it stands behind what has, whichever way it goes. */
function figure(value: (row: Row) => number): Rank {
  return (row) => (row.figures.peek().rps > 0 ? value(row) : Number.NaN);
}

const RANKS: Record<Exclude<SortBy, "name" | "state">, Rank> = {
  weight: (row) => row.state.peek().weight,
  rps: (row) => row.figures.peek().rps,
  success: figure((row) => 1 - row.figures.peek().errors),
  p50: figure((row) => row.figures.peek().p50),
  p95: figure((row) => row.figures.peek().p95),
  p99: figure((row) => row.figures.peek().p99),
  active: (row) => row.figures.peek().active,
};

/** Rows in the order of a view; equal ones by pool and name, so that they never change places. */
export function ordered(rows: Row[], sort: View["sort"], stateRank: Rank): Row[] {
  if (!sort) {
    return rows;
  }
  const direction = sort.down ? -1 : 1;
  if (sort.by === "name") {
    const byName = (a: Row, b: Row): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : byPlace(a, b));
    return [...rows].sort((a, b) => direction * byName(a, b));
  }
  const rank = sort.by === "state" ? stateRank : RANKS[sort.by];
  const ranked = rows.map((row) => ({ row, rank: rank(row) }));
  ranked.sort((a, b) => {
    if (Number.isNaN(a.rank) || Number.isNaN(b.rank)) {
      return Number(Number.isNaN(a.rank)) - Number(Number.isNaN(b.rank)) || byPlace(a.row, b.row);
    }
    return direction * (a.rank - b.rank) || byPlace(a.row, b.row);
  });
  return ranked.map((each) => each.row);
}

/**
 * The rows that are wanted, in the order in which they are shown while somebody points at them:
 * nothing moves, what is gone leaves, what is new comes last, in a grouped table last of its pool.
 */
export function held(before: readonly Row[], wanted: readonly Row[], grouped: boolean): Row[] {
  const now = new Set(wanted);
  const out = before.filter((row) => now.has(row));
  const shown = new Set(out);
  for (const row of wanted) {
    if (!shown.has(row)) {
      const last = grouped ? out.findLastIndex((other) => other.pool === row.pool) : -1;
      out.splice(last < 0 ? out.length : last + 1, 0, row);
    }
  }
  return out;
}
