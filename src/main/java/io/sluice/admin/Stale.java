package io.sluice.admin;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Somebody was faster: who, and how what is there differs from what was filled in.
 *
 * @param revision that they made
 * @param differences only fields that differ
 */
record Stale(String author, @Nullable Instant at, String revision, List<Difference> differences) {

  /** A field. */
  record Difference(String field, String mine, String there) {}

  /**
   * What a 412 says.
   *
   * @param now what is there
   */
  static Stale of(ProblemException problem, Form mine, BackendForms.Fields now) {
    Map<?, ?> by = ImpactView.map(problem.members().get("changedBy"));
    List<Difference> differences = new ArrayList<>();
    add(differences, "Address", mine.text("address"), now.address());
    add(differences, "Weight", mine.text("weight"), now.weight());
    add(differences, "Tier", mine.text("tier"), now.tier());
    add(differences, "Labels", mine.text("labels"), now.labels());
    Object at = by.get("at");
    return new Stale(
        String.valueOf(by.get("author")),
        at == null ? null : Instant.parse(at.toString()),
        String.valueOf(by.get("revision")),
        differences);
  }

  private static void add(List<Difference> to, String field, String mine, String there) {
    if (!mine.equals(there)) {
      to.add(new Difference(field, mine, there));
    }
  }
}
