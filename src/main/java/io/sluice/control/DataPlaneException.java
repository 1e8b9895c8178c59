package io.sluice.control;

import org.jspecify.annotations.Nullable;

/** The data plane could not start; the message tells an operator what, where and what to do. */
public final class DataPlaneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String part;

  public DataPlaneException(String message) {
    this("", message, null);
  }

  public DataPlaneException(String message, Throwable cause) {
    this("", message, cause);
  }

  /**
   * One that a part of the pool or route has led to.
   *
   * @param part JSON pointer below the pool or route; empty: the whole
   */
  DataPlaneException(String part, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.part = part;
  }

  String part() {
    return part;
  }
}
