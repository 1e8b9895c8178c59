/** What an operator should look at, worst first. */
import { computed } from "@preact/signals";
import type { Operation } from "../api/types";
import { count, plural, span } from "../format";
import { toBackend } from "../page";
import { ATTENTION, type Kind, shown, why } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { StateBadge } from "./icon";

const LOOKED_AT: readonly Kind[] = ["down", "ejected", "drain", "maint"];

export interface Trouble {
  key: string;
  kind: Kind;
  word: string;
  name: string;
  href: string;
  text: string;
  end: string;
}

/** What is left on a draining backend: its operation knows exactly, figures else nearly. */
export function left(row: Row): number {
  const running = store.running(row.pool, row.id);
  return running
    ? running.remaining.requests + running.remaining.tunnels
    : row.figures.value.active;
}

export function isChecked(pool: string): boolean {
  const found = store.pools.value.get(pool);
  return !found || found.healthCheck !== null;
}

/** The state that a row is shown in. */
export function shownOf(row: Row) {
  return shown(row.state.value, {
    left: row.state.value.adminState === "drain" ? left(row) : 0,
    checked: isChecked(row.pool),
    now: store.now.value,
  });
}

/** How long a drain will go on, as far as its rate says. */
export function expected(operation: Operation): string {
  const rest = operation.remaining.requests + operation.remaining.tunnels;
  const rate = operation.ratePerSecond;
  return rest > 0 && rate && rate > 0 ? `about ${span((rest / rate) * 1000)}` : "";
}

function trouble(row: Row): Trouble | undefined {
  const { kind } = shownOf(row);
  if (!LOOKED_AT.includes(kind)) {
    return undefined;
  }
  const state = row.state.value;
  const now = store.now.value;
  const out: Trouble = {
    key: row.key,
    kind,
    word: kind,
    name: row.id,
    href: toBackend(row.pool, row.id),
    text: why(state),
    end: "",
  };
  const running = store.running(row.pool, row.id);
  const parts = state.status.addresses ?? [state.status];
  switch (kind) {
    case "drain": {
      out.word = left(row) > 0 ? "draining" : "drained";
      out.text = running
        ? `${count(left(row))} of ${count(running.initial.requests + running.initial.tunnels)} left`
        : left(row) > 0
          ? plural(left(row), "request left", "requests left")
          : "carries nothing any more";
      out.end = running ? expected(running) : "";
      break;
    }
    case "maint":
      out.word = "maintenance";
      out.text = "takes no requests and is not checked";
      break;
    case "ejected": {
      const until = parts.find((one) => one.ejection)?.ejection?.until;
      out.end = until ? `back in ${span(Date.parse(until) - now)}` : "";
      break;
    }
    default: {
      const since = parts.find((one) => one.health?.state === "down")?.health?.since;
      out.end = since ? span(now - Date.parse(since)) : "";
    }
  }
  return out;
}

export const troubles = computed<Trouble[]>(() => {
  const out: Trouble[] = [];
  for (const pool of store.pools.value.values()) {
    if (pool.status.mode !== "normal") {
      out.push({
        key: pool.id,
        kind: "down",
        word: pool.status.mode === "use-all" ? "panic, uses all" : `panic, ${pool.status.mode}`,
        name: pool.id,
        href: `?pool=${encodeURIComponent(pool.id)}`,
        text: pool.status.reason,
        end: span(store.now.value - Date.parse(pool.status.since)),
      });
    }
  }
  const ofBackends: Trouble[] = [];
  for (const row of store.rows.value.values()) {
    const one = trouble(row);
    if (one) {
      ofBackends.push(one);
    }
  }
  ofBackends.sort((a, b) => ATTENTION.indexOf(a.kind) - ATTENTION.indexOf(b.kind));
  return [...out, ...ofBackends];
});

const amount = computed(() => troubles.value.length);

export function AttentionCount() {
  const all = amount.value;
  return all === 0 ? null : (
    <span class="count">
      {count(all)}
      <span class="visually-hidden"> need attention</span>
    </span>
  );
}

export function Attention({ most }: { most: number }) {
  const all = troubles.value;
  return (
    <section class="panel" aria-labelledby="attention">
      <header>
        <h2 id="attention">Needs attention</h2>
      </header>
      {all.length === 0 ? (
        <p class="empty">Nothing: no backend is down, ejected, draining or in maintenance.</p>
      ) : (
        <ul class="list">
          {all.slice(0, most).map((one) => (
            <li key={one.key}>
              <StateBadge kind={one.kind} text={one.word} />
              <span class="text">
                <a class="name" href={one.href}>
                  {one.name}
                </a>{" "}
                {one.text}
              </span>
              <span class="end">{one.end}</span>
            </li>
          ))}
          {all.length > most ? <li class="ink-3">and {count(all.length - most)} more</li> : null}
        </ul>
      )}
    </section>
  );
}
