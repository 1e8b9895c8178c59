/**
 * Charts of a quarter of an hour, one below the other with one cursor; a chunk of its own, for it
 * brings uPlot. What they say stands beside them in words and in a table.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, millis, NONE, rate, roughShare } from "../format";
import { type Traffic, told, WORDS } from "../islands/backend-figures";

const CHART_HEIGHT = 116;

interface Kind {
  name: "rps" | "errors" | "p95";
  label: string;
  tone: string;
  /** The axis. */
  tick: (value: number) => string;
  /** What an idle axis reaches up to. */
  least: number;
}

const KINDS: readonly Kind[] = [
  { name: "rps", label: "Requests a second", tone: "accent", tick: rate, least: 1 },
  { name: "errors", label: "Share of errors", tone: "bad", tick: roughShare, least: 0.01 },
  { name: "p95", label: "Latency p95, ms", tone: "warn", tick: millis, least: 1 },
];

const TIME = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** Colours as the page has them now: canvas knows no variables. */
function colour(within: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  within.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Indices of values whose neighbours are gaps. */
function alone(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values)
    .map((value, i) => (value != null && values[i - 1] == null && values[i + 1] == null ? i : -1))
    .filter((i) => i >= 0);
}

function options(kind: Kind, box: HTMLElement, at: (index: number | null) => void): uPlot.Options {
  const axis = {
    stroke: () => colour(box, "ink-3"),
    grid: { stroke: () => colour(box, "line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: Math.max(120, box.clientWidth),
    height: CHART_HEIGHT,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      sync: { key: "backend" },
      drag: { x: false, y: false },
    },
    scales: {
      x: { time: true },
      y: { range: (_self, _least, most) => [0, Math.max(kind.least, (most ?? 0) * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 22,
        space: 70,
        values: (_self, splits) => splits.map((each) => TIME.format(each * 1000)),
      },
      { ...axis, size: 52, space: 30, values: (_self, splits) => splits.map(kind.tick) },
    ],
    series: [
      {},
      {
        stroke: () => colour(box, kind.tone),
        fill: () => colour(box, `${kind.tone}-bg`),
        width: 1.5,
        // Only what stands alone between gaps: no line leads to it.
        points: { show: true, size: 4, filter: (self, series) => alone(self.data[series] ?? []) },
        spanGaps: false,
      },
    ],
    hooks: { setCursor: [(self) => at(self.cursor.idx ?? null)] },
  };
}

/** Runs when the page's colours change: by its own switch, or by the system's. */
function onTheme(run: () => void): () => void {
  const observer = new MutationObserver(run);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", run);
  return () => {
    observer.disconnect();
    dark.removeEventListener("change", run);
  };
}

export default function Charts({ traffic }: { traffic: Traffic }) {
  return (
    <div class="charts">
      {KINDS.map((kind) => (
        <Chart key={kind.name} kind={kind} traffic={traffic} />
      ))}
    </div>
  );
}

function Chart({ kind, traffic }: { kind: Kind; traffic: Traffic }) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const index = useSignal<number | null>(null);
  const values = traffic[kind.name];
  useEffect(() => {
    const element = box.current;
    if (!element) {
      return undefined;
    }
    const plot = new uPlot(
      options(kind, element, (at) => {
        index.value = at;
      }),
      [traffic.t, values],
      element,
    );
    chart.current = plot;
    const size = new ResizeObserver(() =>
      plot.setSize({ width: Math.max(120, element.clientWidth), height: CHART_HEIGHT }),
    );
    size.observe(element);
    const stop = onTheme(() => plot.redraw(true, true));
    return () => {
      stop();
      size.disconnect();
      plot.destroy();
      chart.current = null;
    };
    // Made once; figures are set below.
  }, []);
  useEffect(() => chart.current?.setData([traffic.t, values]), [traffic]);
  const { range, last } = told(values, WORDS[kind.name]);
  const at = index.value;
  const pointed = at === null ? undefined : traffic.t[at];
  const value = at === null ? null : (values[at] ?? null);
  return (
    <figure class="chart">
      <figcaption>
        {kind.label}
        <span class="end">
          {pointed === undefined
            ? `now ${last}`
            : `${clock(new Date(pointed * 1000).toISOString())}: ${value === null ? NONE : WORDS[kind.name](value)}`}
        </span>
      </figcaption>
      <div
        ref={box}
        class="plot"
        role="img"
        aria-label={`${kind.label}, last 15 minutes: ${range}, now ${last}`}
      />
      <div class="labels">
        <span>within 15 min: {range}</span>
      </div>
    </figure>
  );
}
