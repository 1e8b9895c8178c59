/**
 * What can be done. A press on anything with `data-action` opens its dialog instead of following
 * its link; the dialogs are a chunk of their own, and without it the link's page does the same.
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import { page, toBackend } from "./page";
import { keyOf, type Row } from "./store/store";

export type Action =
  | "drain"
  | "maint"
  | "ready"
  | "edit"
  | "remove"
  | "add"
  | "check"
  | "operation"
  | "rollback"
  | "bulk"
  | "help";

/** What a press says beside its action. */
export interface Target {
  pool: string;
  id: string;
  /** Of a revision. */
  number: string;
  /** Of a bulk: what to do with all of them. */
  verb: string;
  keys: readonly string[];
  /** Where the focus goes back to. */
  from: HTMLElement | null;
}

const working = signal<ReadonlyMap<string, string>>(new Map());

/** What is under way for a backend and not yet so: draining…, by its key. */
export const pending: ReadonlySignal<ReadonlyMap<string, string>> = working;

/** Says what is under way, or with nothing that it is over. */
export function setPending(pool: string, id: string, word?: string): void {
  const next = new Map(working.value);
  if (word) {
    next.set(keyOf(pool, id), word);
  } else {
    next.delete(keyOf(pool, id));
  }
  working.value = next;
}

function load() {
  return import("./dialogs/open");
}

/** Opens what belongs to an action; false: it could not be loaded. */
export async function perform(action: Action, given: Partial<Target> = {}): Promise<boolean> {
  const target: Target = {
    pool: "",
    id: "",
    number: "",
    verb: "",
    keys: [],
    from: document.activeElement instanceof HTMLElement ? document.activeElement : null,
    ...given,
  };
  let dialogs: Awaited<ReturnType<typeof load>>;
  try {
    dialogs = await load();
  } catch {
    return false;
  }
  dialogs.open(action, target);
  return true;
}

/** The same for a row, for the keyboard; without the chunk the page of it. */
export async function performOn(action: Action, row: Row): Promise<void> {
  if (page.may("operator") && !(await perform(action, { pool: row.pool, id: row.id }))) {
    location.assign(toBackend(row.pool, row.id, action));
  }
}

function pressed(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey) {
    return;
  }
  const found = event.target instanceof Element ? event.target.closest("[data-action]") : null;
  if (!(found instanceof HTMLElement)) {
    return;
  }
  event.preventDefault();
  const { action, pool = "", id = "", number = "" } = found.dataset;
  void perform(action as Action, { pool, id, number, from: found }).then((done) => {
    if (!done) {
      follow(found);
    }
  });
}

/** What the press would have done without this script. */
function follow(element: HTMLElement): void {
  if (element instanceof HTMLAnchorElement) {
    location.assign(element.href);
  } else if (element instanceof HTMLButtonElement) {
    element.form?.submit();
  }
}

/** From now on presses open dialogs. */
export function listenForActions(): void {
  document.addEventListener("click", pressed);
  if (page.may("operator")) {
    // Ready before the first press, behind everything that is to be seen first.
    setTimeout(() => void load().catch(() => undefined), 2000);
  }
}
