/** An operation: how far it is, how fast, until when, and what can be done about it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { Operation } from "../api/types";
import { ready, wishOf } from "../dialogs/calls";
import { count, countdown, rate, span } from "../format";
import { page, toBackend } from "../page";
import { store } from "../store/live";
import { keyOf } from "../store/store";
import { expected } from "../ui/attention";
import { Refusal } from "../ui/refusal";
import { Spark } from "../ui/spark";
import { Time } from "../ui/time";

const KINDS: Record<Operation["kind"], string> = { drain: "drains", remove: "is being removed" };

const ENDS: Record<string, string> = {
  done: "carries nothing any more",
  cancelled: "is ready again",
  failed: "could not be drained",
  suspended: "takes requests again for now",
};

const MORE = 5 * 60_000;
const SAMPLES = 120;

export function total(load: { requests: number; tunnels: number }): number {
  return load.requests + load.tunnels;
}

export function headingOf(operation: Operation): string {
  if (operation.state === "running") {
    return `${operation.backend} ${KINDS[operation.kind]}`;
  }
  if (operation.state === "done" && operation.kind === "remove") {
    return `${operation.backend} is removed`;
  }
  return `${operation.backend} ${ENDS[operation.state] ?? operation.state}`;
}

/** The operation as the stream tells it, or as it was when nobody tells it any more. */
function useOperation(id: string): { operation: Operation | undefined; error: ApiError | null } {
  const read = useSignal<Operation | undefined>(undefined);
  const error = useSignal<ApiError | null>(null);
  const known = store.operations.value.get(id);
  useEffect(() => {
    if (!known) {
      api.get<Operation>("/operations/{id}", { id }).then(
        (answer) => {
          read.value = answer.body;
        },
        (failure: unknown) => {
          error.value = asApiError(failure);
        },
      );
    }
  }, [id, known, read, error]);
  return { operation: known ?? read.value, error: error.value };
}

/** What was left at each second since this is shown. */
function useSamples(operation: Operation | undefined): readonly number[] {
  const samples = useSignal<readonly number[]>([]);
  const running = operation && !operation.endedAt ? operation : undefined;
  const now = store.now.value;
  // The dependencies: one sample a second, whatever is left then.
  useEffect(() => {
    if (running) {
      samples.value = [...samples.value, total(running.remaining)].slice(-SAMPLES);
    }
  }, [now, running?.id]);
  return samples.value;
}

export function OperationView({ id, head }: { id: string; head?: ComponentChildren }) {
  const { operation, error } = useOperation(id);
  const samples = useSamples(operation);
  if (!operation) {
    return (
      <header>
        <p>{error ? error.message : "Reading…"}</p>
        {head}
      </header>
    );
  }
  const { author, startedAt, reason } = operation;
  return (
    <>
      <header>
        <div>
          <h2>{headingOf(operation)}</h2>
          <div class="ink-2">
            since <Time at={startedAt} /> by {author}
            {reason ? ` · ${reason}` : ""}
          </div>
        </div>
        {head}
      </header>
      {operation.error ? <div class="guard">{operation.error}</div> : null}
      <Progress operation={operation} samples={samples} />
      <Facts operation={operation} />
      {!page.may("operator") ? null : operation.endedAt ? (
        <Afterwards operation={operation} />
      ) : (
        <Buttons operation={operation} />
      )}
    </>
  );
}

function Progress({ operation, samples }: { operation: Operation; samples: readonly number[] }) {
  const all = Math.max(total(operation.initial), total(operation.remaining));
  const rest = total(operation.remaining);
  const part = all > 0 ? (1 - rest / all) * 100 : 100;
  const deadline = operation.deadline
    ? Date.parse(operation.deadline) - store.now.value
    : undefined;
  const when = [
    operation.endedAt ? "" : expected(operation),
    operation.endedAt || deadline === undefined
      ? ""
      : deadline > 0
        ? `deadline in ${countdown(deadline)}`
        : "past its deadline",
  ];
  return (
    <>
      <div class="progress">
        <svg
          height="8"
          role="progressbar"
          aria-label="Progress"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(part)}
        >
          <rect width={`${part}%`} height="8" class={operation.endedAt ? "fill-ok" : "fill-warn"} />
        </svg>
      </div>
      <div class="labels">
        <b role="status">{rest > 0 ? `${count(rest)} of ${count(all)} left` : "nothing left"}</b>
        <span>{when.filter(Boolean).join(" · ")}</span>
      </div>
      {samples.length > 1 ? (
        <Spark values={samples} width={380} height={46} tone="warn" range={[0, Math.max(all, 1)]} />
      ) : null}
    </>
  );
}

