package io.sluice.client;

/** A command that did not succeed; the message is a sentence for who typed it. */
final class ClientException extends Exception {
  private static final long serialVersionUID = 1;

  ClientException(String message) {
    super(message);
  }

  ClientException(String message, Throwable cause) {
    super(message, cause);
  }
}
