package io.sluice.admin;

/** The management plane could not start; the message tells an operator what and what to do. */
public final class AdminPlaneException extends Exception {
  private static final long serialVersionUID = 1;

  public AdminPlaneException(String message) {
    super(message);
  }

  public AdminPlaneException(String message, Throwable cause) {
    super(message, cause);
  }
}
