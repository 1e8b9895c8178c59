/** Changes a backend. Nobody's change is overwritten unseen: who was faster is told, with what. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { Backend } from "../api/types";
import { Time } from "../ui/time";
import { edit, labelsOf, labelsText, type Place, patchOf, preview, type Spec, told } from "./calls";
import { Buttons, Field, ForceFields, mayForce, Submit, useForce, useForm } from "./form";
import { Guards, ImpactView, usePreview } from "./impact";
import { closeDialog, Modal, Refused, showSnack } from "./overlay";

export interface Values {
  address: Signal<string>;
  weight: Signal<string>;
  tier: Signal<string>;
  labels: Signal<string>;
}

/** What a form says, or what is wrong with it, by field. */
export function specOf(values: Values): { spec: Spec; wrong: Record<string, string> } {
  const wrong: Record<string, string> = {};
  const labels = labelsOf(values.labels.value);
  if (typeof labels === "string") {
    wrong["/labels"] = labels;
  }
  const number = (name: "weight" | "tier", most: number): number => {
    const text = values[name].value.trim();
    if (!/^\d+$/.test(text) || Number(text) > most) {
      wrong[`/${name}`] = `'${text}' is not a whole number from 0 to ${most}.`;
    }
    return Number(text);
  };
  const spec = {
    address: values.address.value.trim(),
    weight: number("weight", 65_535),
    tier: number("tier", 15),
    labels: typeof labels === "string" ? {} : labels,
  };
  return { spec, wrong };
}

export function fill(values: Values, from: Spec): void {
  values.address.value = from.address;
  values.weight.value = String(from.weight);
  values.tier.value = String(from.tier);
  values.labels.value = labelsText(from.labels);
}

/** What somebody else has made of it, and what is wanted here on top of that. */
export function rebased(base: Spec, mine: Spec, theirs: Spec): Spec {
  const pick = <K extends "address" | "weight" | "tier">(name: K): Spec[K] =>
    mine[name] === base[name] ? theirs[name] : mine[name];
  const labels: Record<string, string> = { ...theirs.labels };
  for (const name of Object.keys({ ...base.labels, ...mine.labels })) {
    const wanted = mine.labels[name];
    if (wanted !== base.labels[name]) {
      if (wanted === undefined) {
        delete labels[name];
      } else {
        labels[name] = wanted;
      }
    }
  }
  return { address: pick("address"), weight: pick("weight"), tier: pick("tier"), labels };
}

const FIELDS = ["/address", "/weight", "/tier", "/labels"];

