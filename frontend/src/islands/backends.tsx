/** The table of backends: one, over all pools. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { perform } from "../actions";
import { count, interval, plural } from "../format";
import { page, to } from "../page";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { StateBadge } from "../ui/icon";
import { useKeys } from "./keys";
import { Model } from "./model";
import { Line } from "./row";
import { pressed, type SortBy, STATES, viewOf } from "./view";
import { type Range, range, tops } from "./window";

type Item = { pool: string } | { row: Row };

/** From so many lines on only those in sight are drawn. */
const WINDOWED = 120;

const ROW_HEIGHT = 35;
const GROUP_HEIGHT = 32;

interface Column {
  by?: SortBy;
  label: string;
  name?: string;
  class: string;
}

const COLUMNS: readonly Column[] = [
  { by: "name", label: "Backend", class: "c-id" },
  { by: "state", label: "State", class: "c-state" },
  { by: "weight", label: "Weight", class: "c-num num hide-small" },
  { by: "rps", label: "req/s", name: "Requests a second", class: "c-num num" },
  { by: "success", label: "Success", class: "c-share num" },
  {
    by: "p50",
    label: "p50",
    name: "Median latency in milliseconds",
    class: "c-num num hide-small",
  },
  { by: "p95", label: "p95 ms", name: "95th percentile in milliseconds", class: "c-num num" },
  {
    by: "p99",
    label: "p99",
    name: "99th percentile in milliseconds",
    class: "c-num num hide-small",
  },
  { by: "active", label: "Active", class: "c-num num hide-small" },
  { label: "15 min", class: "c-spark hide-small" },
  { label: "Last check", class: "c-why hide-small" },
];

export function Backends({ query }: { query: string }) {
  const model = useMemo(() => new Model(viewOf(new URLSearchParams(query))), [query]);
  const filter = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => () => model.close(), [model]);
  useKeys(model, filter, body);
  return (
    <section class="panel" aria-labelledby="backends-title">
      <Head model={model} filter={filter} />
      <Body model={model} body={body} />
      <Foot model={model} />
      <Bulk model={model} />
    </section>
  );
}

function Head({ model, filter }: { model: Model; filter: RefObject<HTMLInputElement | null> }) {
  const view = model.view.value;
  const pools = [...store.pools.value.keys()];
  const paused = store.paused.value;
  return (
    <header>
      <h2 id="backends-title">Backends</h2>
      <input
        ref={filter}
        class="input"
        type="search"
        placeholder="Filter by name, address, label, state"
        aria-label="Filter by name, address, label or state"
        value={view.q}
        onInput={(event) => model.change({ q: event.currentTarget.value })}
      />
      <kbd class="hide-small">/</kbd>
      <select
        class="input"
        aria-label="State"
        value={view.state}
        onChange={(event) => model.change({ state: event.currentTarget.value })}
      >
        {STATES.map(([word, label]) => (
          <option key={word} value={word}>
            {label}
          </option>
        ))}
      </select>
      {pools.length > 1 ? (
        <select
          class="input"
          aria-label="Pool"
          value={view.pool}
          onChange={(event) => model.change({ pool: event.currentTarget.value })}
        >
          <option value="">All pools</option>
          {pools.map((pool) => (
            <option key={pool} value={pool}>
              {pool}
            </option>
          ))}
        </select>
      ) : null}
      <span class="end">
        <button
          type="button"
          class="button"
          aria-pressed={paused}
          onClick={() => store.pause(!paused)}
        >
          {paused ? "Paused" : "Pause"}
        </button>
        {page.may("operator") && !page.declarative ? (
          <a
            class="button primary"
            href={to(`backends/new${view.pool ? `?pool=${encodeURIComponent(view.pool)}` : ""}`)}
            data-action="add"
            data-pool={view.pool}
          >
            Add backend
          </a>
        ) : null}
      </span>
    </header>
  );
}

/** The lines of the table, with one before each pool unless another order was asked for. */
function itemsOf(rows: readonly Row[], grouped: boolean): Item[] {
  const items: Item[] = [];
  let pool: string | undefined;
  for (const row of rows) {
    if (grouped && row.pool !== pool) {
      pool = row.pool;
      items.push({ pool });
    }
    items.push({ row });
  }
  return items;
}

