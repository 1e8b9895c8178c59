package io.sluice.admin;

import java.util.List;
import java.util.Map;

/**
 * An answer that says what is wrong (RFC 9457), sent as {@code application/problem+json}.
 *
 * @param type a URN that ends with the code
 * @param title the status in words
 * @param status of HTTP
 * @param detail a sentence: what, where, what to do
 * @param instance the call's path
 * @param code a word with dashes for programs
 * @param requestId also in {@code X-Request-Id}
 * @param errors what is wrong in the body, all at once
 * @param more members of this kind of problem alone
 */
record Problem(
    String type,
    String title,
    int status,
    String detail,
    String instance,
    String code,
    String requestId,
    List<Violation> errors,
    Map<String, Object> more) {

  /**
   * One thing that is wrong in a body.
   *
   * @param pointer into the body (RFC 6901); empty: all of it
   */
  record Violation(String pointer, String message) {}
}
