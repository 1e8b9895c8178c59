/** Everything about one backend, as it goes on. */
import { computed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../api/client";
import type { BackendHealth } from "../api/types";
import type { Place } from "../dialogs/calls";
import { count, millis, plural, roughShare } from "../format";
import { to, toBackend } from "../page";
import { type Shown, shown, why } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { isChecked, shownOf } from "../ui/attention";
import { StateBadge } from "../ui/icon";
import { Label } from "../ui/label";
import { Refusal } from "../ui/refusal";
import { ChecksPanel, checksOf, HealthPanel } from "./backend-health";
import { LatencyPanel, TrafficPanel } from "./backend-traffic";
import { usePolled } from "./polled";

const CHECKS_EVERY = 5000;

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

function StatePanel({ row, health }: { row: Row; health: BackendHealth | null }) {
  const state = row.state.value;
  const { kind, text } = shownOf(row);
  const spec = store.pools.value.get(row.pool)?.backends.find((each) => each.id === row.id);
  const running = store.running(row.pool, row.id);
  const tunnels = health?.backends.reduce((sum, each) => sum + each.tunnels, 0) ?? 0;
  const wrong = kind === "down" || kind === "ejected" || state.status.trouble ? why(state) : "";
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
