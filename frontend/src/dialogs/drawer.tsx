/** A drain as it goes on, beside the page. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isTyped } from "../islands/keys";
import { OperationView } from "../islands/operation-view";

export function Drawer({ id, onClose }: { id: string; onClose: () => void }) {
  const element = useRef<HTMLElement>(null);
  const opened = useSignal(document.activeElement);
  useEffect(() => {
    const before = opened.peek();
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !isTyped(event)) {
        onClose();
      }
    };
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("keydown", pressed);
      if (before instanceof HTMLElement && before.isConnected) {
        before.focus();
      }
    };
  }, [onClose, opened]);
  return (
    <aside class="drawer" aria-label="Operation" ref={element}>
      <OperationView
        id={id}
        head={
          <button type="button" class="button quiet" onClick={onClose}>
            Close
          </button>
        }
      />
    </aside>
  );
}
