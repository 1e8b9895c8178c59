package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.Until;
import io.sluice.testkit.Await;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Browsers: login, cookie, CSRF token, end. */
class SessionIT {
  private static final String NEW_PASSWORD = "another long password";

  private GuardedPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new GuardedPlane();
    plane.user("alice", Role.ADMIN);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private static String cookie(HttpResponse<String> login) {
    String field = login.headers().firstValue("Set-Cookie").orElseThrow();
    return field.substring(0, field.indexOf(';'));
  }

  private static String csrf(HttpResponse<String> login) {
    Matcher token = Pattern.compile("\"csrfToken\":\"(\\w+)\"").matcher(login.body());
    assertThat(token.find()).as(login.body()).isTrue();
    return token.group(1);
  }

  private HttpResponse<String> with(
      HttpResponse<String> login, String method, String path, @Nullable String json, String... more)
      throws Exception {
    HttpRequest.Builder request = plane.call(method, path, json).header("Cookie", cookie(login));
    for (int i = 0; i < more.length; i += 2) {
      request.header(more[i], more[i + 1]);
    }
    return plane.send(request);
  }

  @Test
  void aLoginGivesACookieThatOnlyTheBrowserSees() throws Exception {
    HttpResponse<String> login = plane.login("alice", GuardedPlane.PASSWORD);

    assertThat(login.statusCode()).as(login.body()).isEqualTo(200);
    assertThat(login.body()).contains("\"name\":\"alice\"", "\"role\":\"admin\"", "\"expiresAt\":");
    assertThat(login.headers().firstValue("Set-Cookie").orElseThrow())
        .startsWith("sluice-session=")
        .contains("; Path=/;", "; HTTPOnly", "; SameSite=Strict")
        .doesNotContain("Secure");
    assertThat(with(login, "GET", "/api/v1/session", null).body())
        .contains("\"name\":\"alice\"", csrf(login));
    assertThat(plane.anonymous("GET", "/api/v1/session").statusCode()).isEqualTo(401);
  }

  /** A01. */
  @Test
  void aWriteByCookieNeedsTheCsrfTokenAndOurOrigin() throws Exception {
    HttpResponse<String> login = plane.login("alice", GuardedPlane.PASSWORD);
    String body = "{\"name\":\"bob\",\"role\":\"viewer\",\"password\":\"long enough for it\"}";
    String token = csrf(login);

    HttpResponse<String> without = with(login, "POST", "/api/v1/users", body);
    assertThat(without.statusCode()).isEqualTo(403);
    assertThat(without.body()).contains("\"code\":\"csrf\"");
    assertThat(with(login, "POST", "/api/v1/users", body, "X-CSRF-Token", token + "x").statusCode())
        .isEqualTo(403);
    for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1:1")) {
      HttpResponse<String> foreign =
          with(login, "POST", "/api/v1/users", body, "X-CSRF-Token", token, "Origin", origin);
      assertThat(foreign.statusCode()).as(origin).isEqualTo(403);
      assertThat(foreign.body()).contains("\"code\":\"cross-origin\"");
    }
    for (String site : List.of("cross-site", "same-site", "none")) {
      assertThat(
              with(
                      login,
                      "POST",
                      "/api/v1/users",
                      body,
                      "X-CSRF-Token",
                      token,
                      "Sec-Fetch-Site",
                      site)
                  .statusCode())
          .as(site)
          .isEqualTo(403);
    }
    assertThat(plane.accounts.user("bob")).as("nothing was written").isNull();

