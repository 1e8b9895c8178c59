package io.sluice.admin;

import io.sluice.admin.Problem.Violation;
import io.sluice.control.ChangeException;
import io.sluice.store.StoreException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.ErrorResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.MissingRequestValueException;
import org.springframework.web.server.ServerWebInputException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/**
 * What an exception means to the one who called. Texts of libraries name Java classes and values of
 * the body; none of them gets out.
 */
final class Problems {
  private static final int LONGEST_NAME = 100;

  /** Within it a hand-over has either ended or been called off, but for slow disks. */
  private static final String HAND_OVER_SECONDS = "2";

  private Problems() {}

  /** The answer to an exception; null: it is a fault of Sluice itself. */
  static @Nullable ProblemException of(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProblemException problem) {
        return problem;
      }
      if (cause instanceof ChangeException change) {
        return ofChange(change);
      }
      if (cause instanceof StoreException store) {
        return ofStore(store);
      }
      if (cause instanceof DataBufferLimitException) {
        return new ProblemException(
            HttpStatus.CONTENT_TOO_LARGE, "too-large", "The body is longer than allowed here.");
      }
      if (cause instanceof JacksonException json) {
        return ofJson(json);
      }
    }
    return failure instanceof ErrorResponse answer ? ofSpring(answer) : null;
  }

  /** A change that the control thread refused. */
  static ProblemException ofChange(ChangeException change) {
    if (change.getCause() instanceof StoreException store) {
      return ofStore(store);
    }
    HttpStatus status =
        switch (change.kind()) {
          case NOT_FOUND -> HttpStatus.NOT_FOUND;
          case STALE -> HttpStatus.PRECONDITION_FAILED;
          case INVALID -> HttpStatus.UNPROCESSABLE_CONTENT;
          case EXISTS, GUARDED, CONFLICT, MANAGED_BY_FILE -> HttpStatus.CONFLICT;
          case STORE, HANDED_OVER, STOPPING -> HttpStatus.SERVICE_UNAVAILABLE;
        };
    List<Violation> errors =
        change.violations().stream()
            .map(violation -> new Violation(violation.pointer(), violation.message()))
            .collect(Collectors.toList());
    ProblemException problem =
        new ProblemException(status, change.code(), String.valueOf(change.getMessage()), errors);
    if (change.kind() == ChangeException.Kind.HANDED_OVER) {
      problem.header(HttpHeaders.RETRY_AFTER, HAND_OVER_SECONDS);
    }
    return change.guards().isEmpty() ? problem : problem.member("guards", change.guards());
  }

  private static ProblemException ofStore(StoreException store) {
    ProblemException problem =
        new ProblemException(
            HttpStatus.SERVICE_UNAVAILABLE, store.code(), String.valueOf(store.getMessage()));
    return store.kind() == StoreException.Kind.HANDED_OVER
        ? problem.header(HttpHeaders.RETRY_AFTER, HAND_OVER_SECONDS)
        : problem;
  }

  private static ProblemException ofJson(JacksonException json) {
    if (json instanceof DatabindException) {
      return ProblemException.badField(pointer(json), meaning(json));
    }
    String what =
        json instanceof StreamConstraintsException
            ? "The body is nested too deeply, or a name or number in it is too long"
            : "The body is no valid JSON";
    var place = json.getLocation();
    boolean known = place != null && place.getLineNr() > 0;
    String where =
        known ? " (line %d, column %d)".formatted(place.getLineNr(), place.getColumnNr()) : "";
    return ProblemException.badField("", what + where + ".");
  }

  private static String meaning(JacksonException json) {
    if (json instanceof UnrecognizedPropertyException unknown) {
      Object known =
          unknown.getKnownPropertyIds() == null
              ? ""
              : unknown.getKnownPropertyIds().stream()
                  .map(String::valueOf)
                  .sorted()
                  .collect(Collectors.joining(", "));
      return "there is no such field; known are " + known;
    }
    if (json instanceof MismatchedInputException wrong && wrong.getTargetType() != null) {
      return "the value does not fit; expected is " + form(wrong.getTargetType());
    }
    return "the value cannot be read here";
  }

  private static String form(Class<?> type) {
    if (type.isEnum()) {
      StringBuilder names = new StringBuilder("one of");
      for (Object constant : type.getEnumConstants()) {
        names.append(' ').append(String.valueOf(constant).toLowerCase(Locale.ROOT));
      }
      return names.toString();
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return "a number";
    }
    if (Iterable.class.isAssignableFrom(type) || type.isArray()) {
      return "a list";
    }
    String name = type.getPackageName();
    return name.startsWith("java.") && !name.equals("java.util") ? "a text" : "an object";
  }

  private static String pointer(JacksonException json) {
    StringBuilder pointer = new StringBuilder();
    for (JacksonException.Reference step : json.getPath()) {
      String name = step.getPropertyName();
      pointer.append('/').append(name == null ? step.getIndex() : escaped(name));
    }
    return pointer.toString();
  }

  private static String escaped(String name) {
    String shown = name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) + "…" : name;
    return shown.replace("~", "~0").replace("/", "~1");
  }

  private static ProblemException ofSpring(ErrorResponse answer) {
    HttpStatusCode code = answer.getStatusCode();
    HttpStatus known = HttpStatus.resolve(code.value());
    HttpStatus status = known == null ? HttpStatus.INTERNAL_SERVER_ERROR : known;
    ProblemException problem = new ProblemException(status, code(status), detail(answer, status));
    answer
        .getHeaders()
        .forEach(
            (name, values) -> {
              if (name.equalsIgnoreCase("Allow") || name.equalsIgnoreCase("Accept")) {
                problem.header(name, String.join(", ", values));
              }
            });
    return problem;
  }

  /** The code of a status that has no finer one. */
  static String code(HttpStatus status) {
    return status.getReasonPhrase().toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "-");
  }

  private static String detail(ErrorResponse answer, HttpStatus status) {
    return switch (answer) {
      case MethodNotAllowedException method ->
          "Only %s can be called here."
              .formatted(
                  method.getSupportedMethods().stream()
                      .map(HttpMethod::name)
                      .sorted()
                      .collect(Collectors.joining(", ")));
      case MissingRequestValueException missing ->
          "The %s %s is missing.".formatted(missing.getLabel(), missing.getName());
      case ServerWebInputException input when input.getMethodParameter() != null ->
          "%s cannot be read."
              .formatted(
                  input.getMethodParameter().getParameterName() == null
                      ? "A value"
                      : "The value of " + input.getMethodParameter().getParameterName());
      default ->
          switch (status) {
            case NOT_FOUND -> "There is nothing at this path.";
            case NOT_ACCEPTABLE -> "None of the forms in Accept can be produced here.";
            case UNSUPPORTED_MEDIA_TYPE -> "The body's Content-Type is not understood here.";
            case CONTENT_TOO_LARGE -> "The body is longer than allowed here.";
            default -> status.getReasonPhrase() + ".";
          };
    };
  }
}
