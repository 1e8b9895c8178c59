/** How quickly one backend answers, and how much. */
import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../api/client";
import type { Columns, Latency } from "../api/types";
import type { Place } from "../dialogs/calls";
import { millis, plural, rate, success } from "../format";
import type { Row } from "../store/store";
import { Label } from "../ui/label";
import { Refusal } from "../ui/refusal";
import { Spark } from "../ui/spark";
import { Time } from "../ui/time";
import { bars, fine, HEIGHT, minutes, type Traffic, traffic } from "./backend-figures";
import { type Polled, usePolled } from "./polled";

const EVERY = 10_000;
const MINUTES_EVERY = 60_000;

export function LatencyPanel({ pool, id }: Place) {
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

export function TrafficPanel({ row }: { row: Row }) {
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