export function Edit({ pool, id }: Place) {
  const place: Place = { pool, id };
  const form = useForm();
  const force = useForce();
  const base = useSignal<{ spec: Spec; etag: string } | null>(null);
  const values: Values = {
    address: useSignal(""),
    weight: useSignal(""),
    tier: useSignal(""),
    labels: useSignal(""),
  };
  const reason = useSignal("");
  // The dependencies: read once; from then on it is the reader's.
  useEffect(() => {
    api.get<Backend>("/pools/{pool}/backends/{id}", { ...place }).then(
      ({ body, etag }) => {
        base.value = { spec: body, etag: etag ?? "*" };
        fill(values, body);
      },
      (error: unknown) => form.fail(asApiError(error)),
    );
  }, []);
  const { spec, wrong } = specOf(values);
  const seen = base.value;
  const fields = useRef<HTMLFieldSetElement>(null);
  const read = seen !== null;
  // At once, before anything can be typed: a focus that moves later takes the text with it.
  useLayoutEffect(() => {
    if (read) {
      fields.current?.querySelector("input")?.focus();
    }
  }, [read]);
  const patch = seen && Object.keys(wrong).length === 0 ? patchOf(seen.spec, spec) : {};
  const changed = Object.keys(patch).length > 0;
  const weighty = "weight" in patch || "tier" in patch;
  const asked = usePreview(
    weighty ? (signal) => preview(place, { patch }, signal) : null,
    weighty ? JSON.stringify(patch) : "",
  );
  const guards = asked.impact?.guards.length
    ? asked.impact.guards
    : (form.error?.problem.guards ?? []);
  const guarded = guards.length > 0;
  const stale = form.error?.code === "stale" ? form.error : null;

  const save = (): void => {
    if (!seen) {
      return;
    }
    const over = guarded && mayForce(force, id, reason.value);
    form.run(async () => {
      const done = await edit(place, seen.etag, seen.spec, spec, reason.value.trim(), over);
      closeDialog();
      showSnack(done);
    });
  };
  const at = (pointer: string): string | undefined => wrong[pointer] ?? form.at(pointer);
  return (
    <Modal title={`Edit ${id}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {stale && seen ? (
          <Stale
            error={stale}
            base={seen.spec}
            mine={spec}
            take={(next, etag, theirs) => {
              base.value = { spec: theirs, etag };
              fill(values, next);
              form.fail(null);
            }}
          />
        ) : form.error && !guarded ? (
          <Refused error={form.error} fields={FIELDS} />
        ) : null}
        {/* Nothing is typed before it is read: the answer would overwrite it. */}
        <fieldset class="plain" disabled={seen === null} ref={fields}>
          <Field
            name="address"
            label="Address"
            value={values.address}
            hint="host:port, [v6]:port or unix:/path"
            error={seen ? at("/address") : undefined}
          />
          <div class="fields">
            <Field
              name="weight"
              label="Weight"
              value={values.weight}
              hint="0 takes no traffic"
              error={seen ? at("/weight") : undefined}
              input={{ inputMode: "numeric" }}
            />
            <Field
              name="tier"
              label="Tier"
              value={values.tier}
              hint="takes what the tiers before it cannot"
              error={seen ? at("/tier") : undefined}
              input={{ inputMode: "numeric" }}
            />
            <Field
              name="labels"
              label="Labels"
              value={values.labels}
              hint="for instance zone=a, rack=7"
              error={at("/labels")}
            />
            <Field
              name="reason"
              label="Reason"
              value={reason}
              hint="kept with the revision"
              input={{ maxLength: 500 }}
            />
          </div>
        </fieldset>
        {weighty ? (
          asked.error ? (
            <Refused error={asked.error} fields={FIELDS} />
          ) : (
            <ImpactView impact={asked.impact} pool={pool} />
          )
        ) : null}
        <Guards guards={guards} />
        {guarded ? <ForceFields force={force} name={id} /> : null}
        <Buttons note={changed && seen ? told(seen.spec, spec) : ""}>
          <Submit
            force={force}
            guarded={guarded}
            disabled={
              form.busy ||
              !changed ||
              stale !== null ||
              (guarded && !mayForce(force, id, reason.value))
            }
          >
            {form.busy ? "saving…" : "Save"}
          </Submit>
        </Buttons>
      </form>
    </Modal>
  );
}

function Stale(props: {
  error: ApiError;
  base: Spec;
  mine: Spec;
  take: (next: Spec, etag: string, theirs: Spec) => void;
}) {
  const { error, base, mine, take } = props;
  const { changedBy, currentEtag } = error.problem;
  const theirs = error.problem.current as Backend | undefined;
  if (!theirs || !currentEtag) {
    return <Refused error={error} />;
  }
  return (
    <div class="banner warn" role="alert">
      <span>
        {changedBy ? (
          <>
            <b>{changedBy.author}</b> was faster, at <Time at={changedBy.at} /> (revision{" "}
            {changedBy.revision}): {told(base, theirs)}.
          </>
        ) : (
          error.message
        )}
      </span>
      <span class="end">
        <button
          type="button"
          class="button"
          onClick={() => take(rebased(base, mine, theirs), currentEtag, theirs)}
        >
          Re-apply mine
        </button>{" "}
        <button type="button" class="button" onClick={() => take(theirs, currentEtag, theirs)}>
          Take theirs
        </button>
      </span>
    </div>
  );
}
