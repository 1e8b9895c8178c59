/** What the dialogs do, each with the call that takes it back where there is one. */

import { setPending } from "../actions";
import { type Answer, api } from "../api/client";
import type { AdminState, Backend, Impact, Operation, ProbeReport } from "../api/types";
import { store } from "../store/live";

const BACKEND = "/pools/{pool}/backends/{id}";
const STATE = "/pools/{pool}/backends/{id}/admin-state";

export interface Place {
  pool: string;
  id: string;
}

/** Something that was done. */
export interface Done {
  /** A sentence. */
  text: string;
  /** Takes it back, and says so. */
  undo?: () => Promise<string>;
  /** The operation that follows what is left. */
  operation?: Operation;
}

export interface DrainWish {
  deadline?: string;
  atDeadline?: "wait" | "close";
  revertAfter?: string;
  reason?: string;
}

/** Members with a value: an empty field is none. */
export function given<T extends object>(wish: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(wish).filter(([, value]) => value !== "" && value !== undefined),
  ) as Partial<T>;
}

function stateOf({ pool, id }: Place): AdminState {
  return store.row(pool, id)?.state.peek().adminState ?? "ready";
}

/** What is wanted of a backend now, to want it again: a drain with what is left of its time. */
function wantAgain(place: Place): () => Promise<unknown> {
  const state = stateOf(place);
  const operation = store.running(place.pool, place.id);
  return () => {
    const body =
      state === "drain" ? { state, ...(operation ? wishOf(operation, 0) : {}) } : { state };
    return api.put(STATE, { ...place }, { body });
  };
}

/** A running drain's wishes as they would have to be given now, with so much more time. */
export function wishOf(operation: Operation, moreMs: number, now = store.now.peek()): DrainWish {
  const left = (until: string | null, more: number): string | undefined =>
    until ? seconds(Math.max(0, Date.parse(until) - now) + more) : undefined;
  return given({
    deadline: left(operation.deadline, moreMs) ?? (moreMs > 0 ? seconds(moreMs) : undefined),
    atDeadline: operation.atDeadline,
    revertAfter: left(operation.revertAt, 0),
    reason: operation.reason ?? undefined,
  }) as DrainWish;
}

function seconds(ms: number): string {
  return `PT${Math.ceil(ms / 1000)}S`;
}

/** The reason as the rest of a sentence. */
function because(reason: string | undefined): string {
  return reason ? `: ${reason}` : "";
}

/**
 * Says what is under way for a backend until the server says that it is so, and not a moment
 * longer when the call is refused.
 */
export async function doing<T>(
  { pool, id }: Place,
  word: string,
  run: () => Promise<T>,
  isSo: () => boolean,
): Promise<T> {
  setPending(pool, id, word);
  try {
    const out = await run();
    void until(isSo).then(() => setPending(pool, id));
    return out;
  } catch (error) {
    setPending(pool, id);
    throw error;
  }
}

/** When the store knows it; after ten seconds the stream is behind, and its own state shows that. */
function until(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stop = (): void => undefined;
    const end = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    timer = setTimeout(end, 10_000);
    stop = store.changed.subscribe(() => {
      if (isSo()) {
        queueMicrotask(end);
      }
    });
  });
}

export async function takeOut(
  place: Place,
  state: "drain" | "maint",
  wish: DrainWish,
  force: boolean,
): Promise<Done> {
  const again = wantAgain(place);
  const word = state === "drain" ? "draining…" : "to maintenance…";
  const { body } = await doing(
    place,
    word,
    () =>
      api.put<Operation>(
        STATE,
        { ...place },
        { query: { force }, body: { state, ...given(wish) } },
      ),
    () => stateOf(place) === state,
  );
  const undo = async (): Promise<string> => {
    await doing(place, "taking it back…", again, () => stateOf(place) !== state);
    return `${place.id} is as it was.`;
  };
  if (state === "drain") {
    return { text: `${place.id} drains${because(wish.reason)}.`, undo, operation: body };
  }
  return { text: `${place.id} is in maintenance${because(wish.reason)}.`, undo };
}

export async function ready(place: Place): Promise<Done> {
  const again = wantAgain(place);
  await doing(
    place,
    "back to ready…",
    () => api.put(STATE, { ...place }, { body: { state: "ready" } }),
    () => stateOf(place) === "ready",
  );
  return {
    text: `${place.id} is ready.`,
    undo: async () => {
      await doing(place, "taking it back…", again, () => stateOf(place) !== "ready");
      return `${place.id} is as it was.`;
    },
  };
}

/** What a change would do. */
export async function preview(
  place: Place,
  change: { state: AdminState } | { patch: object } | "remove",
  signal: AbortSignal,
): Promise<Impact> {
  const query = { dryRun: true };
  const headers = { "If-Match": "*" };
  type Answered = { impact: Impact };
  let answer: Answer<Answered>;
  if (change === "remove") {
    answer = await api.delete<Answered>(BACKEND, { ...place }, { query, headers, signal });
  } else if ("state" in change) {
    answer = await api.put<Answered>(STATE, { ...place }, { query, body: change, signal });
  } else {
    const type = "application/merge-patch+json";
    const options = { query, headers, type, body: change.patch, signal };
    answer = await api.patch<Answered>(BACKEND, { ...place }, options);
  }
  return answer.body.impact;
}

