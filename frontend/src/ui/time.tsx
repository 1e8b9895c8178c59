/** Moments by the reader's clock. */
import { clock, fully } from "../format";

export function Time({ at }: { at: string }) {
  return (
    <time dateTime={at} title={fully(at)}>
      {clock(at)}
    </time>
  );
}

/** Rewrites the times that the server wrote, which does not know where the reader is. */
export function localize(within: ParentNode): void {
  for (const time of within.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    if (time.dateTime && !time.hasAttribute("data-relative")) {
      time.textContent = clock(time.dateTime);
      time.title = fully(time.dateTime);
    }
  }
}
