/** The last things that happened, as the server has kept them: revisions and changes of health. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, api } from "../api/client";
import type { Page, Revision, Transition } from "../api/types";
import { page, to, toBackend } from "../page";
import { store } from "../store/live";
import { Time } from "../ui/time";
import { became } from "./happened";

const SHOWN = 8;

/** So long after an event it is on the server's record too. */
const RECORDED_AFTER = 1500;

export interface Happened {
  key: string;
  at: string;
  revision?: Revision;
  transition?: Transition;
}

/** Both lists as one, newest first. */
export function merged(revisions: Revision[], transitions: Transition[], most: number): Happened[] {
  const all: Happened[] = [
    ...revisions.map((revision) => ({ key: `r${revision.number}`, at: revision.at, revision })),
    ...transitions.map((transition) => ({
      key: `t${transition.number ?? `${transition.at} ${transition.pool}/${transition.id}`}`,
      at: transition.at,
      transition,
    })),
  ];
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, most);
}

async function read(): Promise<Happened[]> {
  const query = { limit: SHOWN };
  const [revisions, transitions] = await Promise.all([
    api.get<Page<Revision>>("/revisions", {}, { query }),
    api.get<Page<Transition>>("/transitions", {}, { query }),
  ]);
  return merged(revisions.body.items, transitions.body.items, SHOWN);
}

export function Recent() {
  const events = useSignal<Happened[] | null>(null);
  const failed = useSignal("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      timer = undefined;
      read().then(
        (found) => {
          events.value = found;
          failed.value = "";
        },
        (error: unknown) => {
          failed.value = error instanceof ApiError ? error.message : String(error);
        },
      );
    };
    const stop = [store.changed, store.revision].map((each) =>
      each.subscribe(() => {
        timer ??= setTimeout(look, events.peek() ? RECORDED_AFTER : 0);
      }),
    );
    return () => {
      clearTimeout(timer);
      for (const each of stop) {
        each();
      }
    };
  }, [events, failed]);
  return (
    <section class="panel" aria-labelledby="recent">
      <header>
        <h2 id="recent">Last events</h2>
        <span class="end">
          <a href={to("activity")}>All</a>
        </span>
      </header>
      {failed.value && !events.value ? <p class="empty">{failed.value}</p> : null}
      <ul class="list">
        {events.value?.map((event) => (
          <li key={event.key}>
            <Time at={event.at} />
            <span class="text">
              <What event={event} />
            </span>
            {event.revision ? (
              <span class="end">
                <a
                  href={`${page.base}configuration/diff?from=${event.revision.number - 1}&to=${event.revision.number}`}
                >
                  revision {event.revision.number}
                </a>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function What({ event }: { event: Happened }) {
  if (event.revision) {
    const { author, summary, reason } = event.revision;
    return (
      <>
        {author}: {summary}
        {reason ? <span class="ink-3"> ({reason})</span> : null}
      </>
    );
  }
  const {
    pool,
    id,
    from,
    to: after,
    cause,
  } = event.transition ?? {
    pool: "",
    id: "",
    from: "",
    to: "",
    cause: null,
  };
  return (
    <>
      <a class="name" href={toBackend(pool, id)}>
        {id}
      </a>{" "}
      {became(from, after)}
      {cause ? `: ${cause}` : ""}
    </>
  );
}
