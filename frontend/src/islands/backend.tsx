/** Everything about one backend, as it goes on. */
import { computed, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../api/client";
import type { BackendHealth, Check, Columns, Latency } from "../api/types";
import { count, millis, plural, rate, roughShare, success } from "../format";
import { to, toBackend } from "../page";
import { type Shown, shown, why } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { isChecked, shownOf } from "../ui/attention";
import { StateBadge } from "../ui/icon";
import { Refusal } from "../ui/refusal";
import { Spark } from "../ui/spark";
import { Time } from "../ui/time";
import { bars, DAY, fine, HEIGHT, lane, minutes, type Traffic, traffic } from "./backend-figures";
import { type Polled, usePolled } from "./polled";

const EVERY = 10_000;
const CHECKS_EVERY = 5000;
const MINUTES_EVERY = 60_000;
const SHOWN = 10;

interface Place {
  pool: string;
  id: string;
}

export function BackendView({ pool, id }: Place) {
  const row = useMemo(() => computed(() => store.row(pool, id)), [pool, id]).value;
  return row ? (
    <View row={row} />
  ) : (
    <section class="panel">
      <div class="empty">
        <h2>{`${pool} has no backend ${id} any more`}</h2>
        <p>It was removed while this page was open.</p>
        <a class="button" href={to("backends")}>
          All backends
        </a>
      </div>
    </section>
  );
}

function View({ row }: { row: Row }) {
  const { pool, id } = row;
  const health = usePolled(
    async (signal) =>
      (await api.get<BackendHealth>("/pools/{pool}/backends/{id}/health", { pool, id }, { signal }))
        .body,
    CHECKS_EVERY,
    row.key,
    row.state,
  );
  useEffect(() => headOf(row), [row]);
  return (
    <>
      <div class="cols">
        <StatePanel row={row} health={health.value} />
        <LatencyPanel pool={pool} id={id} />
      </div>
      <TrafficPanel row={row} />
      <Refusal error={health.error} />
      <div class="cols">
        <HealthPanel row={row} health={health.value} />
        <ChecksPanel pool={pool} health={health.value} />
      </div>
    </>
  );
}

/** Keeps the heading and its buttons as the backend is; they stand outside of the island. */
function headOf(row: Row): () => void {
  const head = document.querySelector(".head");
  const sub = head?.querySelector(".sub");
  const links = [...(head?.querySelectorAll<HTMLAnchorElement>("a[data-action]") ?? [])];
  const of = (...actions: string[]) =>
    links.find((link) => actions.includes(link.getAttribute("data-action") ?? ""));
  const main = of("drain", "ready");
  const maint = of("maint");
  return row.state.subscribe(({ adminState, address }) => {
    if (sub) {
      sub.textContent = `${row.pool} · ${address}`;
    }
    if (main) {
      const label = adminState === "ready" ? "Drain" : "Ready";
      main.setAttribute("data-action", label.toLowerCase());
      main.href = toBackend(row.pool, row.id, label.toLowerCase());
      main.textContent = label;
      main.setAttribute("aria-label", `${label} ${row.id}`);
    }
    if (maint) {
      maint.hidden = adminState === "maint";
    }
  });
}

/** The last check's finding. */
function lastCheck(health: BackendHealth | null, pool: string): string {
  const last = checksOf(health)[0];
  if (last) {
    return last.error ?? `passed in ${millis(last.latency)} ms`;
  }
  return isChecked(pool) ? "none yet" : "the pool has no checks";
}

interface Found extends Check {
  address: string;
}

/** Of all its machines, newest first. */
export function checksOf(health: BackendHealth | null): Found[] {
  const all = (health?.backends ?? []).flatMap(({ address, checks }) =>
    checks.map((check) => ({ ...check, address })),
  );
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function StatePanel({ row, health }: { row: Row; health: BackendHealth | null }) {
  const state = row.state.value;
  const { kind, text } = shownOf(row);
  const spec = store.pools.value.get(row.pool)?.backends.find((each) => each.id === row.id);
  const running = store.running(row.pool, row.id);
  const tunnels = health?.backends.reduce((sum, each) => sum + each.tunnels, 0) ?? 0;
  const wrong = kind === "down" || kind === "ejected" ? why(state) : "";
  return (
    <section class="panel" aria-labelledby="state">
      <header>
        <h2 id="state">State</h2>
        <span class="end">
          <StateBadge kind={kind} text={text} />
        </span>
      </header>
      <div class="body">
        <dl class="kv">
          {wrong ? (
            <>
              <dt>Why</dt>
              <dd class="text-bad">{wrong}</dd>
            </>
          ) : null}
          <dt>Takes new requests</dt>
          <dd>{state.status.eligible ? "yes" : "no"}</dd>
          <dt>In flight</dt>
          <dd>
            <InFlight row={row} />
            {tunnels > 0 ? `, ${plural(tunnels, "tunnel")} among them` : ""}
          </dd>
          <dt>Weight</dt>
          <dd>
            {count(state.weight)}
            <Share row={row} />
          </dd>
          {spec && spec.tier > 0 ? (
            <>
              <dt>Tier</dt>
              <dd>{spec.tier}</dd>
            </>
          ) : null}
          {wrong ? null : (
            <>
              <dt>Last check</dt>
              <dd>{health ? lastCheck(health, row.pool) : "…"}</dd>
            </>
          )}
          {running ? (
            <>
              <dt>Under way</dt>
              <dd>
                <a
                  href={to(`operations/${running.id}`)}
                  data-action="operation"
                  data-id={running.id}
                >
                  {running.kind === "drain" ? "drain" : "removal"}
                </a>
              </dd>
            </>
          ) : null}
          {Object.entries(spec?.labels ?? {}).map(([name, value]) => (
            <Label key={name} name={name} value={value} />
          ))}
        </dl>
      </div>
      <Machines row={row} health={health} />
    </section>
  );
}

function Label({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function InFlight({ row }: { row: Row }) {
  return <>{count(row.figures.value.active)}</>;
}

/** How much of its pool's traffic the weight asks for. */
function Share({ row }: { row: Row }) {
  const rows = [...store.rows.value.values()].filter((each) => each.pool === row.pool);
  const all = rows.reduce((sum, each) => sum + each.state.value.weight, 0);
  const own = row.state.value.weight;
  return all > 0 && rows.length > 1 ? (
    <span class="ink-3">{` · ${roughShare(own / all)} of ${row.pool}`}</span>
  ) : null;
}

/** The state of one of the machines behind a name. */
function machine(row: Row, one: BackendHealth["backends"][number]): Shown & { why: string } {
  const { health, ejection } = one;
  const state = { ...row.state.value, status: { eligible: false, health, ejection } };
  const around = { left: one.active, checked: isChecked(row.pool), now: store.now.value };
  return { ...shown(state, around), why: why(state) };
}

function Machines({ row, health }: { row: Row; health: BackendHealth | null }) {
  const all = health?.backends ?? [];
  if (all.length === 0 || (all.length === 1 && all[0]?.id === row.id)) {
    return null;
  }
  return (
    <div class="scroll">
      <table class="table">
        <caption class="visually-hidden">Addresses of the name</caption>
        <thead>
          <tr>
            <th scope="col">Address</th>
            <th scope="col">State</th>
            <th scope="col" class="num">
              Active
            </th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {all.map((one) => {
            const state = machine(row, one);
            return (
              <tr key={one.id}>
                <th scope="row" class="mono">
                  {one.address}
                </th>
                <td>
                  <StateBadge kind={state.kind} text={state.text} />
                </td>
                <td class="num">{count(one.active)}</td>
                <td class="wrap">{state.why}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function LatencyPanel({ pool, id }: Place) {
  const { value, error } = usePolled(
    async (signal) =>
      (
        await api.get<Latency>(
          "/pools/{pool}/backends/{id}/latency",
          { pool, id },
          { query: { window: "PT5M" }, signal },
        )
      ).body,
    EVERY,
    `${pool}/${id}`,
  );
  return (
    <section class="panel" aria-labelledby="latency">
      <header>
        <h2 id="latency">Latency, last 5 min</h2>
        <span class="end ink-3">{value ? plural(value.count, "request") : ""}</span>
      </header>
      <div class="body">
        <Refusal error={error} />
        {value && value.count > 0 ? (
          <Histogram latency={value} />
        ) : (
          <p class="ink-3">{value ? "No requests within 5 minutes." : "Reading…"}</p>
        )}
      </div>
    </section>
  );
}

function Histogram({ latency }: { latency: Latency }) {
  const { p50, p90, p95, p99, max, buckets } = latency;
  const all = bars(latency);
  const text = `p50 ${fine(p50)} · p95 ${fine(p95)} · p99 ${fine(p99)} ms`;
  const figures: [string, number][] = [
    ["p50", p50],
    ["p90", p90],
    ["p95", p95],
    ["p99", p99],
    ["Longest", max],
  ];
  return (
    <>
      <div class="histogram">
        <svg role="img" height={HEIGHT} aria-label={text.replaceAll(" ·", ",")}>
          {all.map((bar) => (
            <rect
              key={bar.range}
              class="fill-soft"
              x={bar.x}
              width={bar.width}
              y={bar.y}
              height={bar.height}
            >
              <title>{`${bar.range} ms: ${bar.count}`}</title>
            </rect>
          ))}
        </svg>
      </div>
      <div class="labels">
        <span>{fine(buckets[0]?.fromMs ?? 0)} ms</span>
        <span>{text}</span>
        <span>{fine(buckets.at(-1)?.toMs ?? 0)} ms</span>
      </div>
      <dl class="kv">
        {figures.map(([name, value]) => (
          <Label key={name} name={name} value={`${fine(value)} ms`} />
        ))}
      </dl>
      <details>
        <summary class="ink-3">As a table</summary>
        <table class="table">
          <caption class="visually-hidden">Requests by latency</caption>
          <thead>
            <tr>
              <th scope="col">ms</th>
              <th scope="col" class="num">
                Requests
              </th>
            </tr>
          </thead>
          <tbody>
            {all.map((bar) => (
              <tr key={bar.range}>
                <th scope="row">{bar.range}</th>
                <td class="num">{bar.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function useColumns(row: Row, step: string, every: number): Polled<Columns> {
  const { pool, id } = row;
  return usePolled(
    async (signal) =>
      (
        await api.get<Columns>(
          "/pools/{pool}/backends/{id}/metrics",
          { pool, id },
          { query: { window: "PT15M", step }, signal },
        )
      ).body,
    every,
    row.key,
  );
}

function TrafficPanel({ row }: { row: Row }) {
  const { value, error } = useColumns(row, "PT10S", EVERY);
  const table = useSignal(false);
  const drawn = useMemo(() => (value ? traffic(value) : null), [value]);
  return (
    <section class="panel" aria-labelledby="traffic">
      <header>
        <h2 id="traffic">Traffic, 15 min</h2>
        <span class="end ink-3">
          <Now row={row} />
        </span>
      </header>
      <div class="body">
        <Refusal error={error} />
        {drawn ? <Drawn traffic={drawn} /> : <p class="ink-3">Reading…</p>}
        <details
          onToggle={(event) => {
            table.value = event.currentTarget.open;
          }}
        >
          <summary class="ink-3">As a table</summary>
          {table.value ? <Minutes row={row} /> : null}
        </details>
      </div>
    </section>
  );
}

function Now({ row }: { row: Row }) {
  const { rps, errors, p95 } = row.figures.value;
  return (
    <>
      {rate(rps)} /s now · success {success(rps, errors)}
      {rps > 0 ? ` · p95 ${millis(p95)} ms` : ""}
    </>
  );
}

/** Charts once their chunk is there; small lines until then, and when it does not come. */
function Drawn({ traffic: drawn }: { traffic: Traffic }) {
  const charts = useSignal<ComponentType<{ traffic: Traffic }> | null>(null);
  useEffect(() => {
    import("../ui/charts").then(
      (loaded) => {
        // A function in a signal is a value, not an update.
        charts.value = loaded.default;
      },
      () => undefined,
    );
  }, [charts]);
  const Charts = charts.value;
  return Charts ? (
    <Charts traffic={drawn} />
  ) : (
    <div class="histogram">
      <Spark values={drawn.rps} height={HEIGHT} />
    </div>
  );
}

function Minutes({ row }: { row: Row }) {
  const { value, error } = useColumns(row, "PT1M", MINUTES_EVERY);
  return (
    <>
      <Refusal error={error} />
      <table class="table">
        <caption class="visually-hidden">Traffic by the minute</caption>
        <thead>
          <tr>
            <th scope="col">Minute</th>
            <th scope="col" class="num">
              req/s
            </th>
            <th scope="col" class="num">
              Success
            </th>
            <th scope="col" class="num">
              p95 ms
            </th>
          </tr>
        </thead>
        <tbody>
          {value
            ? minutes(value).map((minute) => (
                <tr key={minute.at}>
                  <th scope="row">
                    <Time at={minute.at} />
                  </th>
                  <td class="num">{minute.rps}</td>
                  <td class="num">{minute.success}</td>
                  <td class="num">{minute.p95}</td>
                </tr>
              ))
            : null}
        </tbody>
      </table>
    </>
  );
}

/** How a single machine is, in the words of its record. */
function nowOf(one: BackendHealth["backends"][number], checked: boolean): string {
  if (one.ejection && one.health.state !== "down") {
    return "ejected";
  }
  return checked ? one.health.state : "up";
}

function HealthPanel({ row, health }: { row: Row; health: BackendHealth | null }) {
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

function ChecksPanel({ pool, health }: { pool: string; health: BackendHealth | null }) {
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
