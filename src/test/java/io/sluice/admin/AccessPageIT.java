package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.store.Accounts.User;
import io.sluice.store.AuditEntry;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users, tokens and the own password by forms; the first login; log levels. */
class AccessPageIT {
  private static final String NEW_PASSWORD = "another long password";

  private PagePlane plane;
  private Browser admin;

  @BeforeEach
  void start() throws Exception {
    plane = new PagePlane();
    admin = plane.browser(Role.ADMIN);
  }

  @AfterEach
  void stop() {
    admin.close();
    plane.close();
  }

  private User user(String name) {
    return Objects.requireNonNull(plane.accounts.user(name));
  }

  @Test
  void aUserIsAddedChangedAndRemoved() throws Exception {
    Page added =
        admin.submit(
            admin.get("/access"),
            "/access/users",
            "name",
            "bob",
            "role",
            "operator",
            "password",
            NEW_PASSWORD);
    assertThat(admin.follow(added).text("[role=status]")).isEqualTo("The user is added.");
    assertThat(user("bob").role()).isEqualTo("operator");

    Page chosen = admin.get("/access?user=bob");
    assertThat(chosen.one("#change-role option[selected]").val()).isEqualTo("operator");
    Page changed = admin.submit(chosen, "/access/users/bob", "role", "viewer");
    assertThat(changed.location()).isEqualTo("/access?done=user-changed");
    User bob = user("bob");
    assertThat(bob.role()).isEqualTo("viewer");
    assertThat(Passwords.matches(NEW_PASSWORD, bob.passwordHash())).as("it stayed").isTrue();

    Page removed = admin.submit(admin.get("/access?user=bob"), "/access/users/bob/remove");
    assertThat(removed.location()).isEqualTo("/access?done=user-removed");
    assertThat(plane.accounts.user("bob")).isNull();
    assertThat(plane.audit())
        .extracting(AuditEntry::detail)
        .contains(
            "user bob added with role operator",
            "user bob changed: role viewer",
            "user bob removed");
  }

  @Test
  void aRefusedFormIsShownAgainWithWhatWasFilledIn() throws Exception {
    Page page = admin.get("/access");
    Page refused =
        admin.submit(page, "/access/users", "name", "bob", "role", "operator", "password", "short");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.one("#user-name").val()).isEqualTo("bob");
    assertThat(refused.one("#user-role option[selected]").val()).isEqualTo("operator");
    assertThat(refused.one("#user-password").val()).isEmpty();
    assertThat(refused.one("#user-password").attr("aria-invalid")).isEqualTo("true");
    assertThat(refused.one("#user-password").attr("aria-describedby"))
        .isEqualTo("user-password-error");
    assertThat(refused.text("#user-password-error")).contains("12 characters");
    assertThat(refused.one("#token-name").val()).as("of another form").isEmpty();

