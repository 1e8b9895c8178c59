/** The state of a table of backends: view, selection, place of the keyboard, order. */
import { computed, effect, signal, untracked } from "@preact/signals";
import { ATTENTION } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { shownOf } from "../ui/attention";
import { filtered, held, ordered, queryFor, type View } from "./view";

export class Model {
  readonly view;
  readonly selected = signal<ReadonlySet<string>>(new Set());
  /** The row that the keyboard is at. */
  readonly current = signal("");
  readonly shown = signal<readonly Row[]>([]);
  /** Whether the order stays because somebody points at it or stands in it. */
  readonly holding = signal(false);
  /** Only what still exists. */
  readonly chosen = computed(() =>
    [...this.selected.value].filter((key) => store.rows.value.has(key)),
  );

  private readonly stop: () => void;

  constructor(view: View) {
    this.view = signal(view);
    let last: View | undefined;
    this.stop = effect(() => {
      const now = this.view.value;
      void store.rows.value;
      void store.pools.value;
      void store.changed.value;
      if (now.sort || now.state) {
        void store.frame.value;
      }
      const holding = this.holding.value;
      untracked(() => this.arrange(now, now !== last || !holding));
      last = now;
    });
  }

  close(): void {
    this.stop();
  }

  private arrange(view: View, free: boolean): void {
    if (store.paused.value && !free) {
      return;
    }
    const wanted = filtered(store.rows.value.values(), view, (row) => shownOf(row).text);
    const next = free
      ? ordered(wanted, view.sort, (row) => ATTENTION.indexOf(shownOf(row).kind))
      : held(this.shown.value, wanted, view.sort === null);
    const before = this.shown.value;
    if (next.length !== before.length || next.some((row, i) => row !== before[i])) {
      this.shown.value = next;
    }
  }

  /** Changes the view, and the address with it. */
  change(part: Partial<View>): void {
    this.view.value = { ...this.view.value, ...part };
    const query = queryFor(this.view.value, new URLSearchParams(location.search));
    history.replaceState(history.state, "", location.pathname + query + location.hash);
  }

  select(key: string, on: boolean): void {
    const next = new Set(this.selected.value);
    if (on) {
      next.add(key);
    } else {
      next.delete(key);
    }
    this.selected.value = next;
  }

  /** Chooses all that are shown, or none. */
  selectAll(on: boolean): void {
    this.selected.value = new Set(on ? this.shown.value.map((row) => row.key) : []);
  }

  /** Chooses all between the last chosen place and this one. */
  selectTo(key: string): void {
    const rows = this.shown.value;
    const from = rows.findIndex((row) => row.key === this.current.value);
    const to = rows.findIndex((row) => row.key === key);
    if (from < 0 || to < 0) {
      this.select(key, true);
      return;
    }
    const next = new Set(this.selected.value);
    for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      next.add(row.key);
    }
    this.selected.value = next;
  }

  /** The row that the keyboard is at; the first one until it was moved. */
  at(): Row | undefined {
    const rows = this.shown.value;
    return rows.find((row) => row.key === this.current.value) ?? rows[0];
  }

  /** The key of that row. */
  readonly place = computed(() => this.at()?.key);

  /** Moves the keyboard's place by so many rows; the row that it is at now. */
  move(by: number): Row | undefined {
    const rows = this.shown.value;
    const index = rows.findIndex((row) => row.key === this.current.value);
    const next = index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + by));
    const row = rows[next];
    if (row) {
      this.current.value = row.key;
    }
    return row;
  }
}
