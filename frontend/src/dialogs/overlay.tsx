/** Where dialogs, the drawer and the snack are drawn: above the page, outside of its islands. */
import { signal } from "@preact/signals";
import { type ComponentChildren, type JSX, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type ApiError, asApiError } from "../api/client";
import type { Done } from "./calls";
import { Drawer } from "./drawer";

const dialog = signal<JSX.Element | null>(null);
const drawer = signal("");
const snack = signal<{ done: Done; number: number } | null>(null);
let snacks = 0;
let back: HTMLElement | null = null;
let root: HTMLElement | undefined;

function Overlays() {
  return (
    <>
      {drawer.value ? <Drawer key={drawer.value} id={drawer.value} onClose={closeDrawer} /> : null}
      {snack.value ? <Snack key={snack.value.number} done={snack.value.done} /> : null}
      {dialog.value}
    </>
  );
}

function mount(): void {
  if (!root) {
    root = document.createElement("div");
    document.body.append(root);
    render(<Overlays />, root);
  }
}

/** Shows a dialog; the focus goes back to where it was opened from. */
export function showDialog(content: JSX.Element, from: HTMLElement | null): void {
  mount();
  back = from ?? back;
  dialog.value = content;
}

export function closeDialog(): void {
  dialog.value = null;
  focusBack();
}

/** The control may have been drawn anew, or be gone: the page's content is next. */
function focusBack(): void {
  const from = back;
  back = null;
  requestAnimationFrame(() => {
    if (document.querySelector("dialog[open]")) {
      return;
    }
    if (from?.isConnected) {
      from.focus();
    } else {
      const { pool, id } = from?.dataset ?? {};
      const same = id ? `[data-pool="${CSS.escape(pool ?? "")}"][data-id="${CSS.escape(id)}"]` : "";
      (same ? document.querySelector<HTMLElement>(same) : null)?.focus();
    }
  });
}

export function openDrawer(operation: string): void {
  mount();
  drawer.value = operation;
}

export function closeDrawer(): void {
  drawer.value = "";
}

export function isDrawerOpen(): boolean {
  return drawer.value !== "";
}

/** So long what was done can be taken back by one press. */
const UNDO_FOR = 10_000;

export function showSnack(done: Done): void {
  mount();
  snack.value = { done, number: ++snacks };
}

function Snack({ done }: { done: Done }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let left = UNDO_FOR;
    const step = 250;
    const timer = setInterval(() => {
      // Whoever reads it or is about to press has all the time.
      if (!box.current?.matches(":hover, :focus-within")) {
        left -= step;
      }
      if (left <= 0) {
        snack.value = null;
      }
    }, step);
    return () => clearInterval(timer);
  }, []);
  const undo = done.undo;
  return (
    <div class="snack" ref={box}>
      <span role="status">{done.text}</span>
      {undo ? (
        <button type="button" class="button" onClick={() => void takeBack(undo)}>
          Undo
        </button>
      ) : null}
      <button
        type="button"
        class="button"
        aria-label="Close"
        onClick={() => {
          snack.value = null;
        }}
      >
        ×
      </button>
    </div>
  );
}

async function takeBack(undo: () => Promise<string>): Promise<void> {
  snack.value = null;
  try {
    showSnack({ text: await undo() });
  } catch (error) {
    showProblem("It could not be taken back", asApiError(error), null);
  }
}

/** What went wrong without a form that could show it. */
export function showProblem(title: string, error: ApiError, from: HTMLElement | null): void {
  showDialog(
    <Modal title={title}>
      <Refused error={error} />
      <div class="row">
        <button type="button" class="button" onClick={closeDialog}>
          Close
        </button>
      </div>
    </Modal>,
    from,
  );
}

/** A native dialog. Escape and Cancel close it. */
export function Modal({ title, children }: { title: string; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = element.current;
    if (shown && !shown.open) {
      shown.showModal();
    }
    return () => shown?.close();
  }, []);
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onClose={closed}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

function closed(event: Event): void {
  // An unmounted dialog closes too, when another one is shown already.
  if ((event.currentTarget as Element).isConnected) {
    closeDialog();
  }
}

/** A refusal as a sentence, with what no field shows and the request's id. */
export function Refused({ error, fields = [] }: { error: ApiError; fields?: readonly string[] }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => element.current?.scrollIntoView({ block: "nearest" }), [error]);
  return (
    <div class="banner bad" role="alert" ref={element}>
      <span>{error.message}</span>
      {error.besides(fields).map((other) => (
        <span key={other.pointer}>
          {other.pointer ? `${other.pointer}: ` : ""}
          {other.message}
        </span>
      ))}
      {error.problem.requestId ? (
        <span class="end">
          Request <code>{error.problem.requestId}</code>
        </span>
      ) : null}
    </div>
  );
}
