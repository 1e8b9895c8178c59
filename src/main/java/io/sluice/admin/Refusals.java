package io.sluice.admin;

import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.ChangeException;
import io.sluice.store.StoreException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

/** The problems that the API answers with; one place for their codes and statuses. */
final class Refusals {
  /** More would only make the answer large: who has a hundred problems reads the first ones. */
  private static final int MOST_ERRORS = 100;

  private Refusals() {}

  static ProblemException of(int status, String code, String detail) {
    return new ProblemException(status, code, detail);
  }

  static ProblemException notFound(String what, String id) {
    return of(404, "not-found", "there is no " + what + " " + quoted(id));
  }

  static ProblemException parameter(String name, String expected) {
    return of(400, "parameter", "the parameter " + name + " is wrong: " + expected);
  }

  static ProblemException syntax(JsonText.SyntaxException e) {
    String message = String.valueOf(e.getMessage());
    return of(400, "syntax", message).withErrors(List.of(new Violation(e.pointer(), message)));
  }

  static ProblemException invalid(String pointer, String message) {
    return invalid(List.of(new Violation(pointer, message)));
  }

  static ProblemException invalid(List<Violation> violations) {
    int all = violations.size();
    String first = violations.isEmpty() ? "" : ": " + violations.getFirst().message();
    String detail = all > 1 ? all + " problems, the first one" + first : "the body is wrong" + first;
    return of(422, "invalid", detail)
        .withErrors(violations.stream().limit(MOST_ERRORS).toList());
  }

  static ProblemException invalid(SnapshotDocument.InvalidException e) {
    return invalid(e.violations());
  }

  static ProblemException readOnly(String member, String why) {
    String message = "the member " + member + " cannot be set here: " + why;
    return of(400, "read-only", message)
        .withErrors(List.of(new Violation("/" + member, message)));
  }

  static ProblemException mediaType(@Nullable MediaType given, List<MediaType> wanted) {
    String types = wanted.stream().map(MediaType::toString).collect(Collectors.joining(", "));
    String is = given == null ? "the field Content-Type is missing" : given + " is not taken here";
    return of(415, "media-type", is + "; send " + types)
        .withHeader(HttpHeaders.ACCEPT, types)
        .withHeader("Accept-Patch", Call.MERGE_PATCH.toString());
  }

  static ProblemException preconditionRequired(boolean mayCreate) {
    return of(
        428,
        "precondition-required",
        "send If-Match with the ETag that you have read, or If-Match: * to overwrite whatever is"
            + " there"
            + (mayCreate ? "; If-None-Match: * creates" : ""));
  }

  /**
   * The state has changed.
   *
   * @param extra {@code current} and {@code changedBy}
   */
  static ProblemException stale(String detail, Map<String, Object> extra) {
    ProblemException problem = of(412, "stale", detail);
    extra.forEach(problem::with);
    return problem;
  }

  static ProblemException of(ChangeException e) {
    String message = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case NOT_FOUND -> of(404, e.code(), message);
      case EXISTS, CONFLICT -> of(409, e.code(), message);
      case STALE -> of(412, "stale", message);
      case INVALID -> invalid(e.violations());
      case GUARDED -> of(409, e.code(), message).with("guards", Views.guards(e.guards()));
      case MANAGED_BY_FILE -> of(409, "managed-by-file", message);
      case STORE ->
          e.getCause() instanceof StoreException store ? of(store) : of(503, e.code(), message);
      case STOPPING -> of(503, "stopping", message);
    };
  }

  static ProblemException of(StoreException e) {
    String code =
        switch (e.kind()) {
          case FULL -> "store-full";
          case READ_ONLY -> "store-read-only";
          case CORRUPT -> "store-corrupt";
          case UNAVAILABLE -> "store-unavailable";
        };
    return of(503, code, String.valueOf(e.getMessage()));
  }

  /** A text of the caller's in a message: shortened, so that no answer grows with it. */
  static String quoted(String text) {
    String shown = text.length() <= 80 ? text : text.substring(0, 80) + "...";
    return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
