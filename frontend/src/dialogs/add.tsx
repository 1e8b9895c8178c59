/** Adds a backend: first it is tried, step by step, as the pool will use it. */
import { type Signal, useSignal } from "@preact/signals";
import type { ProbeReport } from "../api/types";
import { millis } from "../format";
import { store } from "../store/live";
import { add, given, probe } from "./calls";
import { specOf, type Values } from "./edit";
import { Buttons, Choice, Field, type Form, useForm } from "./form";
import { closeDialog, Modal, Refused, showSnack } from "./overlay";

const FIELDS = ["/address", "/weight", "/tier", "/labels", "/id"];

export function Add({ pool: asked }: { pool: string }) {
  const pools = [...store.pools.value.keys()];
  const form = useForm();
  const pool = useSignal(asked || (pools[0] ?? ""));
  const id = useSignal("");
  const reason = useSignal("");
  const values: Values = {
    address: useSignal(""),
    weight: useSignal("1"),
    tier: useSignal("0"),
    labels: useSignal(""),
  };
  const report = useSignal<{ of: string; report: ProbeReport } | null>(null);
  const { spec, wrong } = specOf(values);
  const body = { ...spec, ...given({ id: id.value.trim() }) };
  const question = `${pool.value} ${spec.address}`;
  const tried = report.value?.of === question ? report.value.report : null;

  const next = async (): Promise<void> => {
    if (!tried) {
      report.value = { of: question, report: (await probe(pool.value, body)).body };
      return;
    }
    const done = await add(pool.value, body, reason.value.trim());
    closeDialog();
    showSnack(done);
  };
  return (
    <Modal title="Add a backend">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          form.run(next);
        }}
      >
        <p>It is tried first; then it takes requests as soon as it is added.</p>
        {form.error ? <Refused error={form.error} fields={FIELDS} /> : null}
        {pools.length > 1 ? (
          <Choice
            name="pool"
            label="Pool"
            value={pool}
            options={pools.map((each) => [each, each] as const)}
          />
        ) : null}
        <Field
          name="address"
          label="Address"
          value={values.address}
          hint="host:port, [v6]:port, unix:/path, srv:_http._tcp.example.com or kubernetes:namespace/service:port"
          error={form.at("/address")}
          input={{ required: true, spellcheck: false }}
        />
        <Details values={values} id={id} reason={reason} form={form} wrong={wrong} />
        {tried ? <Steps report={tried} /> : null}
        <Buttons>
          <button
            type="submit"
            class={tried && !tried.ok ? "button danger" : "button primary"}
            disabled={form.busy || spec.address === "" || Object.keys(wrong).length > 0}
          >
            {label(form.busy, tried)}
          </button>
        </Buttons>
      </form>
    </Modal>
  );
}

function label(busy: boolean, tried: ProbeReport | null): string {
  if (busy) {
    return tried ? "adding…" : "trying…";
  }
  return tried ? (tried.ok ? "Add backend" : "Add all the same") : "Try it";
}

function Details(props: {
  values: Values;
  id: Signal<string>;
  reason: Signal<string>;
  form: Form;
  wrong: Record<string, string>;
}) {
  const { values, id, reason, form, wrong } = props;
  return (
    <div class="fields">
      <Field
        name="weight"
        label="Weight"
        value={values.weight}
        error={wrong["/weight"] ?? form.at("/weight")}
        input={{ inputMode: "numeric" }}
      />
      <Field
        name="id"
        label="Name"
        value={id}
        hint="empty: made of the address"
        error={form.at("/id")}
        input={{ spellcheck: false }}
      />
      <Field
        name="labels"
        label="Labels"
        value={values.labels}
        hint="for instance zone=a, rack=7"
        error={wrong["/labels"] ?? form.at("/labels")}
      />
      <Field
        name="reason"
        label="Reason"
        value={reason}
        hint="kept with the revision"
        input={{ maxLength: 500 }}
      />
    </div>
  );
}

/** What a probe has found, step by step. */
export function Steps({ report }: { report: ProbeReport }) {
  return (
    <div role="status">
      <table class="table impact">
        <caption class="visually-hidden">What trying {report.address} has found</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Found</th>
            <th scope="col" class="num">
              ms
            </th>
          </tr>
        </thead>
        <tbody>
          {report.steps.map((step) => (
            <tr key={step.step}>
              <td class={step.ok ? "text-ok" : "text-bad"}>
                {step.ok ? "✓" : "✗"} {step.step}
                <span class="visually-hidden">{step.ok ? " passed" : " failed"}</span>
              </td>
              <td class={step.ok ? "wrap" : "wrap text-bad"}>{step.error ?? step.detail}</td>
              <td class="num">{millis(step.ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        {report.ok
          ? "It answers as the pool's rules ask."
          : "As it is, it would not serve. It can be added all the same; the health check, if the pool has one, keeps requests away from it."}
      </p>
    </div>
  );
}
