/** Probes a backend now and shows what was found. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type ApiError, api, asApiError } from "../api/client";
import type { ProbeReport } from "../api/types";
import { Steps } from "./add";
import type { Place } from "./calls";
import { closeDialog, Modal, Refused } from "./overlay";

export function Check({ pool, id }: Place) {
  const report = useSignal<ProbeReport | null>(null);
  const error = useSignal<ApiError | null>(null);
  const run = (): void => {
    report.value = null;
    error.value = null;
    api.post<ProbeReport>("/pools/{pool}/backends/{id}/check", { pool, id }, {}).then(
      (answer) => {
        report.value = answer.body;
      },
      (failure: unknown) => {
        error.value = asApiError(failure);
      },
    );
  };
  // The dependencies: once when it opens; the button runs it again.
  useEffect(run, []);
  return (
    <Modal title={`Check of ${id}`}>
      <p>A probe of its own: the backend's health does not change by it.</p>
      {error.value ? <Refused error={error.value} /> : null}
      {report.value ? <Steps report={report.value} /> : null}
      {report.value || error.value ? null : <p role="status">Trying it…</p>}
      <div class="row">
        <button type="button" class="button" onClick={run} disabled={!report.value && !error.value}>
          Check again
        </button>
        <button type="button" class="button" onClick={closeDialog}>
          Close
        </button>
      </div>
    </Modal>
  );
}
