package io.sluice.admin;

import io.sluice.admin.Problem.Violation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;

/**
 * Ends a call with a {@link Problem}. It may be thrown, or signalled by a publisher, from any
 * filter or controller; {@link ProblemHandler} answers it. It has no stack trace: it is an answer.
 */
final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final HttpStatus status;
  private final String code;
  private final String detail;
  private final transient List<Violation> errors;
  private final transient Map<String, String> headers = new LinkedHashMap<>();
  private final transient Map<String, Object> members = new LinkedHashMap<>();

  /**
   * A problem.
   *
   * @param code a word with dashes for programs, for instance {@code last-backend}
   * @param detail a sentence: what, where, what to do; it holds no secret
   */
  ProblemException(HttpStatus status, String code, String detail) {
    this(status, code, detail, List.of());
  }

  /** A problem of certain places in the body. */
  ProblemException(HttpStatus status, String code, String detail, List<Violation> errors) {
    super(status.value() + " " + code + ": " + detail, null, false, false);
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.errors = List.copyOf(errors);
  }

  /** One place in the body is wrong: 400. */
  static ProblemException badField(String pointer, String message) {
    return new ProblemException(
        HttpStatus.BAD_REQUEST,
        "bad-request",
        pointer.isEmpty() ? message : pointer + ": " + message,
        List.of(new Violation(pointer, message)));
  }

  /** Adds a field to the answer, for instance {@code Retry-After}. */
  ProblemException header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Adds a member to the document, for instance the current representation. */
  ProblemException member(String name, Object value) {
    members.put(name, value);
    return this;
  }

  HttpStatus status() {
    return status;
  }

  String code() {
    return code;
  }

  String detail() {
    return detail;
  }

  List<Violation> errors() {
    return errors;
  }

  Map<String, String> headers() {
    return headers;
  }

  Map<String, Object> members() {
    return members;
  }
}
