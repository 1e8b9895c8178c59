/** Says while a configuration is typed what is wrong with it, where, and what it would do. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { Impact, Validation } from "../api/types";
import { plural, roughShare } from "../format";
import { Refusal } from "../ui/refusal";
import { lineOf } from "./yaml-lines";

/** Nobody is interrupted in the middle of a word. */
const AFTER_TYPING = 600;

type Verdict =
  | { kind: "none" }
  | { kind: "refused"; error: ApiError }
  | { kind: "found"; text: string; validation: Validation };

/** What a check has found, in a sentence. */
export function summary({ valid, problems, impact }: Validation): string {
  if (!valid) {
    return plural(problems.length, "problem");
  }
  return impact?.guards.length ? "A guard will refuse it" : "It can be applied";
}

/** What it does to each pool's traffic. */
export function effects(impact: Impact | null): string[] {
  return (impact?.pools ?? []).map(({ pool, eligibleBefore, eligibleAfter, requests }) => {
    const share =
      eligibleBefore === eligibleAfter
        ? `${roughShare(eligibleAfter)} of its weight takes requests, as before`
        : `${roughShare(eligibleBefore)} of its weight takes requests now, ${roughShare(eligibleAfter)} then`;
    const flight = requests > 0 ? `; ${plural(requests, "request")} in flight finish first` : "";
    return `${pool}: ${share}${flight}`;
  });
}

/** Shows a line in the middle of what can be seen, chosen. */
export function jump(area: HTMLTextAreaElement, line: number): void {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  const height = area.scrollHeight / Math.max(1, lines.length);
  area.scrollTop = Math.max(0, (line - 1) * height - area.clientHeight / 2);
}

/** What the server found at the last submit is about a text that is another one by now. */
function forgetServers(): void {
  for (const id of ["findings-title", "effect-title", "guards-title", "diff-title"]) {
    document.getElementById(id)?.closest("section")?.setAttribute("hidden", "");
  }
}

export function Verdicts({ area }: { area: HTMLTextAreaElement }) {
  const verdict = useSignal<Verdict>({ kind: "none" });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let abort = new AbortController();
    const check = async (): Promise<void> => {
      abort.abort();
      abort = new AbortController();
      const { signal } = abort;
      const text = area.value;
      try {
        const options = { body: text, type: "application/yaml", signal };
        const { body } = await api.post<Validation>("/config/validate", {}, options);
        verdict.value = { kind: "found", text, validation: body };
      } catch (error) {
        if (!signal.aborted) {
          verdict.value = { kind: "refused", error: asApiError(error) };
        }
      }
    };
    const soon = (): void => {
      forgetServers();
      clearTimeout(timer);
      timer = setTimeout(() => void check(), AFTER_TYPING);
    };
    const pressed = (event: KeyboardEvent): void => {
      // The browser would save the page; whoever presses it means "is it all right?".
      if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        clearTimeout(timer);
        void check();
      }
    };
    area.addEventListener("input", soon);
    document.addEventListener("keydown", pressed);
    return () => {
      clearTimeout(timer);
      abort.abort();
      area.removeEventListener("input", soon);
      document.removeEventListener("keydown", pressed);
    };
  }, [area, verdict]);
  const now = verdict.value;
  const invalid = now.kind === "found" && !now.validation.valid;
  useEffect(() => {
    if (now.kind === "found") {
      area.setAttribute("aria-describedby", "verdict");
      if (invalid) {
        area.setAttribute("aria-invalid", "true");
      } else {
        area.removeAttribute("aria-invalid");
      }
    }
  }, [now, invalid, area]);
  return (
    <div class="verdict">
      <p id="verdict" role="status" class={invalid ? "text-bad" : "text-ok"}>
        {now.kind === "found" ? summary(now.validation) : ""}
      </p>
      {now.kind === "refused" ? <Refusal error={now.error} /> : null}
      {now.kind === "found" ? (
        <Details area={area} text={now.text} validation={now.validation} />
      ) : null}
    </div>
  );
}

function Details(props: { area: HTMLTextAreaElement; text: string; validation: Validation }) {
  const { area, text, validation } = props;
  const { problems, impact, valid } = validation;
  const told = effects(impact);
  return (
    <>
      {problems.length > 0 ? (
        <ol class="list">
          {problems.map((problem) => (
            <Problem key={problem.pointer + problem.message} area={area} text={text} {...problem} />
          ))}
        </ol>
      ) : null}
      {valid && told.length === 0 ? <p class="ink-2">No pool's traffic changes.</p> : null}
      {told.map((each) => (
        <p key={each} class="ink-2">
          {each}
        </p>
      ))}
      {impact?.guards.map((guard) => (
        <div key={guard.code + guard.pool} class="guard">
          <b>{guard.pool}</b>: {guard.message}
        </div>
      ))}
    </>
  );
}

function Problem(props: {
  area: HTMLTextAreaElement;
  text: string;
  pointer: string;
  message: string;
}) {
  const { area, text, pointer, message } = props;
  const line = lineOf(text, pointer, message);
  return (
    <li>
      {line > 0 ? (
        <button type="button" class="button" onClick={() => jump(area, line)}>
          line {line}
        </button>
      ) : null}
      {pointer ? <code>{pointer}</code> : null}
      <span class="text">{message}</span>
    </li>
  );
}
