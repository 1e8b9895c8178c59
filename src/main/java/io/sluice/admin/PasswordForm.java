package io.sluice.admin;

import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;

/** The form for the own password, which two pages have; {@code fragments.html} shows it. */
@Component
final class PasswordForm {
  static final String NAME = "password";

  private final OwnSession own;

  PasswordForm(OwnSession own) {
    this.own = own;
  }

  /**
   * Changes the caller's password and renews the session; blocks.
   *
   * @throws ProblemException as the API's call does, and 400 when the new one is typed differently
   *     the second time
   */
  void change(Form form, ServerWebExchange exchange) {
    String current = Fields.required("/currentPassword", form.raw("currentPassword"));
    String next = Fields.password("/newPassword", form.raw("newPassword"));
    if (!form.raw("repeatedPassword").equals(next)) {
      throw ProblemException.badField(
          "/repeatedPassword", "this differs from the new password above");
    }
    own.password(exchange, current, next).block();
  }
}
