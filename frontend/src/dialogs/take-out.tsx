/** Takes a backend out of service: drain, maintenance, removal. First what it would do. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, asApiError } from "../api/client";
import type { Backend, Guard } from "../api/types";
import { plural } from "../format";
import { store } from "../store/live";
import { left } from "../ui/attention";
import { type Done, type Place, preview, remove, takeOut } from "./calls";
import { Buttons, Choice, Field, ForceFields, mayForce, Submit, useForce, useForm } from "./form";
import { Guards, ImpactView, usePreview } from "./impact";
import { closeDialog, Modal, openDrawer, Refused, showSnack } from "./overlay";

export type Verb = "drain" | "maint" | "remove";

const TITLES: Record<Verb, (id: string) => string> = {
  drain: (id) => `Drain ${id}?`,
  maint: (id) => `Take ${id} into maintenance?`,
  remove: (id) => `Remove ${id}?`,
};

const BUTTONS: Record<Verb, string> = {
  drain: "Drain",
  maint: "Start maintenance",
  remove: "Remove",
};

const TIMES = ["1m", "5m", "15m", "1h"];

function explained(verb: Verb, inFlight: number): string {
  const flight = plural(inFlight, "request in flight finishes", "requests in flight finish");
  switch (verb) {
    case "drain":
      return `New requests go elsewhere at once; ${inFlight ? `${flight} first` : "none is in flight"}.`;
    case "maint":
      return `New requests go elsewhere at once, and it is not checked; ${inFlight ? flight : "none is in flight"}.`;
    case "remove":
      return `New requests go elsewhere at once; it is removed when it carries nothing any more, or after the time below.`;
  }
}

/** The guards of a refusal that came although the preview showed none: things have changed. */
function guardsOf(
  found: readonly Guard[],
  refused: readonly Guard[] | undefined,
): readonly Guard[] {
  return found.length > 0 ? found : (refused ?? []);
}

export function TakeOut({ verb, pool, id }: Place & { verb: Verb }) {
  const place: Place = { pool, id };
  const form = useForm();
  const force = useForce();
  const values = {
    deadline: useSignal(""),
    atDeadline: useSignal<string>("wait"),
    revertAfter: useSignal(""),
    drain: useSignal("30s"),
    reason: useSignal(""),
  };
  const etag = useSignal("");
  const asked = usePreview(
    (signal) => preview(place, verb === "remove" ? "remove" : { state: verb }, signal),
    verb,
  );
  // The dependencies: what is removed is what was seen when it opened.
  useEffect(() => {
    if (verb === "remove") {
      api.get<Backend>("/pools/{pool}/backends/{id}", { ...place }).then(
        (answer) => {
          etag.value = answer.etag ?? "";
        },
        (error: unknown) => form.fail(asApiError(error)),
      );
    }
  }, []);
  const row = store.row(pool, id);
  const guards = guardsOf(asked.impact?.guards ?? [], form.error?.problem.guards);
  const guarded = guards.length > 0;
  const reason = values.reason.value.trim();
  const forced = guarded && mayForce(force, id, reason);

  const act = async (): Promise<void> => {
    const done = await perform(verb, place, forced, etag.value, {
      deadline: values.deadline.value.trim(),
      atDeadline: values.atDeadline.value === "close" ? "close" : "wait",
      revertAfter: values.revertAfter.value.trim(),
      drain: values.drain.value.trim(),
      reason,
    });
    closeDialog();
    showSnack(done);
    if (done.operation) {
      openDrawer(done.operation.id);
    }
  };
  const fields = ["/deadline", "/revertAfter", "/reason"];
  return (
    <Modal title={TITLES[verb](id)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          form.run(act);
        }}
      >
        <p>{explained(verb, row ? left(row) : 0)}</p>
        {asked.error ? (
          <Refused error={asked.error} />
        ) : (
          <ImpactView impact={asked.impact} pool={pool} />
        )}
        <Guards guards={guards} />
        {form.error && !form.error.problem.guards ? (
          <Refused error={form.error} fields={fields} />
        ) : null}
        {verb === "drain" ? (
          <div class="fields">
            <Field
              name="deadline"
              label="Deadline"
              value={values.deadline}
              hint="for instance 5m; empty: none"
              error={form.at("/deadline")}
              options={TIMES}
            />
            <Choice
              name="at-deadline"
              label="At the deadline"
              value={values.atDeadline}
              options={[
                ["wait", "wait on"],
                ["close", "close what is left"],
              ]}
            />
            <Field
              name="revert-after"
              label="Back to ready after"
              value={values.revertAfter}
              hint="empty: by hand"
              error={form.at("/revertAfter")}
              options={TIMES}
            />
            <Reason value={values.reason} error={form.at("/reason")} />
          </div>
        ) : verb === "remove" ? (
          <div class="fields">
            <Field
              name="drain"
              label="Longest wait for what is in flight"
              value={values.drain}
              hint="then it is closed; 0s removes at once"
              options={["0s", "30s", "5m", "1h"]}
            />
            <Reason value={values.reason} error={form.at("/reason")} />
          </div>
        ) : (
          <Reason value={values.reason} error={form.at("/reason")} />
        )}
        {guarded ? <ForceFields force={force} name={id} /> : null}
        <Buttons note={asked.impact ? "predicted from the last minutes" : ""}>
          <Submit
            force={force}
            guarded={guarded}
            danger={verb === "remove"}
            disabled={form.busy || (guarded && !forced) || (verb === "remove" && etag.value === "")}
          >
            {form.busy ? "…" : guarded ? `${BUTTONS[verb]} by force` : BUTTONS[verb]}
          </Submit>
        </Buttons>
      </form>
    </Modal>
  );
}

function Reason({ value, error }: { value: Signal<string>; error: string | undefined }) {
  return (
    <Field
      name="reason"
      label="Reason"
      value={value}
      hint="kept with the revision"
      error={error}
      input={{ maxLength: 500 }}
    />
  );
}

interface Wishes {
  deadline: string;
  atDeadline: "wait" | "close";
  revertAfter: string;
  drain: string;
  reason: string;
}

function perform(
  verb: Verb,
  place: Place,
  force: boolean,
  etag: string,
  wishes: Wishes,
): Promise<Done> {
  const { drain, reason, ...ofDrain } = wishes;
  switch (verb) {
    case "drain":
      return takeOut(place, "drain", { ...ofDrain, reason }, force);
    case "maint":
      return takeOut(place, "maint", { reason }, force);
    case "remove":
      return remove(place, etag, { drain, reason }, force);
  }
}
