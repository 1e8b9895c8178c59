import type { BackendHealth, Check } from "../api/types";
import { count, millis } from "../format";
import { to } from "../page";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { isChecked } from "../ui/attention";
import { Time } from "../ui/time";
import { DAY, lane } from "./backend-figures";

const SHOWN = 10;

export interface Found extends Check {
  address: string;
}

/** Of all its machines, newest first. */
export function checksOf(health: BackendHealth | null): Found[] {
  const all = (health?.backends ?? []).flatMap(({ address, checks }) =>
    checks.map((check) => ({ ...check, address })),
  );
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** How a single machine is, in the words of its record. */
function nowOf(one: BackendHealth["backends"][number], checked: boolean): string {
  if (one.ejection && one.health.state !== "down") {
    return "ejected";
  }
  return checked ? one.health.state : "up";
}

export function HealthPanel({ row, health }: { row: Row; health: BackendHealth | null }) {
  const { id } = row;
  const single = health?.backends.length === 1 ? health.backends[0] : undefined;
  const changes = health?.history ?? [];
  return (
    <section class="panel" aria-labelledby="health">
      <header>
        <h2 id="health">Health, 24 h</h2>
        <span class="end">
          <a href={to(`activity?kind=health&q=${encodeURIComponent(id)}`)}>All changes</a>
        </span>
      </header>
      {single ? <Day row={row} one={single} changes={changes} /> : null}
      {changes.length === 0 ? (
        <p class="empty">{health ? "No change of its health is known." : "Reading…"}</p>
      ) : (
        <Changes changes={changes} />
      )}
    </section>
  );
}

function Day(props: {
  row: Row;
  one: BackendHealth["backends"][number];
  changes: BackendHealth["history"];
}) {
  const { row, one, changes } = props;
  const state = nowOf(one, isChecked(row.pool));
  const since = Date.parse(one.health.since);
  const now = store.now.value;
  const operations = [...store.operations.value.values()].filter(
    (each) => each.pool === row.pool && each.backend === row.id,
  );
  const { parts, summary } = lane(changes, state, since, operations, now);
  return (
    <div class="body">
      <div class="lane">
        <svg role="img" aria-label={summary}>
          {parts.map((part, i) => (
            <rect
              key={`${i} ${part.css}`}
              height="14"
              class={part.css}
              x={`${part.x}%`}
              width={`${part.width}%`}
            >
              <title>{part.title}</title>
            </rect>
          ))}
        </svg>
      </div>
      <div class="labels">
        <span>
          <Time at={new Date(now - DAY).toISOString()} />
        </span>
        <span>{summary}</span>
        <span>now</span>
      </div>
    </div>
  );
}

function Changes({ changes }: { changes: BackendHealth["history"] }) {
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">Changes of health, newest first</caption>
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Cause</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, SHOWN).map((change) => (
            <tr key={`${change.at} ${change.to}`}>
              <th scope="row">
                <Time at={change.at} />
              </th>
              <td>{change.from}</td>
              <td class={change.to === "down" || change.to === "ejected" ? "text-bad" : ""}>
                {change.to}
              </td>
              <td class="wrap">{change.cause}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ChecksPanel({ pool, health }: { pool: string; health: BackendHealth | null }) {
  const checks = checksOf(health);
  const several = (health?.backends.length ?? 0) > 1;
  const earlier = checks.length - SHOWN;
  const none = isChecked(pool)
    ? "No check has been made yet."
    : "The pool has no checks: its backends count as up.";
  return (
    <section class="panel" aria-labelledby="checks">
      <header>
        <h2 id="checks">Checks</h2>
      </header>
      {checks.length === 0 ? (
        <p class="empty">{health ? none : "Reading…"}</p>
      ) : (
        <div class="scroll">
          <Checks checks={checks.slice(0, SHOWN)} several={several} caption="The last checks" />
        </div>
      )}
      {earlier > 0 ? (
        <details class="body">
          <summary class="ink-3">Show all ({count(earlier)} more)</summary>
          <div class="scroll">
            <Checks checks={checks.slice(SHOWN)} several={several} caption="Checks before those" />
          </div>
        </details>
      ) : null}
    </section>
  );
}

function Checks(props: { checks: readonly Found[]; several: boolean; caption: string }) {
  const { checks, several, caption } = props;
  return (
    <table class="table">
      <caption class="visually-hidden">{caption}, newest first</caption>
      <thead>
        <tr>
          <th scope="col">At</th>
          {several ? <th scope="col">Address</th> : null}
          <th scope="col">Result</th>
          <th scope="col" class="num">
            ms
          </th>
        </tr>
      </thead>
      <tbody>
        {checks.map((check) => (
          <tr key={`${check.at} ${check.address}`}>
            <th scope="row">
              <Time at={check.at} />
            </th>
            {several ? <td class="mono">{check.address}</td> : null}
            <td class={check.error ? "wrap text-bad" : "wrap"}>{check.error ?? "passed"}</td>
            <td class="num">{millis(check.latency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
