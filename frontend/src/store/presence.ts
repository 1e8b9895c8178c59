/**
 * Whether somebody is there. A session ends after half an hour without a call; a page that is
 * looked at makes one now and then, and one that was left does not keep it alive.
 */
import { ApiError, api, signedOut } from "../api/client";
import type { Session } from "../api/types";
import { page } from "../page";

/** So long after the last input somebody is taken to be there: as long as a session lasts. */
export const PRESENT_FOR = 30 * 60_000;

/** How often the session is asked for. */
export const ALIVE_EVERY = 5 * 60_000;

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

let lastInput = Date.now();

/** A page is looked at: visible, and somebody has touched it lately. A wall is never touched. */
export function attended(): boolean {
  return (
    document.visibilityState === "visible" &&
    !signedOut.peek() &&
    (page.name === "wall" || Date.now() - lastInput < PRESENT_FOR)
  );
}

/** Keeps the session alive from now on as long as the page is looked at. */
export function keepAlive(): void {
  lastInput = Date.now();
  for (const name of INPUTS) {
    document.addEventListener(
      name,
      () => {
        lastInput = Date.now();
      },
      { capture: true, passive: true },
    );
  }
  setInterval(() => {
    if (attended()) {
      void stillSignedIn();
    }
  }, ALIVE_EVERY);
}

/** The call by itself is what counts; a refusal says that the session has ended. */
async function stillSignedIn(): Promise<void> {
  try {
    await api.get<Session>("/session");
  } catch (error) {
    if (!(error instanceof ApiError)) {
      throw error;
    }
  }
}
