package io.sluice.proxy.conformance;

import io.sluice.testkit.Response;
import java.util.function.Consumer;

/**
 * Exact bytes of a backend and what a client must see of them.
 *
 * @param request the client's
 * @param bytes the backend's answer
 * @param end what the backend does behind them
 */
record AnswerCase(
    String name, String section, String request, String bytes, End end, Expected expected) {

  /** What a backend does behind its answer. */
  enum End {
    STAYS,
    CLOSES,
    RESETS
  }

  /** What the client must see. */
  sealed interface Expected {
    /** 502 of Sluice's own. */
    record BadGateway() implements Expected {}

    /** The backend's answer, whole. */
    record Passes(int status, String body, Consumer<Response> check) implements Expected {}

    /** Something that cannot be taken for a whole answer. */
    record Cut() implements Expected {}
  }

  @Override
  public String toString() {
    return name + " (" + section + ")";
  }
}
