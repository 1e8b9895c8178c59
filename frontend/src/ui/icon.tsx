/** The shapes of the states; each is told apart without its colour. */
import type { JSX } from "preact";
import type { Kind } from "../state";

const SHAPES: Record<Kind, JSX.Element> = {
  up: <circle cx="6" cy="6" r="4.5" fill="currentColor" />,
  drain: (
    <>
      <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="2" />
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </>
  ),
  down: (
    <path d="M2 2l8 8M10 2l-8 8" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />
  ),
  ejected: <path d="M6 1l5 9H1z" fill="currentColor" />,
  maint: <rect x="2" y="2" width="8" height="8" rx="1.5" fill="currentColor" />,
  unknown: <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.6" />,
};

/** A state as shape, text and colour. */
export function StateBadge({ kind, text }: { kind: Kind; text: string }) {
  return (
    <span class={`state state-${kind}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[kind]}
      </svg>
      {text}
    </span>
  );
}
