package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.control.InForce;
import io.sluice.store.Accounts.User;
import io.sluice.store.AuditEntry;
import io.sluice.store.SnapshotStore;
import io.sluice.testing.Until;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers get while the store is with another process, and what the next plane knows. */
class HandOverIT {
  private GuardedPlane plane;

  @BeforeEach
  void start() throws Exception {
    plane = new GuardedPlane();
    plane.user("alice", Role.ADMIN);
    plane.user("bob", Role.OPERATOR);
  }

  @AfterEach
  void stop() {
    plane.close();
  }

  private static String part(HttpResponse<String> login, String pattern) {
    String text = login.headers().firstValue("Set-Cookie").orElse("") + "\n" + login.body();
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return found.group(1);
  }

  private static HttpResponse<String> with(
      GuardedPlane called, HttpResponse<String> login, String method, @Nullable String json)
      throws Exception {
    HttpRequest.Builder request =
        called
            .call(method, json == null ? "/api/v1/session" : "/api/v1/tokens", json)
            .header("Cookie", part(login, "(sluice-session=[^;]+)"))
            .header("X-CSRF-Token", part(login, "\"csrfToken\":\"(\\w+)\""));
    return called.send(request);
  }

  private void suspend() {
    plane.dataPlane.suspend();
    plane.store.release();
  }

  private void resume() {
    plane.store.open();
    SnapshotStore.Stored newest = Objects.requireNonNull(plane.store.snapshots().newest());
    plane.dataPlane.resume(new InForce(newest.revision(), newest.snapshot()));
  }

  private static void assertComesLater(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"upgrade-in-progress\"");
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  @Test
  void whileTheStoreIsAwayCallsAreToBeRepeated() throws Exception {
    HttpResponse<String> session = plane.login("alice", GuardedPlane.PASSWORD);
    String pool = "{\"id\":\"api\",\"backends\":[]}";
    suspend();
    assertComesLater(plane.as(Role.ADMIN, "GET", "/api/v1/pools"));
    assertComesLater(plane.login("bob", GuardedPlane.PASSWORD));
    assertComesLater(with(plane, session, "POST", "{\"name\":\"t\",\"role\":\"viewer\"}"));
    // Who has logged in needs no store to look.
    assertThat(with(plane, session, "GET", null).statusCode()).isEqualTo(200);
    HttpResponse<String> change =
        plane.send(
            plane
                .call("POST", "/api/v1/pools", pool)
                .header("Cookie", part(session, "(sluice-session=[^;]+)"))
                .header("X-CSRF-Token", part(session, "\"csrfToken\":\"(\\w+)\"")));
    assertComesLater(change);
    resume();
    assertThat(plane.as(Role.ADMIN, "POST", "/api/v1/pools", pool).statusCode()).isEqualTo(201);
    assertThat(plane.login("bob", GuardedPlane.PASSWORD).statusCode()).isEqualTo(200);
  }

  @Test
  void denialsMeanwhileAreInTheAuditAfterwards() throws Exception {
    suspend();
    assertThat(plane.anonymous("GET", "/api/v1/pools").statusCode()).isEqualTo(401);
    resume();
    Until.holds(
        "the denial's line",
        () ->
            plane.audit().stream().map(AuditEntry::action).toList().contains("GET /api/v1/pools"));
  }

  @Test
  void whoHasLoggedInStaysSoInTheNextProcess() throws Exception {
    HttpResponse<String> alice = plane.login("alice", GuardedPlane.PASSWORD);
    HttpResponse<String> bob = plane.login("bob", GuardedPlane.PASSWORD);
    HttpResponse<String> loggedOut = plane.login("alice", GuardedPlane.PASSWORD);
    assertThat(with(plane, loggedOut, "DELETE", null).statusCode()).isEqualTo(204);
    String memory = plane.plane.memory();
    assertThat(memory).doesNotContain(part(alice, "sluice-session=([^;]+)"));

    try (GuardedPlane next = new GuardedPlane()) {
      // The store is the same one in a process: here the accounts are copied.
      User stored = Objects.requireNonNull(plane.accounts.user("alice"));
      next.accounts.addUser(stored);
      User changed = Objects.requireNonNull(plane.accounts.user("bob"));
      next.accounts.addUser(
          new User(
              "bob",
              Role.VIEWER.word(),
              changed.passwordHash(),
              changed.createdAt(),
              changed.changedAt(),
              null));
      next.plane.restore(memory);
      HttpResponse<String> again = with(next, alice, "GET", null);
      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(again.body()).contains(part(alice, "(\"csrfToken\":\"\\w+\")"));
      assertThat(with(next, alice, "POST", "{\"name\":\"t\",\"role\":\"viewer\"}").statusCode())
          .isEqualTo(201);
      assertThat(with(next, bob, "GET", null).statusCode()).as("another role").isEqualTo(401);
      assertThat(with(next, loggedOut, "GET", null).statusCode()).isEqualTo(401);
    }
  }

  @Test
  void sessionsOfAnotherFormAreLeftOut() throws Exception {
    HttpResponse<String> alice = plane.login("alice", GuardedPlane.PASSWORD);
    String memory = plane.plane.memory();
    for (String text :
        List.of("", "null", "{}", "[1]", "{\"sessions\": 5}", "{\"sessions\": [null, {}, 7]}")) {
      plane.plane.restore(text);
    }
    assertThat(with(plane, alice, "GET", null).statusCode()).isEqualTo(200);
    plane.plane.restore(memory.replace("\"idHash\":\"", "\"later\":[1],\"idHash\":\"x"));
    assertThat(with(plane, alice, "GET", null).statusCode()).isEqualTo(200);
  }
}
