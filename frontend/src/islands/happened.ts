/** What has happened, as lines; the server's ActivityEntry says the same. */
import type { Audit, Operation, Revision, Transition } from "../api/types";
import { span } from "../format";

export interface Entry {
  key: string;
  at: string;
  kind: "revision" | "health" | "operation" | "audit";
  /** Before the backend's name. */
  lead: string;
  pool: string;
  /** Empty: it concerns no single backend. */
  id: string;
  /** Behind the name. */
  tail: string;
  reason: string;
  /** That it made; null: none. */
  revision: number | null;
  /** That it is about; empty: none. */
  operation: string;
  requestId: string;
}

const NOTHING = {
  lead: "",
  pool: "",
  id: "",
  tail: "",
  reason: "",
  revision: null,
  operation: "",
  requestId: "",
};

export function ofRevision(revision: Revision): Entry {
  return {
    ...NOTHING,
    key: `r${revision.number}`,
    at: revision.at,
    kind: "revision",
    lead: revision.author,
    tail: revision.summary,
    reason: revision.reason ?? "",
    revision: revision.number,
  };
}

/** A change of health or ejection in words. */
export function became(from: string, after: string): string {
  switch (after) {
    case "ejected":
      return "ejected";
    case "none":
      return "back after its ejection";
    default:
      return `${from} → ${after}`;
  }
}

export function ofTransition(transition: Transition): Entry {
  const { at, pool, id, from, to, cause, number } = transition;
  return {
    ...NOTHING,
    key: `t${number ?? `${at} ${pool}/${id} ${to}`}`,
    at,
    kind: "health",
    pool,
    id,
    tail: `${became(from, to)}${cause ? `: ${cause}` : ""}`,
  };
}

/** Its begin, and its end when it has one. */
export function ofOperation(operation: Operation): Entry[] {
  const { id, pool, backend, author, kind, state, startedAt, endedAt, error, reason } = operation;
  const both = { ...NOTHING, kind: "operation" as const, pool, id: backend, operation: id };
  const begun = {
    ...both,
    key: `o${id}`,
    at: startedAt,
    lead: `${author} ${kind === "drain" ? "drains" : "removes"}`,
    reason: reason ?? "",
  };
  if (!endedAt) {
    return [begun];
  }
  const because = error ? `: ${error}` : "";
  const how =
    state === "done"
      ? `is done after ${span(Date.parse(endedAt) - Date.parse(startedAt))}`
      : state === "cancelled"
        ? `is called off${because}`
        : `has failed${because}`;
  const ended = {
    ...both,
    key: `e${id}`,
    at: endedAt,
    lead: kind === "drain" ? "drain of" : "removal of",
    tail: how,
  };
  return [ended, begun];
}

export function ofAudit(line: Audit): Entry {
  return {
    ...NOTHING,
    key: `a${line.number}`,
    at: line.at,
    kind: "audit",
    lead: line.actor,
    tail: `${line.action} ${line.outcome}${line.detail ? `: ${line.detail}` : ""}`,
    reason: line.reason ?? "",
    revision: line.revisionAfter,
    requestId: line.requestId ?? "",
  };
}

export interface Sources {
  revisions: readonly Revision[];
  transitions: readonly Transition[];
  operations: readonly Operation[];
  audit: readonly Audit[];
}

export interface Wanted {
  /** Empty: all. */
  kind: string;
  /** Empty: any. */
  text: string;
  /** Later than this moment, in milliseconds. */
  after: number;
}

function has(entry: Entry, text: string): boolean {
  const sentence = [entry.lead, entry.id, entry.tail].filter(Boolean).join(" ");
  return [sentence, entry.kind, entry.pool, entry.reason, entry.requestId].some((part) =>
    part.toLowerCase().includes(text),
  );
}

/** What of it is wanted, newest first. */
export function entries(sources: Sources, wanted: Wanted): Entry[] {
  const everything = wanted.kind === "";
  const text = wanted.text.trim().toLowerCase();
  const all = [
    ...sources.revisions.map(ofRevision),
    ...sources.transitions.map(ofTransition),
    // A drain that begins is a revision already, and so is a line of the audit that made one.
    ...sources.operations
      .flatMap(ofOperation)
      .filter((entry) => !everything || entry.key.startsWith("e")),
    ...sources.audit.map(ofAudit).filter((entry) => !everything || entry.revision === null),
  ];
  return all
    .filter(
      (entry) =>
        (everything || entry.kind === wanted.kind) &&
        Date.parse(entry.at) > wanted.after &&
        (text === "" || has(entry, text)),
    )
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
