/** What a change would do: who takes over how much, and which guards it violates. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, asApiError } from "../api/client";
import type { Guard, Impact } from "../api/types";
import { count, rate, roughShare } from "../format";
import { store } from "../store/live";
import { keyOf } from "../store/store";

/** More are told in a sentence. */
const SHOWN = 8;

/** From here on more load is worth a warning. */
const MUCH_MORE = 1.25;

export interface Taker {
  id: string;
  now: number;
  then: number;
  shareNow: number;
  shareThen: number;
}

/** Who carries how much of a pool now and then, most first. */
export function takers(
  expected: Record<string, number>,
  now: (id: string) => number,
  all: readonly string[],
): Taker[] {
  const thenAll = Object.values(expected).reduce((sum, each) => sum + each, 0);
  const nowAll = all.reduce((sum, id) => sum + now(id), 0);
  return Object.entries(expected)
    .map(([id, then]) => ({
      id,
      now: now(id),
      then,
      shareNow: nowAll > 0 ? now(id) / nowAll : 0,
      shareThen: thenAll > 0 ? then / thenAll : 0,
    }))
    .sort((a, b) => b.then - a.then || (a.id < b.id ? -1 : 1));
}

export interface Preview {
  impact: Impact | null;
  error: ApiError | null;
}

/** The impact of a change, asked for again when it changes or something else does. */
export function usePreview(
  ask: ((signal: AbortSignal) => Promise<Impact>) | null,
  key: string,
): Preview {
  const found = useSignal<Preview>({ impact: null, error: null });
  // The dependencies: the key says when it is another question.
  useEffect(() => {
    if (!ask) {
      found.value = { impact: null, error: null };
      return undefined;
    }
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      timer = undefined;
      ask(abort.signal).then(
        (impact) => {
          found.value = { impact, error: null };
        },
        (error: unknown) => {
          if (!abort.signal.aborted) {
            found.value = { impact: null, error: asApiError(error) };
          }
        },
      );
    };
    let wait = found.peek().impact ? 300 : 0;
    const stop = store.changed.subscribe(() => {
      timer ??= setTimeout(look, wait);
      wait = 500;
    });
    return () => {
      stop();
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return found.value;
}

export function ImpactView({ impact, pool }: { impact: Impact | null; pool: string }) {
  if (!impact) {
    return <p class="impact">Asking what it would do…</p>;
  }
  const own = impact.pools.find((each) => each.pool === pool);
  if (!own) {
    return <p>It changes nothing for traffic.</p>;
  }
  const ids = [...store.rows.peek().values()].filter((row) => row.pool === pool);
  const all = takers(
    own.expectedRps,
    (id) => store.rows.peek().get(keyOf(pool, id))?.figures.peek().rps ?? 0,
    ids.map((row) => row.id),
  );
  const shown = all.slice(0, SHOWN);
  const rest = all.slice(SHOWN);
  const { eligibleBefore, eligibleAfter, movedKeys } = own;
  return (
    <>
      {all.length > 0 ? (
        <table class="table impact">
          <caption class="visually-hidden">Load of the backends that take traffic then</caption>
          <thead>
            <tr>
              <th scope="col">Takes over</th>
              <th scope="col" class="num">
                now
              </th>
              <th scope="col" class="num">
                then
              </th>
              <th scope="col" class="num">
                share
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((each) => (
              <TakerLine key={each.id} taker={each} />
            ))}
          </tbody>
        </table>
      ) : null}
      {rest.length > 0 ? (
        <p>
          and {count(rest.length)} more, each with at most {rate(rest[0]?.then ?? 0)} /s
        </p>
      ) : null}
      <p>
        {eligibleBefore === eligibleAfter
          ? `${roughShare(eligibleAfter)} of ${pool}'s weight can take requests, as before.`
          : `${roughShare(eligibleAfter)} of ${pool}'s weight can take requests then, ${roughShare(eligibleBefore)} now.`}
        {movedKeys > 0 ? ` ${roughShare(movedKeys)} of the keys move to another backend.` : ""}
      </p>
    </>
  );
}

function TakerLine({ taker }: { taker: Taker }) {
  const { id, now, then, shareNow, shareThen } = taker;
  const more = now > 0 ? then / now - 1 : 0;
  const much = now > 0 ? then / now > MUCH_MORE : then > 0;
  return (
    <tr>
      <td class="name">{id}</td>
      <td class="num">{rate(now)} /s</td>
      <td class={much ? "num text-warn" : "num"}>
        <b>{rate(then)} /s</b>
        {Math.abs(more) >= 0.005
          ? ` ${more > 0 ? "+" : "−"}${Math.round(Math.abs(more) * 100)} %`
          : ""}
      </td>
      <td class="num">
        {roughShare(shareNow)} → {roughShare(shareThen)}
      </td>
    </tr>
  );
}

export function Guards({ guards }: { guards: readonly Guard[] }) {
  return guards.length > 0 ? (
    <div class="guard" role="alert">
      {guards.map((guard) => (
        <div key={guard.code + guard.pool}>
          <b>
            {guard.code === "last-backend"
              ? "No backend would be left. "
              : "Too little would be left. "}
          </b>
          {guard.message}
        </div>
      ))}
    </div>
  ) : null;
}
