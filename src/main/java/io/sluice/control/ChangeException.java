package io.sluice.control;

import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.store.StoreException;
import java.util.List;
import java.util.concurrent.CompletionException;

/** A change that was not made; nothing has changed. */
public final class ChangeException extends Exception {
  private static final long serialVersionUID = 1;

  /** Why. */
  public enum Kind {
    /** What it is about does not exist. */
    NOT_FOUND,
    /** What it would make exists already. */
    EXISTS,
    /** It was made for another state of the same thing. */
    STALE,
    /** The document is wrong; see {@link #violations()}. */
    INVALID,
    /** A guard is violated; see {@link #guards()}. */
    GUARDED,
    /** Something else stands against it, for instance a pool that a route still names. */
    CONFLICT,
    /** The configuration file rules. */
    MANAGED_BY_FILE,
    /** The store failed: {@link #getCause()} is a {@link io.sluice.store.StoreException}. */
    STORE,
    /** Another process takes this one's place, and the store with it; soon to be tried again. */
    HANDED_OVER,
    /** The process ends. */
    STOPPING
  }

  private final Kind kind;
  private final String code;
  private final transient List<Violation> violations;
  private final transient List<ImpactPreview.Guard> guards;

  private ChangeException(
      Kind kind,
      String code,
      String message,
      List<Violation> violations,
      List<ImpactPreview.Guard> guards) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.violations = List.copyOf(violations);
    this.guards = List.copyOf(guards);
  }

  /**
   * A change that does not fit.
   *
   * @param code a word with dashes for programs, for instance {@code backend-exists}
   * @param message what, where and what to do
   */
  public static ChangeException of(Kind kind, String code, String message) {
    return new ChangeException(kind, code, message, List.of(), List.of());
  }

  /** A document that is wrong. */
  public static ChangeException invalid(List<Violation> violations) {
    return new ChangeException(
        Kind.INVALID, "invalid", "the configuration would be invalid", violations, List.of());
  }

  /** Guards that stand against the change. */
  public static ChangeException guarded(List<ImpactPreview.Guard> guards) {
    return new ChangeException(
        Kind.GUARDED, guards.getFirst().code(), guards.getFirst().message(), List.of(), guards);
  }

  /** What the store has thrown. */
  static ChangeException unstored(Throwable thrown) {
    Throwable failure = thrown instanceof CompletionException ? thrown.getCause() : thrown;
    ChangeException made =
        of(
            Kind.STORE,
            failure instanceof StoreException e ? e.code() : "store-unavailable",
            "the change is not made, because it cannot be stored: "
                + (failure == null ? thrown : failure).getMessage());
    made.initCause(failure);
    return made;
  }

  /** The store is with another process, or about to be. */
  static ChangeException handedOver() {
    return of(
        Kind.HANDED_OVER,
        "upgrade-in-progress",
        "the change is not made, because another process is taking this one's place; make it again"
            + " in a moment");
  }

  /** There are no more changes. */
  static ChangeException stopping() {
    return of(
        Kind.STOPPING,
        "stopping",
        "Sluice is stopping and takes no more changes; make the change again when it has started");
  }

  public Kind kind() {
    return kind;
  }

  public String code() {
    return code;
  }

  public List<Violation> violations() {
    return violations;
  }

  public List<ImpactPreview.Guard> guards() {
    return guards;
  }
}
