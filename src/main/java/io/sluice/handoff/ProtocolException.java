package io.sluice.handoff;

import java.io.IOException;

/** The other side says what nobody says in this protocol. */
final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  ProtocolException(String message) {
    super(message);
  }
}
