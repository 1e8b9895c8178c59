/** What happens while the list is read: told by a number first, so that nothing moves below an eye. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { Audit, Page, Revision, Transition } from "../api/types";
import { page, to, toBackend } from "../page";
import { store } from "../store/live";
import { attended } from "../store/presence";
import { Refusal } from "../ui/refusal";
import { Time } from "../ui/time";
import { type Entry, entries, type Sources, type Wanted } from "./happened";

/** So many of each source are looked at; who was away for longer loads the page anew. */
const LOOKED_AT = 50;

/** So long after an event it is on the server's record too. */
const RECORDED_AFTER = 1200;

async function list<T>(path: "/revisions" | "/transitions" | "/audit"): Promise<T[]> {
  return (await api.get<Page<T>>(path, {}, { query: { limit: LOOKED_AT } })).body.items;
}

async function read(kind: string): Promise<Sources> {
  const wants = (one: string): boolean => kind === "" || kind === one;
  const [revisions, transitions, audit] = await Promise.all([
    wants("revision") ? list<Revision>("/revisions") : [],
    wants("health") ? list<Transition>("/transitions") : [],
    page.may("admin") && wants("audit") ? list<Audit>("/audit") : [],
  ]);
  const operations = wants("operation") ? [...store.operations.peek().values()] : [];
  return { revisions, transitions, audit, operations };
}

/** The newest that the server has written already; without any this moment. */
export function newestIn(list_: ParentNode, now: number): number {
  const first = list_.querySelector<HTMLTimeElement>("li time[datetime]")?.dateTime;
  return first ? Date.parse(first) : now;
}

export function NewActivity({ wanted }: { wanted: Wanted }) {
  const found = useSignal<readonly Entry[]>([]);
  const shown = useSignal<readonly Entry[]>([]);
  const error = useSignal<ApiError | null>(null);
  const top = useRef<HTMLUListElement>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      timer = undefined;
      if (!attended()) {
        return;
      }
      read(wanted.kind).then(
        (sources) => {
          found.value = entries(sources, wanted);
          error.value = null;
        },
        (failure: unknown) => {
          error.value = asApiError(failure);
        },
      );
    };
    const soon = (): void => {
      timer ??= setTimeout(look, RECORDED_AFTER);
    };
    const sources = [store.revision, store.changed, store.operations, store.audit];
    const stops = sources.map((each) => each.subscribe(soon));
    document.addEventListener("visibilitychange", soon);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", soon);
      for (const stop of stops) {
        stop();
      }
    };
  }, [wanted, found, error]);
  const known = new Set(shown.value.map((entry) => entry.key));
  const fresh = found.value.filter((entry) => !known.has(entry.key));
  const show = (): void => {
    shown.value = [...fresh, ...shown.value];
    requestAnimationFrame(() => top.current?.focus());
  };
  return (
    <>
      <Refusal error={error.value} />
      <p class="news" role="status">
        {fresh.length > 0 ? (
          <button type="button" class="button" onClick={show}>
            {fresh.length} new
          </button>
        ) : null}
      </p>
      {shown.value.length > 0 ? (
        <ul class="list" ref={top} tabIndex={-1} aria-label="New since this page was opened">
          {shown.value.map((entry) => (
            <Line key={entry.key} entry={entry} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

function Line({ entry }: { entry: Entry }) {
  const { at, lead, pool, id, tail, reason, revision, operation } = entry;
  return (
    <li>
      <Time at={at} />
      <span class="text">
        {lead}{" "}
        {id ? (
          <a class="name" href={toBackend(pool, id)}>
            {id}
          </a>
        ) : null}{" "}
        {tail}
        {reason ? <span class="ink-2">: {reason}</span> : null}
      </span>
      <span class="end">
        {revision ? (
          <a href={to(`configuration/diff?from=${revision - 1}&to=${revision}`)}>
            revision {revision}
          </a>
        ) : null}
        {operation ? <a href={to(`operations/${operation}`)}>operation</a> : null}
      </span>
    </li>
  );
}
