package io.sluice.handoff;

/** An upgrade that does not happen. Its message says why, for the operator. */
public final class HandoffException extends Exception {
  private static final long serialVersionUID = 1L;

  public HandoffException(String message) {
    super(message);
  }

  public HandoffException(String message, Throwable cause) {
    super(message, cause);
  }
}
