package io.sluice.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one file. */
final class Problems {
  private final String file;
  private final List<Problem> found = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void add(Place place, String message) {
    found.add(new Problem(file, place.line(), place.column(), place.key(), message));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /** All problems in the order of the file. */
  List<Problem> inFileOrder() {
    List<Problem> sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    return sorted;
  }
}
