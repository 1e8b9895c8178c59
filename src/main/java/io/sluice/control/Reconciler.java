package io.sluice.control;

import java.util.concurrent.CompletableFuture;

/**
 * The way of every change of pools and routes: checked, prepared, stored, then published; all that
 * can fail comes before the last. Changes are made one after another on the control thread.
 */
public interface Reconciler {

  /** What is in force; callable from any thread. */
  InForce inForce();

  /**
   * A change that was made, or that was not needed.
   *
   * @param now in force
   * @param changed false: the edit gave an equal snapshot, and there is no new revision
   * @param impact as a preview before it would have said
   */
  record Outcome(InForce now, boolean changed, ImpactPreview impact) {}

  /**
   * Makes a change. When the future completes it is stored and in force, else it ends with a {@link
   * ChangeException} and nothing has changed.
   */
  CompletableFuture<Outcome> submit(ConfigChange change);

  /** Goes the same way as far as nothing changes, and tells what would happen. */
  CompletableFuture<ImpactPreview> preview(ConfigChange change);

  /** Is told, on the control thread, about every revision in force from now on; must be quick. */
  void onRevision(java.util.function.Consumer<InForce> listener);
}
