package io.sluice.store;

/** The store failed; the message tells an operator what, where and what to do. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What kind of failure it is. */
  public enum Kind {
    FULL,
    READ_ONLY,
    CORRUPT,
    UNAVAILABLE
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