function Facts({ operation }: { operation: Operation }) {
  const { remaining, ratePerSecond, atDeadline, deadline, revertAt, endedAt, startedAt } =
    operation;
  return (
    <dl class="kv">
      <dt>Requests in flight</dt>
      <dd>{count(remaining.requests)}</dd>
      <dt>WebSockets and tunnels</dt>
      <dd>{count(remaining.tunnels)}</dd>
      <dt>Rate</dt>
      <dd>{ratePerSecond && ratePerSecond > 0 ? `${rate(ratePerSecond)} a second` : "–"}</dd>
      <dt>At the deadline</dt>
      <dd>
        {deadline ? (atDeadline === "close" ? "close what is left" : "wait on") : "none is set"}
      </dd>
      <dt>Back to ready</dt>
      <dd>
        {operation.kind === "remove" ? (
          "removed when empty"
        ) : revertAt ? (
          <Time at={revertAt} />
        ) : (
          "by hand"
        )}
      </dd>
      {endedAt ? (
        <>
          <dt>Ended</dt>
          <dd>
            <Time at={endedAt} />, after {span(Date.parse(endedAt) - Date.parse(startedAt))}
          </dd>
        </>
      ) : null}
    </dl>
  );
}

/** What a drain that has ended leaves to do: its backend carries nothing until it is ready again. */
function Afterwards({ operation }: { operation: Operation }) {
  const { pool, backend } = operation;
  const busy = useSignal(false);
  const error = useSignal<ApiError | null>(null);
  const state = store.row(pool, backend)?.state.value;
  if (state?.adminState !== "drain" || page.declarative || store.running(pool, backend)) {
    return null;
  }
  const back = (): void => {
    busy.value = true;
    error.value = null;
    // An operation that has ended stays so: it is the backend that is wanted ready.
    ready({ pool, id: backend }).then(
      () => {
        busy.value = false;
      },
      (failure: unknown) => {
        busy.value = false;
        error.value = asApiError(failure);
      },
    );
  };
  return (
    <>
      <Refusal error={error.value} />
      <div class="row start">
        <button type="button" class="button primary" disabled={busy.value} onClick={back}>
          {busy.value ? "back to ready…" : "Back to ready"}
        </button>
        <a class="button quiet" href={toBackend(pool, backend)}>
          Backend
        </a>
      </div>
    </>
  );
}

type Doing = "" | "cancel" | "extend" | "finish";

function Buttons({ operation }: { operation: Operation }) {
  const doing = useSignal<Doing>("");
  const error = useSignal<ApiError | null>(null);
  const sure = useSignal(false);
  const { pool, backend, id } = operation;
  const run = (what: Doing, call: () => Promise<unknown>): void => {
    doing.value = what;
    error.value = null;
    call().then(
      () => {
        doing.value = "";
        sure.value = false;
      },
      (failure: unknown) => {
        doing.value = "";
        error.value = asApiError(failure);
      },
    );
  };
  const again = (body: object) =>
    api.put<Operation>(
      "/pools/{pool}/backends/{id}/admin-state",
      { pool, id: backend },
      { body: { state: "drain", ...body } },
    );
  return (
    <>
      <Refusal error={error.value} />
      <div class="row start">
        <button
          type="button"
          class="button"
          disabled={doing.value !== ""}
          onClick={() => run("cancel", () => api.delete<Operation>("/operations/{id}", { id }))}
        >
          {doing.value === "cancel" ? "back to ready…" : "Back to ready"}
        </button>
        <button
          type="button"
          class="button"
          disabled={doing.value !== ""}
          onClick={() => run("extend", () => again(wishOf(operation, MORE)))}
        >
          {doing.value === "extend" ? "extending…" : "Extend 5 min"}
        </button>
        <button
          type="button"
          class="button danger"
          disabled={doing.value !== ""}
          onClick={() => {
            if (sure.value) {
              run("finish", () =>
                again({ ...wishOf(operation, 0), deadline: "PT0S", atDeadline: "close" }),
              );
            } else {
              sure.value = true;
            }
          }}
        >
          {doing.value === "finish"
            ? "closing…"
            : sure.value
              ? `Close ${count(total(operation.remaining))} now, for good`
              : "Close the rest now"}
        </button>
        <a class="button quiet" href={toBackend(pool, backend)}>
          {store.rows.value.has(keyOf(pool, backend)) ? "Backend" : ""}
        </a>
      </div>
    </>
  );
}
