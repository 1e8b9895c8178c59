/** One sentence first, then figures, what needs attention, what happened, and the table. */
import { computed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { count, millis, NONE, plural, rate, roughShare, span, success } from "../format";
import { store } from "../store/live";
import { ACTIVE, ERRORS, P95, RPS } from "../store/store";
import { Attention, shownOf } from "../ui/attention";
import { Spark } from "../ui/spark";
import { Backends } from "./backends";
import { Recent } from "./recent";

/** How many backends are in each state, counted anew when one changes. */
export const counts = computed(() => {
  void store.changed.value;
  void store.pools.value;
  const found = { total: 0, eligible: 0, drain: 0, ejected: 0, down: 0, maint: 0 };
  for (const row of store.rows.value.values()) {
    const { kind } = shownOf(row);
    found.total++;
    found.eligible += row.state.value.status.eligible ? 1 : 0;
    if (kind !== "up" && kind !== "unknown") {
      found[kind]++;
    }
  }
  return found;
});

export const headline = computed(() => {
  const { total, eligible } = counts.value;
  if (total === 0) {
    return "No backend yet";
  }
  if (eligible === total) {
    return total === 1
      ? "The one backend takes traffic"
      : `All ${count(total)} backends take traffic`;
  }
  return `${count(eligible)} of ${plural(total, "backend")} take traffic`;
});

export const subline = computed(() => {
  const { drain, ejected, down, maint } = counts.value;
  const parts = [
    drain ? `${count(drain)} ${drain === 1 ? "drains" : "drain"}` : "",
    ejected ? `${count(ejected)} ejected` : "",
    down ? `${count(down)} down` : "",
    maint ? `${count(maint)} in maintenance` : "",
  ].filter(Boolean);
  const revision = store.revision.value;
  const change = revision
    ? `last change ${ago(revision.at)} ago by ${revision.author}, revision ${revision.number}`
    : "";
  return [parts.join(", "), change].filter(Boolean).join(" · ");
});

function ago(at: string): string {
  return span(store.now.value - Date.parse(at));
}

export function Overview() {
  useEffect(() => head(), []);
  return (
    <>
      <Tiles />
      <div class="cols">
        <Attention most={8} />
        <Recent />
      </div>
      <TrafficShare />
      <Backends query={location.search} />
    </>
  );
}

/** Keeps the page's heading current, which stands outside of the island. */
function head(): () => void {
  const title = document.querySelector(".head h1");
  const sub = document.querySelector(".head .sub");
  const stops = [
    headline.subscribe((text) => {
      if (title) {
        title.textContent = text;
      }
    }),
    subline.subscribe((text) => {
      if (sub) {
        sub.textContent = text;
      }
    }),
  ];
  return () => {
    for (const stop of stops) {
      stop();
    }
  };
}

export function Tiles() {
  const { rps, errors, p95, active } = store.total.value;
  const connections = store.status.value?.connections.clients;
  void store.drawn.value;
  const of = (column: number) => store.history.read(column);
  return (
    <div class="tiles">
      <Tile name="Requests" value={rate(rps)} unit="/s" values={of(RPS)} />
      <Tile
        name="Success"
        value={rps > 0 ? success(rps, errors).replace(" %", "") : NONE}
        unit="%"
        values={of(ERRORS).map((error) => 1 - error)}
        range={[0, 1]}
        tone="ok"
      />
      <Tile name="Latency p95" value={rps > 0 ? millis(p95) : NONE} unit="ms" values={of(P95)} />
      <Tile
        name="Active"
        value={count(active)}
        unit={connections === undefined ? "" : "requests"}
        values={of(ACTIVE)}
      />
    </div>
  );
}

function Tile(props: {
  name: string;
  value: string;
  unit: string;
  values: number[];
  tone?: "ok" | "";
  range?: readonly [number, number];
}) {
  const { name, value, unit, values, tone = "", range } = props;
  return (
    <div class="tile">
      <div class="key">{name}</div>
      <div class="value">
        {value}
        <small>{unit}</small>
      </div>
      <Spark values={values} tone={tone} {...(range ? { range } : {})} />
    </div>
  );
}

interface Part {
  id: string;
  actual: number;
  configured: number;
  eligible: boolean;
}

function partsOf(pool: string): Part[] {
  const rows = [...store.rows.value.values()].filter((row) => row.pool === pool);
  const rps = rows.reduce((sum, row) => sum + row.figures.value.rps, 0);
  const weight = rows.reduce((sum, row) => sum + row.state.value.weight, 0);
  return rows.map((row) => ({
    id: row.id,
    actual: rps > 0 ? row.figures.value.rps / rps : 0,
    configured: weight > 0 ? row.state.value.weight / weight : 0,
    eligible: row.state.value.status.eligible,
  }));
}

/** The pool with the most traffic, of those that have a choice to make. */
const busiest = computed(() => {
  const sums = new Map<string, { rps: number; backends: number }>();
  for (const row of store.rows.value.values()) {
    const sum = sums.get(row.pool) ?? { rps: 0, backends: 0 };
    sum.rps += row.figures.value.rps;
    sum.backends++;
    sums.set(row.pool, sum);
  }
  const several = [...sums].filter(([, sum]) => sum.backends > 1);
  several.sort(([, a], [, b]) => b.rps - a.rps);
  return several.map(([pool]) => pool);
});

function TrafficShare() {
  const chosen = useSignal(busiest.peek()[0] ?? "");
  const pools = [...store.pools.value.keys()];
  const pool = chosen.value || (busiest.value[0] ?? "");
  if (!pool) {
    return null;
  }
  const parts = partsOf(pool);
  const out = parts.filter((part) => !part.eligible).length;
  return (
    <section class="panel" aria-labelledby="share">
      <header>
        <h2 id="share">Traffic share, {pool}</h2>
        {pools.length > 1 ? (
          <span class="end">
            <select
              class="input"
              aria-label="Pool whose traffic share is shown"
              value={pool}
              onChange={(event) => {
                chosen.value = event.currentTarget.value;
              }}
            >
              {pools.map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </select>
          </span>
        ) : null}
      </header>
      <div class="body">
        <ShareBar parts={parts} of={(part) => part.actual} tone="accent" />
        <div class="labels">
          <span>actual, last second</span>
        </div>
        <ShareBar parts={parts} of={(part) => part.configured} tone="mute" />
        <div class="labels">
          <span>configured weights</span>
          <span>
            {out === parts.length
              ? "none of them takes requests"
              : out > 0
                ? `${count(out)} of ${count(parts.length)} take no new requests: the others carry their share`
                : ""}
          </span>
        </div>
      </div>
    </section>
  );
}

/** Narrower parts have no room for their name. */
const NAMED_FROM = 0.08;

function ShareBar(props: { parts: Part[]; of: (part: Part) => number; tone: "accent" | "mute" }) {
  const { parts, of, tone } = props;
  let x = 0;
  const text = parts
    .filter((part) => of(part) > 0)
    .map((part) => `${part.id} ${roughShare(of(part))}`)
    .join(", ");
  return (
    <div class="bar">
      <svg height="20" role="img" aria-label={text || "no requests"}>
        {parts.map((part) => {
          const width = of(part);
          const from = x;
          x += width;
          if (width === 0) {
            return null;
          }
          const fill = tone === "accent" && !part.eligible ? "warn" : tone;
          return (
            // A picture of its own: a long name ends where its part does.
            <svg
              key={part.id}
              x={`${from * 100}%`}
              width={`${width * 100}%`}
              height="20"
              aria-hidden="true"
            >
              <title>{`${part.id} ${roughShare(width)}`}</title>
              <rect width="100%" height="20" class={`fill-${fill} part`} />
              {width >= NAMED_FROM ? (
                <text x="50%" y="14" text-anchor="middle" class="on">
                  {part.id} {roughShare(width)}
                </text>
              ) : null}
            </svg>
          );
        })}
      </svg>
    </div>
  );
}
