package io.sluice.store;

/** The store failed; the message tells an operator what, where and what to do. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What kind of failure it is. */
  public enum Kind {
    /** No room on the disk. */
    FULL,
    /** The file, its directory or its file system must not be written. */
    READ_ONLY,
    /** What is stored cannot be read any more. */
    CORRUPT,
    /** It changes hands between a process and the one that replaces it: soon to be tried again. */
    HANDED_OVER,
    /** Anything else: held by another process, a path that is none, an error of the disk. */
    UNAVAILABLE
  }

  private final Kind kind;

  public StoreException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public StoreException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /** The kind as a word for programs, for instance {@code store-full}. */
  public String code() {
    return switch (kind) {
      case FULL -> "store-full";
      case READ_ONLY -> "store-read-only";
      case CORRUPT -> "store-corrupt";
      case HANDED_OVER -> "upgrade-in-progress";
      case UNAVAILABLE -> "store-unavailable";
    };
  }
}
