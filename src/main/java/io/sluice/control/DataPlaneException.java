package io.sluice.control;

/** The data plane could not start; the message tells an operator what, where and what to do. */
public final class DataPlaneException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DataPlaneException(String message) {
    super(message);
  }

  public DataPlaneException(String message, Throwable cause) {
    super(message, cause);
  }
}
