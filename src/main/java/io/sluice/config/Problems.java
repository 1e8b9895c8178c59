package io.sluice.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one document. */
final class Problems {
  private static final Comparator<Found> BY_PLACE =
      Comparator.<Found>comparingInt(found -> found.place().line())
          .thenComparingInt(found -> found.place().column());

  private final String file;
  private final Naming naming;
  private final List<Found> all = new ArrayList<>();

  /** Something that is wrong. */
  record Found(Place place, String message) {}

  /**
   * Nothing is wrong yet.
   *
   * @param file the document's name for messages
   */
  Problems(String file, Naming naming) {
    this.file = file;
    this.naming = naming;
  }

  /** How the document writes its keys. */
  Naming naming() {
    return naming;
  }

  void add(Place place, String message) {
    all.add(new Found(place, message));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** Everything that was found, in the document's order. */
  List<Found> inOrder() {
    return all.stream().sorted(BY_PLACE).toList();
  }

  /** The same as problems of a file. */
  List<Problem> inFileOrder() {
    return inOrder().stream()
        .map(
            found ->
                new Problem(
                    file,
                    found.place().line(),
                    found.place().column(),
                    found.place().key(),
                    found.message(),
                    Problem.Severity.ERROR))
        .toList();
  }
}
