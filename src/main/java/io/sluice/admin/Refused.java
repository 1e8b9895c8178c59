package io.sluice.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form that was refused, for the page that shows it again: why, at which fields, and what was
 * filled in. Templates know it as {@code refused}.
 *
 * @param form which one of the page's
 * @param detail a sentence
 * @param code of the problem
 * @param errors of fields by their name, which is a pointer's first segment
 * @param values as they were sent, without secrets
 * @param members of this kind of problem, for instance {@code guards}
 */
record Refused(
    String form,
    int status,
    String code,
    String detail,
    String requestId,
    Map<String, String> errors,
    Map<String, String> values,
    Map<String, Object> members) {

  static Refused of(String form, ProblemException problem, String requestId, Form given) {
    Map<String, String> errors = new LinkedHashMap<>();
    for (Problem.Violation error : problem.errors()) {
      String pointer = error.pointer();
      String[] segments = pointer.split("/", 3);
      errors.putIfAbsent(segments.length < 2 ? "" : segments[1], error.message());
    }
    return new Refused(
        form,
        problem.status().value(),
        problem.code(),
        ImpactView.sentence(problem.detail()),
        requestId,
        errors,
        given.values(),
        problem.members());
  }

  /**
   * What is wrong with a field; null: nothing.
   *
   * @param of the form; null: the page has only one
   */
  public @Nullable String error(@Nullable String of, String field) {
    return of == null || of.equals(form) ? errors.get(field) : null;
  }

  /** What was filled in; null: this form was not sent, or the field is a secret. */
  public @Nullable String value(@Nullable String of, String field) {
    return of == null || of.equals(form) ? values.get(field) : null;
  }

  /** Errors whose place in the form a page does not know. */
  public List<String> others() {
    List<String> others = new ArrayList<>();
    String whole = errors.get("");
    if (whole != null && !detail.contains(whole)) {
      others.add(whole);
    }
    return others;
  }
}
