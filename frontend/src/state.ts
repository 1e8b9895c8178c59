/** The state that a backend is shown in: one rule, here and in the server's fragments. */
import type { Address, BackendState } from "./api/types";
import { count, span } from "./format";

export type Kind = "up" | "drain" | "ejected" | "down" | "maint" | "unknown";

export interface Shown {
  kind: Kind;
  text: string;
}

/** What the rule looks at besides the backend. */
export interface Around {
  /** Requests and tunnels in flight. */
  left: number;
  /** Whether the pool checks its backends. */
  checked: boolean;
  /** By the server's clock, in milliseconds. */
  now: number;
}

const WORST: readonly Kind[] = ["down", "ejected", "unknown", "up"];

export function shown(backend: BackendState, around: Around): Shown {
  if (backend.adminState === "drain") {
    const text = around.left > 0 ? `draining · ${count(around.left)} left` : "drained";
    return { kind: "drain", text };
  }
  if (backend.adminState === "maint") {
    return { kind: "maint", text: "maintenance" };
  }
  const addresses = backend.status.addresses;
  if (addresses && (addresses.length !== 1 || !addresses.every(isWanted))) {
    return ofName(addresses, around);
  }
  const single = addresses?.[0] ?? backend.status;
  const one = observed(single, around);
  return one.kind === "up" && backend.weight === 0 ? { kind: "up", text: "up · weight 0" } : one;
}

function observed(of: Pick<Partial<Address>, "health" | "ejection">, around: Around): Shown {
  const { health, ejection } = of;
  // Who refuses connections is down; that traffic found it out too is less telling.
  if (health?.state === "down") {
    return { kind: "down", text: `down · ${span(around.now - Date.parse(health.since))}` };
  }
  if (ejection) {
    const left = ejection.until ? ` · ${span(Date.parse(ejection.until) - around.now)}` : "";
    return { kind: "ejected", text: `ejected${left}` };
  }
  if (health?.state === "up") {
    return { kind: "up", text: "up" };
  }
  return around.checked
    ? { kind: "unknown", text: "not checked yet" }
    : { kind: "up", text: "up, unchecked" };
}

function isWanted(address: Address): boolean {
  return (address.adminState ?? "ready") === "ready";
}

/**
 * One name stands for several machines: the worst of those that are to take requests gives the
 * shape. The others end, or are not ready, as whoever runs them wants it.
 */
function ofName(addresses: Address[], around: Around): Shown {
  if (addresses.length === 0) {
    return { kind: "unknown", text: "no address" };
  }
  const wanted = addresses.filter(isWanted).map((address) => observed(address, around));
  const up = wanted.filter((one) => one.kind === "up").length;
  const worst = WORST.find((kind) => wanted.some((one) => one.kind === kind)) ?? "down";
  return { kind: worst, text: `${up} of ${addresses.length} up` };
}

/** In the order of what an operator must look at first. */
export const ATTENTION: readonly Kind[] = ["down", "ejected", "drain", "maint", "unknown", "up"];

/** Why it is so, in the words of whoever found out. */
export function why(backend: BackendState): string {
  if (backend.status.trouble) {
    return backend.status.trouble;
  }
  const parts: readonly Partial<Address>[] = backend.status.addresses ?? [backend.status];
  const down = parts.find((one) => one.health?.state === "down");
  if (down) {
    return down.health?.reason ?? "";
  }
  const ejected = parts.find((one) => one.ejection);
  return (ejected ? ejected.ejection?.reason : parts[0]?.health?.reason) ?? "";
}

/** Words that the filter by state takes, as the API has them. */
export function isIn(backend: BackendState, words: readonly string[]): boolean {
  const { status } = backend;
  const parts = status.addresses ?? [status];
  return words.some(
    (word) =>
      word === backend.adminState ||
      (word === "eligible" && status.eligible) ||
      (word === "ineligible" && !status.eligible) ||
      parts.some((one) => (word === "ejected" ? !!one.ejection : one.health?.state === word)),
  );
}
