/** How current the page is. */
import { computed, effect } from "@preact/signals";
import { clock } from "../format";
import { page, to } from "../page";
import { store } from "../store/live";

export type Look = "connecting" | "live" | "reconnecting" | "stale" | "signed-out";

export const look = computed<Look>(() => {
  if (store.connection.value === "signed-out") {
    return "signed-out";
  }
  if (store.staleSince.value !== null) {
    return "stale";
  }
  return store.connection.value;
});

function text(): string {
  switch (look.value) {
    case "live":
      return store.paused.value ? "Live, table paused" : "Live";
    case "reconnecting":
      return "Reconnecting";
    case "stale":
      return `Stale since ${clock(new Date(store.staleSince.value ?? 0).toISOString())}`;
    case "signed-out":
      return "Signed out";
    default:
      return "Connecting";
  }
}

export function Pill() {
  const revision = store.revision.value?.number ?? page.revision;
  return (
    <>
      <span role="status">{text()}</span>
      {look.value === "signed-out" ? (
        <a href={to(`login?next=${encodeURIComponent(location.pathname + location.search)}`)}>
          Sign in
        </a>
      ) : (
        <a href={to(`configuration/history`)} class="ink-2">{`revision ${revision}`}</a>
      )}
    </>
  );
}

/** Dresses the pill's own element, and greys what shows old figures. */
export function dress(pill: Element | null, data: readonly Element[]): void {
  effect(() => {
    if (pill) {
      pill.className = `pill ${look.value}`;
    }
    const old = look.value === "stale" || look.value === "signed-out";
    for (const each of data) {
      each.classList.toggle("stale-data", old);
    }
  });
}
