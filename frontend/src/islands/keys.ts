/** The keyboard in a table of backends. Letters count only outside of fields. */
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { type Action, perform, performOn } from "../actions";
import type { Model } from "./model";

const ACTIONS: Record<string, Action> = { d: "drain", e: "edit", m: "maint", r: "ready" };

/** Whether a key is text for a field. */
export function isTyped(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.isComposing ||
    document.querySelector("dialog[open]") !== null ||
    (target instanceof HTMLElement &&
      (target.isContentEditable ||
        target instanceof HTMLTextAreaElement ||
        target instanceof HTMLSelectElement ||
        (target instanceof HTMLInputElement && target.type !== "checkbox")))
  );
}

export function useKeys(
  model: Model,
  filter: RefObject<HTMLInputElement | null>,
  body: RefObject<HTMLTableSectionElement | null>,
): void {
  // Not after the next frame: a key that is pressed at once must count.
  useLayoutEffect(() => {
    const focus = (by: number): void => {
      const row = model.move(by);
      if (row) {
        reveal(body.current, row.key, model.shown.value.indexOf(row) / model.shown.value.length);
      }
    };
    const listen = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && event.target === filter.current) {
        model.change({ q: "" });
        filter.current?.blur();
        return;
      }
      if (isTyped(event)) {
        return;
      }
      const inTable = event.target instanceof Node && body.current?.contains(event.target) === true;
      if (handle(event, inTable, model, focus, filter)) {
        event.preventDefault();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [model, filter, body]);
}

function handle(
  event: KeyboardEvent,
  inTable: boolean,
  model: Model,
  focus: (by: number) => void,
  filter: RefObject<HTMLInputElement | null>,
): boolean {
  const row = model.at();
  const action = ACTIONS[event.key];
  if (action && row) {
    void performOn(action, row);
    return true;
  }
  switch (event.key) {
    case "/":
      filter.current?.focus();
      filter.current?.select();
      return true;
    case "?":
      void perform("help");
      return true;
    case "j":
      focus(1);
      return true;
    case "k":
      focus(-1);
      return true;
    case "x":
      if (row) {
        model.select(row.key, !model.selected.value.has(row.key));
      }
      return row !== undefined;
    case "Escape":
      model.selectAll(false);
      return false;
    case "ArrowDown":
    case "ArrowUp":
      if (inTable) {
        focus(event.key === "ArrowDown" ? 1 : -1);
      }
      return inTable;
    case "Home":
    case "End":
      if (inTable) {
        focus(event.key === "Home" ? -model.shown.value.length : model.shown.value.length);
      }
      return inTable;
    default:
      return false;
  }
}

/**
 * Brings the focus to a row, which may have to be drawn first.
 *
 * @param place where in the table it is, 0 to 1
 */
function reveal(body: HTMLElement | null, key: string, place: number): void {
  const find = (): HTMLElement | null =>
    body?.querySelector(`tr[data-key="${CSS.escape(key)}"] a.name`) ?? null;
  const link = find();
  if (link || !body) {
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    return;
  }
  const box = body.getBoundingClientRect();
  window.scrollTo({ top: window.scrollY + box.top + box.height * place - window.innerHeight / 2 });
  requestAnimationFrame(() => requestAnimationFrame(() => find()?.focus()));
}
