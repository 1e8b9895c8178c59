/** A refusal as a sentence, with the id by which the logs tell more. */
import type { ApiError } from "../api/client";

export function Refusal({ error }: { error: ApiError | null }) {
  return error ? (
    <div class="banner bad" role="alert">
      <span>{error.message}</span>
      {error.problem.requestId ? (
        <span class="end">
          Request <code>{error.problem.requestId}</code>
        </span>
      ) : null}
    </div>
  ) : null;
}
