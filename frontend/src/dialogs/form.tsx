/** Fields and the way of a form: busy, refused, done. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { type ApiError, asApiError } from "../api/client";
import { closeDialog } from "./overlay";

export interface Form {
  busy: boolean;
  error: ApiError | null;
  /** What is wrong with a place of the body. */
  at: (pointer: string) => string | undefined;
  /** Runs; a refusal is shown in the form. */
  run: (work: () => Promise<void>) => void;
  fail: (error: ApiError | null) => void;
}

export function useForm(): Form {
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  return {
    busy: busy.value,
    error: error.value,
    at: (pointer) => error.value?.at(pointer),
    fail: (failure) => {
      error.value = failure;
    },
    run: (work) => {
      busy.value = true;
      error.value = null;
      work().then(
        () => {
          busy.value = false;
        },
        (failure: unknown) => {
          busy.value = false;
          error.value = asApiError(failure);
        },
      );
    },
  };
}

export function Field(props: {
  name: string;
  label: string;
  value: Signal<string>;
  hint?: string;
  error?: string | undefined;
  input?: { inputMode?: "numeric"; maxLength?: number; required?: true; spellcheck?: false };
  options?: readonly string[];
}) {
  const { name, label, value, hint, error, input, options } = props;
  const id = `dialog-${name}`;
  const described = [error ? `${id}-error` : "", hint ? `${id}-hint` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        class="input"
        type="text"
        id={id}
        name={name}
        autocomplete="off"
        {...(options ? { list: `${id}-options` } : {})}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={described || undefined}
        {...input}
        value={value.value}
        onInput={(event) => {
          value.value = event.currentTarget.value;
        }}
      />
      {options ? (
        <datalist id={`${id}-options`}>
          {options.map((option) => (
            <option key={option} value={option} />
          ))}
        </datalist>
      ) : null}
      {hint ? (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      ) : null}
      {error ? (
        <span class="error" id={`${id}-error`}>
          {error}
        </span>
      ) : null}
    </div>
  );
}

export function Choice(props: {
  name: string;
  label: string;
  value: Signal<string>;
  options: readonly (readonly [string, string])[];
}) {
  const { name, label, value, options } = props;
  return (
    <div class="field">
      <label for={`dialog-${name}`}>{label}</label>
      <select
        class="input"
        id={`dialog-${name}`}
        value={value.value}
        onChange={(event) => {
          value.value = event.currentTarget.value;
        }}
      >
        {options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The last line of a dialog: what it is based on, Cancel, and what it does. */
export function Buttons({ note, children }: { note?: string; children: ComponentChildren }) {
  return (
    <div class="row">
      <span class="start ink-3">{note}</span>
      <button type="button" class="button" onClick={closeDialog}>
        Cancel
      </button>
      {children}
    </div>
  );
}

/** What overrides a guard needs: the name, typed, and a reason. */
export interface Force {
  asked: Signal<boolean>;
  typed: Signal<string>;
}

export function useForce(): Force {
  return { asked: useSignal(false), typed: useSignal("") };
}

export function mayForce(force: Force, name: string, reason: string): boolean {
  return force.asked.value && force.typed.value.trim() === name && reason.trim() !== "";
}

/** The button that does it; where a guard is in the way, first the one that asks for force. */
export function Submit(props: {
  force: Force;
  guarded: boolean;
  danger?: boolean;
  disabled: boolean;
  children: ComponentChildren;
}) {
  const { force, guarded, danger, disabled, children } = props;
  return guarded && !force.asked.value ? (
    <button
      type="button"
      class="button danger"
      onClick={() => {
        force.asked.value = true;
      }}
    >
      Force…
    </button>
  ) : (
    <button
      type="submit"
      class={guarded || danger ? "button danger" : "button primary"}
      disabled={disabled}
    >
      {children}
    </button>
  );
}

export function ForceFields({ force, name }: { force: Force; name: string }) {
  return force.asked.value ? (
    <Field
      name="force"
      label={`Type ${name} to do it all the same`}
      value={force.typed}
      hint="With a reason; the audit tells who overrode it."
      input={{ spellcheck: false }}
    />
  ) : null;
}
