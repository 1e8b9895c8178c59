package io.sluice.config;

/** A text that its key does not take; the message says what was given and what was expected. */
final class BadValueException extends Exception {
  private static final long serialVersionUID = 1;

  BadValueException(String message) {
    super(message, null, false, false);
  }
}
