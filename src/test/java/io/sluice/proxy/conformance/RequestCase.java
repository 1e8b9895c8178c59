package io.sluice.proxy.conformance;

import io.sluice.testkit.ReadRequest;
import java.util.function.Consumer;

/**
 * Exact bytes of a client and what must become of them.
 *
 * @param name says what is special
 * @param section of the RFC that rules it
 * @param bytes what the client sends
 * @param expected what must happen
 */
record RequestCase(String name, String section, String bytes, Expected expected) {

  /** What must happen. */
  sealed interface Expected {
    /**
     * This status and the connection's end, and no whole request at the backend.
     *
     * @param untouched whether not a single byte may reach the backend
     */
    record Refused(int status, boolean untouched) implements Expected {}

    /** One request with this body at the backend, and its answer at the client. */
    record Forwarded(String body, Consumer<ReadRequest> check) implements Expected {}

    /** The client sends no more, and no whole request reaches the backend. */
    record Cut() implements Expected {}
  }

  /** A head that is refused before anything of it is passed on. */
  static RequestCase refused(int status, String name, String section, String bytes) {
    return new RequestCase(name, section, bytes, new Expected.Refused(status, true));
  }

  /** A body that turns out malformed when its head may have been passed on. */
  static RequestCase brokenBody(String name, String section, String bytes) {
    return new RequestCase(name, section, bytes, new Expected.Refused(400, false));
  }

  static RequestCase forwarded(String name, String section, String bytes) {
    return forwarded(name, section, bytes, "");
  }

  static RequestCase forwarded(String name, String section, String bytes, String body) {
    return new RequestCase(name, section, bytes, new Expected.Forwarded(body, r -> {}));
  }

  static RequestCase forwarded(
      String name, String section, String bytes, Consumer<ReadRequest> check) {
    return new RequestCase(name, section, bytes, new Expected.Forwarded("", check));
  }

  static RequestCase cut(String name, String section, String bytes) {
    return new RequestCase(name, section, bytes, new Expected.Cut());
  }

  @Override
  public String toString() {
    return name + " (" + section + ")";
  }
}
