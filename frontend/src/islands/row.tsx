/** One backend as a line of the table; it is drawn anew only when it changes itself. */
import { computed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { pending } from "../actions";
import { count, latency, rate, success } from "../format";
import { page, toBackend } from "../page";
import { why } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { shownOf } from "../ui/attention";
import { StateBadge } from "../ui/icon";
import { Spark } from "../ui/spark";
import { Time } from "../ui/time";
import type { Model } from "./model";

/** Below this share of successes a figure is shown as bad. */
const POOR = 0.01;

export function Line({ row, model, flat }: { row: Row; model: Model; flat: boolean }) {
  const own = useMemo(
    () => ({
      selected: computed(() => model.selected.value.has(row.key)),
      tab: computed(() => (model.place.value === row.key ? 0 : -1)),
    }),
    [row, model],
  );
  const tab = own.tab.value;
  const selected = own.selected.value;
  const state = row.state.value;
  return (
    <tr class={selected ? "selected" : ""} data-key={row.key} onFocusIn={() => at(model, row)}>
      {page.may("operator") ? (
        <td class="pick">
          <input
            type="checkbox"
            aria-label={`Select ${row.id}`}
            checked={selected}
            tabIndex={tab}
            onClick={(event) => choose(event, model, row)}
          />
        </td>
      ) : null}
      <td class="id">
        {flat ? <span class="ink-3">{row.pool} / </span> : null}
        <a class="name" href={toBackend(row.pool, row.id)} tabIndex={tab}>
          {row.id}
        </a>
        <span class="address hide-small">{state.address}</span>
      </td>
      <td>
        <State row={row} />
      </td>
      <td class="num hide-small">{count(state.weight)}</td>
      <Figures row={row} />
      <td class="spark hide-small">
        <Trend row={row} />
      </td>
      <td class="why hide-small">
        <Why row={row} />
        <Buttons row={row} tab={tab} />
      </td>
    </tr>
  );
}

function at(model: Model, row: Row): void {
  model.current.value = row.key;
}

function choose(event: MouseEvent, model: Model, row: Row): void {
  const box = event.currentTarget as HTMLInputElement;
  if (event.shiftKey && box.checked) {
    model.selectTo(row.key);
  } else {
    model.select(row.key, box.checked);
  }
  model.current.value = row.key;
}

function State({ row }: { row: Row }) {
  const own = useMemo(() => {
    const shown = computed(() => shownOf(row));
    return { kind: computed(() => shown.value.kind), text: computed(() => shown.value.text) };
  }, [row]);
  return <StateBadge kind={own.kind.value} text={own.text.value} />;
}

function Figures({ row }: { row: Row }) {
  const { rps, errors, p50, p95, p99, active } = row.figures.value;
  return (
    <>
      <td class="num">{rate(rps)}</td>
      <td class={errors > POOR ? "num text-bad" : "num"}>{success(rps, errors)}</td>
      <td class="num hide-small">{latency(rps, p50)}</td>
      <td class="num">{latency(rps, p95)}</td>
      <td class="num hide-small">{latency(rps, p99)}</td>
      <td class="num hide-small">{count(active)}</td>
    </>
  );
}

function Trend({ row }: { row: Row }) {
  void store.drawn.value;
  const tone = row.state.value.status.eligible ? "" : "mute";
  return <Spark values={row.trend.read(0)} width={88} height={20} tone={tone} />;
}

function Why({ row }: { row: Row }) {
  const state = row.state.value;
  const { health, ejection } = state.status;
  const bad = state.adminState === "ready" && (ejection || health?.state === "down");
  const reason =
    state.adminState === "ready"
      ? why(state)
      : (store.running(row.pool, row.id)?.reason ??
        (state.adminState === "maint" ? "" : why(state)));
  return (
    <span class={bad ? "clip text-bad" : "clip"} title={reason}>
      {reason}
      {bad && health?.state === "down" ? (
        <>
          {" since "}
          <Time at={health.since} />
        </>
      ) : null}
    </span>
  );
}

function Buttons({ row, tab }: { row: Row; tab: number }) {
  if (!page.may("operator") || page.declarative) {
    return null;
  }
  const word = pending.value.get(row.key);
  if (word) {
    return (
      <span class="actions doing" role="status">
        {word}
      </span>
    );
  }
  const intent = row.state.value.adminState;
  const actions: [string, string][] = [
    intent === "ready" ? ["drain", "Drain"] : ["ready", "Ready"],
    ["edit", "Edit"],
  ];
  const running = store.running(row.pool, row.id);
  return (
    <span class="actions">
      {running ? (
        <a
          class="button"
          href={`${page.base}operations/${running.id}`}
          data-action="operation"
          data-id={running.id}
          tabIndex={tab}
          aria-label={`Progress of ${row.id}`}
        >
          Progress
        </a>
      ) : null}
      {actions.map(([action, label]) => (
        <a
          key={action}
          class="button"
          href={toBackend(row.pool, row.id, action)}
          data-action={action}
          data-pool={row.pool}
          data-id={row.id}
          tabIndex={tab}
          aria-label={`${label} ${row.id}`}
        >
          {label}
        </a>
      ))}
    </span>
  );
}
