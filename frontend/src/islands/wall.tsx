/** For a screen on the wall: what can be read from across the room, and nothing to press. */
import { computed } from "@preact/signals";
import { clock, plural, rate } from "../format";
import { to } from "../page";
import { ATTENTION } from "../state";
import { store } from "../store/live";
import type { Row } from "../store/store";
import { shownOf } from "../ui/attention";
import { look } from "../ui/pill";
import { headline, subline, Tiles } from "./overview";

/** More would be too small to read; those that are well are left out first. */
const MOST = 120;

/** Worst first, then by pool and name; its order is the same text while nothing has moved. */
const order = computed<string>(() => {
  void store.changed.value;
  void store.pools.value;
  const ranked = [...store.rows.value.values()].map((row) => ({
    key: row.key,
    rank: ATTENTION.indexOf(shownOf(row).kind),
  }));
  ranked.sort((a, b) => a.rank - b.rank);
  return ranked.map((each) => each.key).join("\n");
});

function board(): Row[] {
  const rows = order.value.split("\n").map((key) => store.rows.peek().get(key));
  return rows.filter((row) => row !== undefined);
}

export function Wall() {
  const rows = board();
  const more = rows.length - MOST;
  return (
    <>
      <div>
        <h1>{headline.value}</h1>
        <p class="ink-2">
          {subline.value ? `${subline.value} · ` : ""}
          <Currency />
        </p>
      </div>
      <Tiles />
      <ul class="board" aria-label="Backends">
        {rows.slice(0, MOST).map((row) => (
          <Cell key={row.key} row={row} />
        ))}
      </ul>
      {more > 0 ? <p class="ink-3">and {plural(more, "backend")} more</p> : null}
    </>
  );
}

function Cell({ row }: { row: Row }) {
  const { kind, text } = shownOf(row);
  return (
    <li class={`cell state-${kind}`}>
      <b>{row.id}</b>
      <span>{text}</span>
      <span>{rate(row.figures.value.rps)} /s</span>
    </li>
  );
}

/** How old it is what the screen shows: nobody is there to ask. */
function Currency() {
  const { connection, staleSince, now } = store;
  switch (look.value) {
    case "signed-out":
      return (
        <b class="text-bad" role="status">
          signed out, these figures are old:{" "}
          <a href={to(`login?next=${encodeURIComponent(location.pathname)}`)}>sign in</a>
        </b>
      );
    case "stale":
      return (
        <b class="text-bad" role="status">
          stale since {clock(new Date(staleSince.value ?? 0).toISOString())}
        </b>
      );
    case "live":
      return <span>as of {clock(new Date(now.value).toISOString())}</span>;
    default:
      return <span role="status">{connection.value}…</span>;
  }
}
