package io.sluice.admin;

import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.Violation;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;

/** The problems that the API's calls end with; one place for their codes and statuses. */
final class Refusals {
  /** More would only make the answer large: who has a hundred problems reads the first ones. */
  private static final int MOST_ERRORS = 100;

  private static final int LONGEST_SHOWN = 80;

  private Refusals() {}

  static ProblemException of(int status, String code, String detail) {
    return of(status, code, detail, List.of());
  }

  private static ProblemException of(
      int status, String code, String detail, List<Violation> errors) {
    return new ProblemException(
        Objects.requireNonNull(HttpStatus.resolve(status)),
        code,
        detail,
        errors.stream()
            .limit(MOST_ERRORS)
            .map(error -> new Problem.Violation(error.pointer(), error.message()))
            .toList());
  }

  static ProblemException notFound(String what, String id) {
    return of(404, "not-found", "There is no " + what + " " + quoted(id) + ".");
  }

  static ProblemException parameter(String name, String expected) {
    return of(400, "parameter", "The parameter " + name + " is wrong: " + expected + ".");
  }

  static ProblemException syntax(JsonText.SyntaxException e) {
    String message = String.valueOf(e.getMessage());
    return of(400, "syntax", message, List.of(new Violation(e.pointer(), message)));
  }

  static ProblemException invalid(String pointer, String message) {
    return invalid(List.of(new Violation(pointer, message)));
  }

  static ProblemException invalid(List<Violation> violations) {
    int all = violations.size();
    String detail =
        all == 1
            ? "The body has a problem: " + violations.getFirst().message()
            : "The body has " + all + " problems";
    return of(422, "invalid", detail, violations);
  }

  static ProblemException invalid(SnapshotDocument.InvalidException e) {
    return invalid(e.violations());
  }

  static ProblemException readOnly(String member, String why) {
    String message = "The member " + member + " cannot be set here: " + why + ".";
    return of(400, "read-only", message, List.of(new Violation("/" + member, message)));
  }

  static ProblemException mediaType(@Nullable MediaType given, List<MediaType> wanted) {
    String types = wanted.stream().map(MediaType::toString).collect(Collectors.joining(", "));
    String is = given == null ? "The field Content-Type is missing" : "This type is not taken here";
    ProblemException problem =
        of(415, "unsupported-media-type", is + "; send " + types + ".")
            .header(HttpHeaders.ACCEPT, types);
    return wanted.contains(Call.MERGE_PATCH) ? problem.header("Accept-Patch", types) : problem;
  }

  static ProblemException preconditionRequired(boolean mayCreate) {
    return of(
        428,
        "precondition-required",
        "Send If-Match with the ETag that you have read, or If-Match: * to overwrite whatever is"
            + " there"
            + (mayCreate ? "; If-None-Match: * creates." : "."));
  }

  /**
   * The state has changed.
   *
   * @param members {@code current} and {@code changedBy}
   */
  static ProblemException stale(String detail, Map<String, Object> members) {
    ProblemException problem = of(412, "stale", detail);
    members.forEach(problem::member);
    return problem;
  }

  /** A text of the caller's in a message: shortened, so that no answer grows with it. */
  static String quoted(String text) {
    String shown = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
    return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