    String ours = "http://127.0.0.1:" + plane.port();
    HttpResponse<String> good =
        with(
            login,
            "POST",
            "/api/v1/users",
            body,
            "X-CSRF-Token",
            token,
            "Origin",
            ours,
            "Sec-Fetch-Site",
            "same-origin");
    assertThat(good.statusCode()).as(good.body()).isEqualTo(201);
  }

  @Test
  void aLoginFromAnotherOriginIsRefused() throws Exception {
    HttpResponse<String> answer =
        plane.send(
            plane
                .call(
                    "POST",
                    "/api/v1/session",
                    "{\"username\":\"alice\",\"password\":\"" + GuardedPlane.PASSWORD + "\"}")
                .header("Origin", "https://evil.example"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
  }

  /** A10. */
  @Test
  void aLoginTakesNoIdFromOutsideAndEndsTheSessionBefore() throws Exception {
    HttpResponse<String> first = plane.login("alice", GuardedPlane.PASSWORD);
    String body = "{\"username\":\"alice\",\"password\":\"" + GuardedPlane.PASSWORD + "\"}";
    HttpResponse<String> second = with(first, "POST", "/api/v1/session", body);
    HttpResponse<String> planted =
        plane.send(
            plane.call("POST", "/api/v1/session", body).header("Cookie", "sluice-session=planted"));

    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(cookie(second)).isNotEqualTo(cookie(first));
    assertThat(with(first, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
    assertThat(cookie(planted)).isNotEqualTo("sluice-session=planted");
  }

  /** A09. */
  @Test
  void whoDoesNotExistGetsTheAnswerOfWhoMistyped() throws Exception {
    HttpResponse<String> unknown = plane.login("nobody", "not the password");
    HttpResponse<String> wrong = plane.login("alice", "not the password");

    assertThat(unknown.statusCode()).isEqualTo(401);
    assertThat(wrong.statusCode()).isEqualTo(401);
    String ids = "\"requestId\":\"\\w+\"";
    assertThat(unknown.body().replaceAll(ids, "")).isEqualTo(wrong.body().replaceAll(ids, ""));
    assertThat(unknown.headers().map().keySet()).isEqualTo(wrong.headers().map().keySet());
  }

  @Test
  void logoutEndsTheSession() throws Exception {
    HttpResponse<String> login = plane.login("alice", GuardedPlane.PASSWORD);
    assertThat(with(login, "DELETE", "/api/v1/session", null).statusCode()).isEqualTo(403);
    HttpResponse<String> logout =
        with(login, "DELETE", "/api/v1/session", null, "X-CSRF-Token", csrf(login));

    assertThat(logout.statusCode()).isEqualTo(204);
    assertThat(logout.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
    assertThat(with(login, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
  }

  @Test
  void anIdleSessionEndsAfterHalfAnHourAndAnyAfterTwelve() throws Exception {
    HttpResponse<String> idle = plane.login("alice", GuardedPlane.PASSWORD);
    plane.clock.advance(Sessions.IDLE.minusSeconds(1));
    assertThat(with(idle, "GET", "/api/v1/session", null).statusCode()).isEqualTo(200);
    plane.clock.advance(Sessions.IDLE.plusSeconds(1));
    assertThat(with(idle, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);

    HttpResponse<String> busy = plane.login("alice", GuardedPlane.PASSWORD);
    for (int i = 0; i < 35; i++) {
      plane.clock.advance(Duration.ofMinutes(20));
      assertThat(with(busy, "GET", "/api/v1/session", null).statusCode()).isEqualTo(200);
    }
    plane.clock.advance(Duration.ofMinutes(21));
    assertThat(with(busy, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
  }

  @Test
  void theOwnPasswordIsChangedByWhoKnowsItAndOtherSessionsEnd() throws Exception {
    HttpResponse<String> other = plane.login("alice", GuardedPlane.PASSWORD);
    HttpResponse<String> login = plane.login("alice", GuardedPlane.PASSWORD);
    String body = "{\"current\":\"%s\",\"new\":\"%s\"}";
    String wrong = body.formatted("not the password", NEW_PASSWORD);
    String right = body.formatted(GuardedPlane.PASSWORD, NEW_PASSWORD);
    String path = "/api/v1/session/password";

    assertThat(with(login, "PUT", path, wrong, "X-CSRF-Token", csrf(login)).body())
        .contains("\"code\":\"wrong-password\"");
    HttpResponse<String> changed = with(login, "PUT", path, right, "X-CSRF-Token", csrf(login));
    assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);

    assertThat(with(login, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
    assertThat(with(other, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
    assertThat(with(changed, "GET", "/api/v1/session", null).statusCode()).isEqualTo(200);
    assertThat(plane.login("alice", GuardedPlane.PASSWORD).statusCode()).isEqualTo(401);
    assertThat(plane.login("alice", NEW_PASSWORD).statusCode()).isEqualTo(200);
  }

  @Test
  void anotherRoleOrRemovalEndsAUsersSessions() throws Exception {
    plane.user("bob", Role.OPERATOR);
    HttpResponse<String> bob = plane.login("bob", GuardedPlane.PASSWORD);
    assertThat(
            plane
                .as(Role.ADMIN, "PATCH", "/api/v1/users/bob", "{\"role\":\"viewer\"}")
                .statusCode())
        .isEqualTo(200);
    assertThat(with(bob, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);

    HttpResponse<String> again = plane.login("bob", GuardedPlane.PASSWORD);
    assertThat(again.body()).contains("\"role\":\"viewer\"");
    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/users/bob").statusCode()).isEqualTo(204);
    assertThat(with(again, "GET", "/api/v1/session", null).statusCode()).isEqualTo(401);
    assertThat(plane.login("bob", GuardedPlane.PASSWORD).statusCode()).isEqualTo(401);
  }

  @Test
  void guessingIsThrottledByName() throws Exception {
    for (int i = 0; i < Throttle.FREE; i++) {
      assertThat(plane.login("alice", "guess number " + i).statusCode()).isEqualTo(401);
    }
    HttpResponse<String> throttled = plane.login("alice", GuardedPlane.PASSWORD);
    assertThat(throttled.statusCode()).isEqualTo(429);
    assertThat(throttled.headers().map()).containsEntry("retry-after", List.of("1"));
    assertThat(throttled.body()).contains("\"code\":\"throttled\"");

    plane.clock.advance(Duration.ofSeconds(1));
    assertThat(plane.login("alice", GuardedPlane.PASSWORD).statusCode()).isEqualTo(200);
  }

  @Test
  void guessingIsThrottledByAddressWhateverTheNames() throws Exception {
    for (int i = 0; i < Throttle.FREE; i++) {
      assertThat(plane.login("name" + i, "the same for each").statusCode()).isEqualTo(401);
    }
    assertThat(plane.login("another", "the same for each").statusCode()).isEqualTo(429);
    assertThat(plane.as(Role.VIEWER, "GET", "/api/v1/session").statusCode())
        .as("a token still gets in")
        .isEqualTo(200);
  }

  @Test
  void wrongTokensAreThrottledAndRightOnesAreNot() throws Exception {
    Map<Integer, Integer> statuses = new java.util.TreeMap<>();
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> answer =
          plane.send(
              plane
                  .call("GET", "/api/v1/session", null)
                  .header("Authorization", "Bearer sl_x_" + i));
      statuses.merge(answer.statusCode(), 1, Integer::sum);
    }
    assertThat(statuses).containsEntry(401, Throttle.FREE).containsEntry(429, 20 - Throttle.FREE);
    assertThat(plane.as(Role.VIEWER, "GET", "/api/v1/session").statusCode()).isEqualTo(200);
  }

  @Test
  void whenTooManyPasswordsAreCheckedFurtherLoginsWait() throws Exception {
    Passwords passwords = plane.plane.part(Passwords.class, "passwords");
    CountDownLatch end = new CountDownLatch(1);
    AtomicInteger refused = new AtomicInteger();
    AtomicInteger begun = new AtomicInteger();
    Callable<Boolean> held =
        () -> {
          begun.incrementAndGet();
          Await.latch(end, "the test lets logins go on");
          return true;
        };
    try {
      // The second time no thread is left that would take one out of the line.
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
          passwords.run(held).subscribe(done -> {}, failure -> refused.incrementAndGet());
        }
        Until.holds("busy threads", () -> begun.get() == Passwords.THREADS);
      }
      assertThat(refused).hasPositiveValue();
      HttpResponse<String> busy = plane.login("alice", GuardedPlane.PASSWORD);
      assertThat(busy.statusCode()).as(busy.body()).isEqualTo(503);
      assertThat(busy.body()).contains("\"code\":\"busy\"");
      assertThat(busy.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(plane.as(Role.VIEWER, "GET", "/api/v1/session").statusCode())
          .as("a token needs no password")
          .isEqualTo(200);
    } finally {
      end.countDown();
    }
    Until.holds(
        "logins to go on", () -> plane.login("alice", GuardedPlane.PASSWORD).statusCode() == 200);
  }
}
