package io.sluice.testkit;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads requests out of the bytes of a connection, in the manner of some server. */
public interface RequestReader {

  /** What stands at a place in the bytes. */
  sealed interface Step {
    /** A whole request that ends before {@code end}. */
    record Whole(ReadRequest request, int end) implements Step {}

    /** The beginning of a request. */
    record Unfinished() implements Step {}

    /** No request. */
    record Invalid(String why) implements Step {}
  }

  /**
   * All that a connection's bytes hold.
   *
   * @param cut whether the last request is not whole
   * @param invalid why reading ended early; null: it did not
   */
  record Reading(List<ReadRequest> requests, boolean cut, @Nullable String invalid) {
    public Reading {
      requests = List.copyOf(requests);
    }

    /** What two readers must agree about. */
    public List<String> essence() {
      return requests.stream().map(ReadRequest::essence).toList();
    }
  }

  /** Reads what stands at {@code from}. */
  Step next(String bytes, int from);

  /** Reads everything. */
  default Reading read(String bytes) {
    List<ReadRequest> requests = new ArrayList<>();
    int at = 0;
    while (at < bytes.length()) {
      switch (next(bytes, at)) {
        case Step.Whole(ReadRequest request, int end) -> {
          requests.add(request);
          at = end;
        }
        case Step.Unfinished() -> {
          return new Reading(requests, true, null);
        }
        case Step.Invalid(String why) -> {
          return new Reading(requests, false, why);
        }
      }
    }
    return new Reading(requests, false, null);
  }
}
