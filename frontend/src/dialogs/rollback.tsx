/** Back to an earlier revision, as a new one: what changes and what it does to traffic first. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { Impact, Revision } from "../api/types";
import { plural } from "../format";
import { store } from "../store/live";
import { Time } from "../ui/time";
import { Buttons, Field, useForm } from "./form";
import { Guards, ImpactView } from "./impact";
import { closeDialog, Modal, Refused, showSnack } from "./overlay";

interface Seen {
  revision: Revision;
  changes: { path: string; before: unknown; after: unknown }[];
  impact: Impact;
}

const LINES = 12;

async function look(number: number, now: number): Promise<Seen> {
  const [diff, dry] = await Promise.all([
    api.get<{ from: Revision; to: Revision; changes: Seen["changes"] }>(
      "/revisions/diff",
      {},
      {
        query: { from: now, to: number },
      },
    ),
    api.post<{ impact: Impact }>(
      "/revisions/{number}/rollback",
      { number },
      {
        query: { dryRun: true },
      },
    ),
  ]);
  return { revision: diff.body.to, changes: diff.body.changes, impact: dry.body.impact };
}

function shownValue(value: unknown): string {
  return value === null || value === undefined ? "nothing" : JSON.stringify(value);
}

export function Rollback({ number }: { number: number }) {
  const form = useForm();
  const now = store.revision.peek()?.number ?? number;
  const seen = useSignal<Seen | null>(null);
  const failed = useSignal<ApiError | null>(null);
  const typed = useSignal("");
  const reason = useSignal("");
  useEffect(() => {
    look(number, now).then(
      (found) => {
        seen.value = found;
      },
      (error: unknown) => {
        failed.value = asApiError(error);
      },
    );
  }, [number, now, seen, failed]);
  const found = seen.value;
  const guards = found?.impact.guards ?? [];
  const force = guards.length > 0;
  const asked = force || now - number > 1;
  const may = !asked || (typed.value.trim() === String(number) && (!force || reason.value.trim()));
  const run = async (): Promise<void> => {
    const roll = (to: number, why: string, over: boolean) =>
      api.post<Revision>(
        "/revisions/{number}/rollback",
        { number: to },
        {
          query: { reason: why, force: over },
          headers: { "Idempotency-Key": crypto.randomUUID() },
        },
      );
    const { body } = await roll(number, reason.value.trim(), force);
    closeDialog();
    showSnack({
      text: `Revision ${body.number} is what revision ${number} was.`,
      undo: async () => {
        const back = await roll(now, "taken back", false);
        return `Revision ${back.body.number} is what revision ${now} was.`;
      },
    });
  };
  return (
    <Modal title={`Back to revision ${number}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          form.run(run);
        }}
      >
        {failed.value ? <Refused error={failed.value} /> : null}
        {found ? (
          <>
            <p>
              As {found.revision.author} left it at <Time at={found.revision.at} />. It becomes a
              new revision; {plural(now - number, "later one is", "later ones are")} undone.
            </p>
            <Changes changes={found.changes} />
            {found.impact.pools.map((pool) => (
              <ImpactView key={pool.pool} impact={found.impact} pool={pool.pool} />
            ))}
          </>
        ) : failed.value ? null : (
          <p>Asking what it would do…</p>
        )}
        <Guards guards={guards} />
        {form.error ? <Refused error={form.error} /> : null}
        {asked ? (
          <Field name="typed" label={`Type ${number} to go back that far`} value={typed} />
        ) : null}
        <Field name="reason" label="Reason" value={reason} hint="kept with the revision" />
        <Buttons>
          <button
            type="submit"
            class={force ? "button danger" : "button primary"}
            disabled={form.busy || !found || !may}
          >
            {force ? "Roll back by force" : "Roll back"}
          </button>
        </Buttons>
      </form>
    </Modal>
  );
}

function Changes({ changes }: { changes: Seen["changes"] }) {
  if (changes.length === 0) {
    return <p>Nothing differs from what is in force.</p>;
  }
  return (
    <ul class="list">
      {changes.slice(0, LINES).map((change) => (
        <li key={change.path}>
          <code>{change.path}</code>
          <span class="text">
            {shownValue(change.before)} → {shownValue(change.after)}
          </span>
        </li>
      ))}
      {changes.length > LINES ? <li>and {changes.length - LINES} more</li> : null}
    </ul>
  );
}
