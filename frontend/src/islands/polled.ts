/** What is read again and again while somebody looks at it. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, asApiError } from "../api/client";
import { attended } from "../store/presence";

export interface Polled<T> {
  /** What was read last; it stays when a later try fails. */
  value: T | null;
  /** Why the last try failed. */
  error: ApiError | null;
}

/** An event may come a moment before the record of it. */
const AFTER_EVENT = 400;

/**
 * Reads at once, then every so many milliseconds, and soon after a signal has changed.
 *
 * @param key another one is another question
 */
export function usePolled<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  every: number,
  key: string,
  again?: ReadonlySignal<unknown>,
): Polled<T> {
  const found = useSignal<Polled<T>>({ value: null, error: null });
  // The dependencies: the key says when it is another question.
  useEffect(() => {
    const abort = new AbortController();
    let busy = false;
    const read = async (): Promise<void> => {
      if (busy || !attended()) {
        return;
      }
      busy = true;
      try {
        const value = await ask(abort.signal);
        found.value = { value, error: null };
      } catch (error) {
        if (!abort.signal.aborted) {
          found.value = { value: found.peek().value, error: asApiError(error) };
        }
      }
      busy = false;
    };
    const now = (): void => void read();
    let soon: ReturnType<typeof setTimeout> | undefined;
    let first = true;
    const stop = again?.subscribe(() => {
      if (!first) {
        clearTimeout(soon);
        soon = setTimeout(now, AFTER_EVENT);
      }
      first = false;
    });
    now();
    const timer = setInterval(now, every);
    document.addEventListener("visibilitychange", now);
    return () => {
      stop?.();
      clearTimeout(soon);
      clearInterval(timer);
      document.removeEventListener("visibilitychange", now);
      abort.abort();
    };
  }, [key]);
  return found.value;
}
