/** The same for several backends, one after the other, each with its own outcome. */
import { useSignal } from "@preact/signals";
import { api, asApiError } from "../api/client";
import type { Backend } from "../api/types";
import { count, plural, roughShare } from "../format";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { left, shownOf } from "../ui/attention";
import { StateBadge } from "../ui/icon";
import { type Done, type Place, ready, remove, takeOut } from "./calls";
import { Buttons, Field } from "./form";
import { closeDialog, Modal, showSnack } from "./overlay";

const TITLES: Record<string, string> = {
  drain: "Drain",
  maint: "Take into maintenance:",
  ready: "Make ready:",
  remove: "Remove",
};

/** How much of each pool's weight could still take requests without some of its backends. */
export function remaining(
  rows: Iterable<Pick<Row, "pool" | "key" | "state">>,
  out: ReadonlySet<string>,
): Map<string, { before: number; after: number; backends: number }> {
  const sums = new Map<string, { all: number; before: number; after: number; backends: number }>();
  for (const row of rows) {
    const { weight, status } = row.state.peek();
    const sum = sums.get(row.pool) ?? { all: 0, before: 0, after: 0, backends: 0 };
    sum.all += weight;
    if (status.eligible) {
      sum.before += weight;
      if (!out.has(row.key)) {
        sum.after += weight;
        sum.backends++;
      }
    }
    sums.set(row.pool, sum);
  }
  const found = new Map<string, { before: number; after: number; backends: number }>();
  for (const [pool, { all, before, after, backends }] of sums) {
    if (before !== after) {
      found.set(pool, { before: all ? before / all : 0, after: all ? after / all : 0, backends });
    }
  }
  return found;
}

async function one(verb: string, place: Place, reason: string): Promise<Done> {
  switch (verb) {
    case "drain":
    case "maint":
      return takeOut(place, verb, { reason }, false);
    case "ready":
      return ready(place);
    default: {
      const { etag } = await api.get<Backend>("/pools/{pool}/backends/{id}", { ...place });
      return remove(place, etag ?? "*", { reason }, false);
    }
  }
}

/** Takes back what was done, the last first; ends at the first that cannot be. */
export function undoAll(done: readonly Done[]): () => Promise<string> {
  return async () => {
    for (const each of [...done].reverse()) {
      await each.undo?.();
    }
    return `${plural(done.length, "backend is", "backends are")} as before.`;
  };
}

export function Bulk({ verb, keys }: { verb: string; keys: readonly string[] }) {
  const reason = useSignal("");
  const outcome = useSignal<ReadonlyMap<string, string>>(new Map());
  const busy = useSignal(false);
  const finished = useSignal(false);
  const rows = keys.flatMap((key) => store.rows.peek().get(key) ?? []);
  const title = `${TITLES[verb] ?? verb} ${plural(rows.length, "backend")}?`;
  const say = (key: string, text: string): void => {
    outcome.value = new Map(outcome.value).set(key, text);
  };
  const run = async (): Promise<void> => {
    busy.value = true;
    const done: Done[] = [];
    let refused = 0;
    for (const row of rows) {
      say(row.key, "…");
      try {
        done.push(await one(verb, row, reason.value.trim()));
        say(row.key, "done");
      } catch (error) {
        refused++;
        say(row.key, asApiError(error).message);
      }
    }
    busy.value = false;
    finished.value = true;
    if (done.length > 0) {
      const undoable = done.some((each) => each.undo);
      showSnack({
        text: `${plural(done.length, "backend")} done${refused ? `, ${count(refused)} refused` : ""}.`,
        ...(undoable ? { undo: undoAll(done) } : {}),
      });
    }
    if (refused === 0) {
      closeDialog();
    }
  };
  return (
    <Modal title={title}>
      {verb === "ready" ? null : <Capacity keys={keys} />}
      <div class="scroll">
        <table class="table impact">
          <caption class="visually-hidden">The selected backends</caption>
          <thead>
            <tr>
              <th scope="col">Backend</th>
              <th scope="col">State</th>
              <th scope="col" class="num">
                In flight
              </th>
              <th scope="col">Outcome</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <td>
                  <span class="ink-3">{row.pool} / </span>
                  <span class="name">{row.id}</span>
                </td>
                <td>
                  <StateBadge {...shownOf(row)} />
                </td>
                <td class="num">{count(left(row))}</td>
                <td class="wrap">{outcome.value.get(row.key) ?? ""}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {finished.value ? (
        <div class="row">
          <button type="button" class="button" onClick={closeDialog}>
            Close
          </button>
        </div>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <Field name="reason" label="Reason" value={reason} hint="kept with each revision" />
          <Buttons note="one after the other; what a guard refuses stays">
            <button
              type="submit"
              class={verb === "remove" ? "button danger" : "button primary"}
              disabled={busy.value || rows.length === 0}
            >
              {busy.value ? "…" : (TITLES[verb] ?? verb).replace(/:$/, "")}
            </button>
          </Buttons>
        </form>
      )}
    </Modal>
  );
}

function Capacity({ keys }: { keys: readonly string[] }) {
  const pools = [...remaining(store.rows.peek().values(), new Set(keys))];
  return (
    <>
      {pools.map(([pool, { before, after, backends }]) => (
        <p key={pool} class={backends === 0 ? "text-bad" : ""}>
          {backends === 0
            ? `${pool}: no backend would take requests any more; the last one is refused.`
            : `${pool}: ${plural(backends, "backend takes", "backends take")} requests then, ${roughShare(after)} of the weight instead of ${roughShare(before)}.`}
        </p>
      ))}
    </>
  );
}