/** Which items are drawn: all of a short table, else those in sight. */
function useRange(
  items: readonly Item[],
  body: RefObject<HTMLTableSectionElement | null>,
): { range: Range; before: number; after: number } {
  const windowed = items.length > WINDOWED;
  const heights = useRef({ row: ROW_HEIGHT, group: GROUP_HEIGHT });
  const at = useMemo(
    () =>
      windowed
        ? tops(items.map((item) => ("row" in item ? heights.current.row : heights.current.group)))
        : [0],
    [items, windowed],
  );
  const [seen, setSeen] = useState<Range>({ from: 0, to: WINDOWED / 2 });
  useLayoutEffect(() => {
    if (!windowed) {
      return undefined;
    }
    let asked = 0;
    const look = (): void => {
      asked = 0;
      const element = body.current;
      if (element) {
        const top = -element.getBoundingClientRect().top;
        const next = range(at, top, top + window.innerHeight);
        setSeen((now) => (now.from === next.from && now.to === next.to ? now : next));
      }
    };
    const soon = (): void => {
      asked ||= requestAnimationFrame(look);
    };
    look();
    window.addEventListener("scroll", soon, { passive: true });
    window.addEventListener("resize", soon, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      window.removeEventListener("scroll", soon);
      window.removeEventListener("resize", soon);
    };
  }, [at, windowed, body]);
  if (!windowed) {
    return { range: { from: 0, to: items.length }, before: 0, after: 0 };
  }
  const to = Math.min(seen.to, items.length);
  const from = Math.min(seen.from, to);
  return {
    range: { from, to },
    before: at[from] ?? 0,
    after: (at.at(-1) ?? 0) - (at[to] ?? 0),
  };
}

function Body({ model, body }: { model: Model; body: RefObject<HTMLTableSectionElement | null> }) {
  const rows = model.shown.value;
  const sort = model.view.value.sort;
  const items = useMemo(() => itemsOf(rows, sort === null), [rows, sort]);
  const { range: seen, before, after } = useRange(items, body);
  const columns = COLUMNS.length + (page.may("operator") ? 1 : 0);
  if (rows.length === 0) {
    return <Nothing model={model} />;
  }
  return (
    <div class="scroll">
      <table class="table backends" aria-rowcount={items.length + 1}>
        <caption class="visually-hidden">
          Backends with their state and traffic, a line each. Keys j and k move, d drains, e edits.
        </caption>
        <thead>
          <tr aria-rowindex={1}>
            {page.may("operator") ? (
              <th scope="col" class="c-pick">
                <input
                  type="checkbox"
                  aria-label="Select all that are shown"
                  checked={
                    model.chosen.value.length > 0 && rows.length === model.chosen.value.length
                  }
                  onClick={(event) => model.selectAll(event.currentTarget.checked)}
                />
              </th>
            ) : null}
            {COLUMNS.map((column) => (
              <Header key={column.label} model={model} column={column} />
            ))}
          </tr>
        </thead>
        <tbody
          ref={body}
          onPointerEnter={() => hold(model, true)}
          onPointerLeave={() => hold(model, false)}
          onFocusIn={() => hold(model, true)}
          onFocusOut={(event) => left(event, model)}
        >
          <Gap key="before" height={before} columns={columns} />
          {items
            .slice(seen.from, seen.to)
            .map((item) =>
              "row" in item ? (
                <Line key={item.row.key} row={item.row} model={model} flat={sort !== null} />
              ) : (
                <Group key={`pool ${item.pool}`} pool={item.pool} columns={columns} />
              ),
            )}
          <Gap key="after" height={after} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}

function hold(model: Model, on: boolean): void {
  model.holding.value = on;
}

function left(event: FocusEvent, model: Model): void {
  const body = event.currentTarget as Element;
  if (!(event.relatedTarget instanceof Node && body.contains(event.relatedTarget))) {
    hold(model, body.matches(":hover"));
  }
}

/** The room of lines that are out of sight. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return height > 0 ? (
    <tr class="gap">
      <td colSpan={columns} height={height} />
    </tr>
  ) : null;
}

function Header({ model, column }: { model: Model; column: Column }) {
  const sort = model.view.value.sort;
  const by = column.by;
  if (!by) {
    return (
      <th scope="col" class={column.class}>
        {column.label}
      </th>
    );
  }
  const direction = sort?.by === by ? (sort.down ? "descending" : "ascending") : "none";
  return (
    <th scope="col" class={column.class} aria-sort={direction}>
      <button
        type="button"
        class="button quiet"
        title={column.name ?? column.label}
        onClick={() => model.change({ sort: pressed(model.view.value.sort, by) })}
      >
        {column.label}
      </button>
    </th>
  );
}

function Group({ pool, columns }: { pool: string; columns: number }) {
  void store.changed.value;
  const rules = store.pools.value.get(pool);
  let all = 0;
  let eligible = 0;
  for (const row of store.rows.value.values()) {
    if (row.pool === pool) {
      all++;
      eligible += row.state.value.status.eligible ? 1 : 0;
    }
  }
  const check = rules?.healthCheck;
  const parts = [
    rules?.algorithm ?? "",
    rules ? (check ? checkText(check) : "no health check") : "",
    `${count(eligible)} of ${count(all)} take traffic`,
  ];
  const mode = rules?.status.mode ?? "normal";
  return (
    <tr class="group">
      <td colSpan={columns}>
        <b>{pool}</b>
        {parts.filter(Boolean).map((part) => ` · ${part}`)}{" "}
        {mode === "normal" ? null : (
          <>
            <StateBadge kind="down" text={mode} /> {rules?.status.reason}
          </>
        )}
      </td>
    </tr>
  );
}

function checkText(check: { type: string; interval: string; http?: { path: string } | null }) {
  const path = check.http?.path;
  return `${check.type}${path ? ` ${path}` : ""} every ${interval(check.interval)}`;
}

function Nothing({ model }: { model: Model }) {
  if (store.rows.value.size > 0) {
    return (
      <div class="empty">
        <p>No backend fits this filter.</p>
        <button
          type="button"
          class="button"
          onClick={() => model.change({ q: "", state: "", pool: "" })}
        >
          Show all {count(store.rows.value.size)}
        </button>
      </div>
    );
  }
  return <Teach />;
}

/** What to do when there is nothing yet. */
export function Teach() {
  const pool = store.pools.value.keys().next().value ?? "default";
  const command = `curl -X POST ${location.origin}${page.base}api/v1/pools/${pool}/backends \\
  -H "Authorization: Bearer $SLUICE_TOKEN" -H "Content-Type: application/json" \\
  -d '{"address": "10.0.0.1:8080"}'`;
  return (
    <div class="empty">
      <h2>No backend yet</h2>
      <p>
        A backend is a server that requests are sent to. Add the first one here, or from a program:
      </p>
      <div class="copy">
        <pre>{command}</pre>
        <CopyButton text={command} />
      </div>
      {page.may("operator") && !page.declarative ? (
        <a class="button primary" href={to("backends/new")} data-action="add">
          Add backend
        </a>
      ) : null}
    </div>
  );
}

export function CopyButton({ text }: { text: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    const timer = done ? setTimeout(() => setDone(false), 2000) : undefined;
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button
      type="button"
      class="button"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))}
    >
      <span role="status">{done ? "Copied" : "Copy"}</span>
    </button>
  );
}