    Page taken =
        admin.submit(
            page, "/access/users", "name", "viewer", "role", "viewer", "password", NEW_PASSWORD);
    assertThat(taken.status()).isEqualTo(409);
    assertThat(taken.text("[role=alert]"))
        .contains("There is a user viewer already.")
        .contains(taken.answer().headers().firstValue("X-Request-Id").orElseThrow());
    assertThat(admin.submit(admin.get("/access?user=admin"), "/access/users/admin/remove").status())
        .as("the last admin")
        .isEqualTo(409);
  }

  @Test
  void aTokensTextIsShownOnceOnTheAnswerItself() throws Exception {
    Page made =
        admin.submit(
            admin.get("/access"),
            "/access/tokens",
            "name",
            "ci",
            "role",
            "viewer",
            "expiresIn",
            "P30D");
    assertThat(made.status()).isEqualTo(201);
    String text = made.text("[role=status] pre");
    assertThat(text).startsWith("sl_");
    HttpResponse<String> call =
        plane.send(
            HttpRequest.newBuilder(plane.uri("/api/v1/status"))
                .header("Authorization", "Bearer " + text));
    assertThat(call.statusCode()).isEqualTo(200);

    Page page = admin.get("/access");
    assertThat(page.answer().body()).contains(">ci<").doesNotContain(text);
    String id = text.split("_", 3)[1];
    Page revoked =
        admin.submit(admin.get("/access?token=" + id), "/access/tokens/" + id + "/remove");
    assertThat(revoked.location()).isEqualTo("/access?done=token-revoked");
    assertThat(plane.accounts.token(id)).isNull();
  }

  @Test
  void theOwnPasswordNeedsTheOldOneAndTheNewOneTwice() throws Exception {
    try (Browser viewer = plane.browser(Role.VIEWER);
        Browser other = plane.browser(Role.VIEWER)) {
      Page page = viewer.get("/access");
      Page wrong = password(viewer, page, "not the password", NEW_PASSWORD, NEW_PASSWORD);
      assertThat(wrong.status()).isEqualTo(403);
      assertThat(wrong.text("[role=alert]")).contains("The current password is wrong.");
      Page differs = password(viewer, page, PagePlane.PASSWORD, NEW_PASSWORD, "mistyped again!");
      assertThat(differs.status()).isEqualTo(400);
      assertThat(differs.text("#repeatedPassword-error")).contains("differs");
      assertThat(differs.answer().body()).doesNotContain(NEW_PASSWORD, PagePlane.PASSWORD);

      Page changed = password(viewer, page, PagePlane.PASSWORD, NEW_PASSWORD, NEW_PASSWORD);
      assertThat(viewer.follow(changed).text("[role=status]")).contains("Your password is changed");
      assertThat(other.get("/access").status()).as("the other session").isEqualTo(303);
    }
  }

  private static Page password(
      Browser browser, Page page, String current, String next, String again) throws Exception {
    return browser.submit(
        page,
        "/access/password",
        "currentPassword",
        current,
        "newPassword",
        next,
        "repeatedPassword",
        again);
  }

  @Test
  void theFirstLoginLeadsToTheWelcomeAndASecondOneDoesNot() throws Exception {
    String hash = Passwords.hash(PagePlane.PASSWORD);
    plane.accounts.addUser(
        new User("carol", "admin", hash, plane.clock.instant(), plane.clock.instant(), null));
    try (Browser carol = new Browser(plane.uri("/"))) {
      Page in = login(carol, "/login?next=/system", PagePlane.PASSWORD);
      assertThat(in.location()).isEqualTo("/welcome?next=%2Fsystem");
      Page welcome = carol.follow(in);
      assertThat(welcome.text("main"))
          .contains("3 backends", "2 pools", "127.0.0.1:" + plane.trafficPort())
          .contains("curl -X POST http://127.0.0.1:" + plane.port() + "/api/v1/pools/web/backends");
      Page chosen =
          carol.submit(
              welcome,
              "/welcome/password",
              "currentPassword",
              PagePlane.PASSWORD,
              "newPassword",
              NEW_PASSWORD,
              "repeatedPassword",
              NEW_PASSWORD);
      Page done = carol.follow(chosen);
      assertThat(done.has("form[action='/welcome/password']")).isFalse();
      assertThat(done.has("a.primary[href='/system']")).isTrue();
      carol.forget();
      assertThat(login(carol, "/login", NEW_PASSWORD).location()).isEqualTo("/");
    }
  }

  private static Page login(Browser browser, String path, String password) throws Exception {
    return browser.submit(browser.get(path), "/login", "username", "carol", "password", password);
  }

  @Test
  void onlyAnInstallationThatNobodyHasSeenTellsWhereTheFirstPasswordIs() throws Exception {
    try (GuardedPlane fresh = new GuardedPlane();
        Browser browser = new Browser(fresh.uri("/"))) {
      fresh.user("admin", Role.ADMIN);
      assertThat(browser.get("/login").text("main")).contains("Nobody has signed in yet");
      fresh.accounts.loggedIn("admin", fresh.clock.instant());
      assertThat(browser.get("/login").text("main")).doesNotContain("Nobody has signed in yet");
    }
  }

  @Test
  void aLogLevelIsSetAndNoted() throws Exception {
    Page page = admin.get("/system");
    Page set =
        admin.submit(page, "/system/loggers", "logger", "io.sluice.testing.page", "level", "trace");
    Page after = admin.follow(set);
    assertThat(after.text("main")).contains("io.sluice.testing.page trace");
    assertThat(plane.audit())
        .extracting(AuditEntry::detail)
        .contains("log level of io.sluice.testing.page: trace");
    Page wrong = admin.submit(page, "/system/loggers", "logger", "a b", "level", "trace");
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.text("#logger-error")).contains("letters, digits");
    admin.submit(page, "/system/loggers", "logger", "io.sluice.testing.page", "level", "inherit");
    assertThat(admin.get("/system").text("main")).doesNotContain("io.sluice.testing.page");
  }
}
