package io.sluice.testkit;

import java.util.List;

/** A request as some reader understood it. */
public record ReadRequest(
    String method,
    String target,
    String version,
    List<HeaderLine> fields,
    String body,
    List<HeaderLine> trailers) {
  public ReadRequest {
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

  /** What two readers must agree about. */
  public String essence() {
    return method + " " + target + " [" + body + "]";
  }

  ReadRequest withBody(String newBody, List<HeaderLine> newTrailers) {
    return new ReadRequest(method, target, version, fields, newBody, newTrailers);
  }
}
