package io.sluice.testkit;

import java.util.List;

/**
 * An answer as a strict client read it.
 *
 * @param interim statuses of the interim answers before it
 * @param complete whether its body came whole
 * @param untilClose whether only the connection's end marks the body's end
 */
public record Response(
    List<Integer> interim,
    int status,
    String reason,
    List<HeaderLine> fields,
    String body,
    List<HeaderLine> trailers,
    boolean complete,
    boolean untilClose) {
  public Response {
    interim = List.copyOf(interim);
    fields = List.copyOf(fields);
    trailers = List.copyOf(trailers);
  }

  /** All values of a field. */
  public List<String> values(String name) {
    return HeaderLine.values(fields, name);
  }

  /** The value of a field that is there exactly once. */
  public String value(String name) {
    List<String> values = values(name);
    if (values.size() != 1) {
      throw new AssertionError(name + " is there " + values.size() + " times: " + fields);
    }
    return values.getFirst();
  }

  public boolean has(String name) {
    return !values(name).isEmpty();
  }

  /** Whether the sender says that this is the last answer of the connection. */
  public boolean saysClose() {
    return values("Connection").stream().anyMatch(v -> v.equalsIgnoreCase("close"));
  }
}