function Foot({ model }: { model: Model }) {
  const all = store.rows.value.size;
  const rows = model.shown.value.length;
  if (all === 0) {
    return null;
  }
  const held = model.holding.value && model.view.value.sort !== null;
  return (
    <footer>
      <span>{rows === all ? plural(all, "backend") : `${count(rows)} of ${count(all)} shown`}</span>
      {model.view.value.sort ? (
        <button type="button" class="button quiet" onClick={() => model.change({ sort: null })}>
          Group by pool
        </button>
      ) : null}
      {held ? <span>order held while you are in the table</span> : null}
      <button type="button" class="button quiet hide-small" onClick={() => void perform("help")}>
        <kbd>?</kbd> keys
      </button>
    </footer>
  );
}

const VERBS: readonly (readonly [string, string])[] = [
  ["drain", "Drain"],
  ["maint", "Maintenance"],
  ["ready", "Ready"],
  ["remove", "Remove"],
];

function Bulk({ model }: { model: Model }) {
  const keys = model.chosen.value;
  if (keys.length === 0 || page.declarative) {
    return null;
  }
  return (
    <section class="toolbar" aria-label="Selected backends">
      <b>{count(keys.length)} selected</b>
      {VERBS.map(([verb, label]) => (
        <button
          key={verb}
          type="button"
          class={verb === "remove" ? "button danger" : "button"}
          onClick={(event) => void perform("bulk", { verb, keys, from: event.currentTarget })}
        >
          {label}
        </button>
      ))}
      <button type="button" class="button quiet" onClick={() => model.selectAll(false)}>
        Clear
      </button>
    </section>
  );
}