export async function remove(
  place: Place,
  etag: string,
  wish: { drain?: string; reason?: string },
  force: boolean,
): Promise<Done> {
  const again = wantAgain(place);
  const before = stateOf(place);
  const { status, body } = await doing(
    place,
    "removing…",
    () =>
      api.delete<Operation | null>(
        BACKEND,
        { ...place },
        {
          query: { ...given(wish), force },
          headers: { "If-Match": etag },
        },
      ),
    () => stateOf(place) === "drain" || !store.row(place.pool, place.id),
  );
  if (status !== 202 || !body) {
    return { text: `${place.id} is removed.` };
  }
  return {
    text: `${place.id} drains and is removed then.`,
    operation: body,
    undo: async () => {
      const { body: after } = await api.delete<Operation>("/operations/{id}", { id: body.id });
      if (after.state !== "cancelled") {
        return `${place.id} was removed already; add it again to have it back.`;
      }
      if (before !== "ready") {
        await again();
      }
      return `${place.id} stays.`;
    },
  };
}

export function probe(pool: string, backend: object, signal?: AbortSignal) {
  return api.post<ProbeReport>(
    "/pools/{pool}/probe",
    { pool },
    { body: backend, ...(signal ? { signal } : {}) },
  );
}

export async function add(pool: string, backend: object, reason: string): Promise<Done> {
  const { body, etag } = await api.post<Backend>(
    "/pools/{pool}/backends",
    { pool },
    { body: backend, query: { reason }, headers: { "Idempotency-Key": crypto.randomUUID() } },
  );
  return {
    text: `${body.id} is added to ${pool}.`,
    undo: async () => {
      await api.delete(
        BACKEND,
        { pool, id: body.id },
        {
          query: { drain: "PT0S" },
          headers: { "If-Match": etag ?? "*" },
        },
      );
      return `${body.id} is gone again.`;
    },
  };
}

/** Members of a backend that the form changes. */
export interface Spec {
  address: string;
  weight: number;
  tier: number;
  labels: Record<string, string>;
}

/** What differs, as a merge patch; labels that are gone become null. */
export function patchOf(before: Spec, after: Spec): Record<string, unknown> {
  const patch: Record<string, unknown> & { labels?: object } = {};
  for (const name of ["address", "weight", "tier"] as const) {
    if (before[name] !== after[name]) {
      patch[name] = after[name];
    }
  }
  const labels: Record<string, string | null> = {};
  for (const name of Object.keys({ ...before.labels, ...after.labels })) {
    if (before.labels[name] !== after.labels[name]) {
      labels[name] = after.labels[name] ?? null;
    }
  }
  if (Object.keys(labels).length > 0) {
    patch.labels = labels;
  }
  return patch;
}

export async function edit(
  place: Place,
  etag: string,
  before: Spec,
  after: Spec,
  reason: string,
  force: boolean,
): Promise<Done> {
  const send = (patch: object, match: string, why: string, over: boolean) =>
    api.patch<Backend>(
      BACKEND,
      { ...place },
      {
        query: { reason: why, force: over },
        headers: { "If-Match": match },
        type: "application/merge-patch+json",
        body: patch,
      },
    );
  const { etag: now } = await send(patchOf(before, after), etag, reason, force);
  return {
    text: `${place.id} is changed: ${told(before, after)}.`,
    undo: async () => {
      await send(patchOf(after, before), now ?? "*", "taken back", false);
      return `${place.id} is as it was.`;
    },
  };
}

/** A change for people: weight 3 → 5, tier 0 → 1. */
export function told(before: Spec, after: Spec): string {
  const parts: string[] = [];
  for (const name of ["address", "weight", "tier"] as const) {
    if (before[name] !== after[name]) {
      parts.push(`${name} ${before[name]} → ${after[name]}`);
    }
  }
  if (labelsText(before.labels) !== labelsText(after.labels)) {
    parts.push(
      `labels ${labelsText(before.labels) || "none"} → ${labelsText(after.labels) || "none"}`,
    );
  }
  return parts.join(", ") || "nothing";
}

/** Labels as a field shows them: zone=a, rack=7. */
export function labelsText(labels: Record<string, string>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
}

/** Labels as a field has them; a sentence instead when one has no value. */
export function labelsOf(text: string): Record<string, string> | string {
  const labels: Record<string, string> = {};
  for (const part of text.split(/[,\n]/).map((each) => each.trim())) {
    const at = part.indexOf("=");
    if (part && at <= 0) {
      return `'${part}' is not name=value; write for instance zone=a, rack=7.`;
    }
    if (part) {
      labels[part.slice(0, at).trim()] = part.slice(at + 1).trim();
    }
  }
  return labels;
}
