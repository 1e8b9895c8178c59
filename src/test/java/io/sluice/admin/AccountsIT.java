package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.store.Accounts.Token;
import io.sluice.store.AuditEntry;
import io.sluice.testing.Until;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens and users as an admin handles them. */
class AccountsIT {
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

  private HttpResponse<String> admin(String method, String path, String json) throws Exception {
    return plane.as(Role.ADMIN, method, path, json);
  }

  private int statusOf(String token) throws Exception {
    return plane
        .send(plane.call("GET", "/api/v1/session", null).header("Authorization", "Bearer " + token))
        .statusCode();
  }

  private static String field(HttpResponse<String> answer, String name) {
    Matcher field = Pattern.compile("\"" + name + "\":\"([^\"]+)\"").matcher(answer.body());
    assertThat(field.find()).as(answer.body()).isTrue();
    return field.group(1);
  }

  @Test
  void aTokenIsShownOnceStoredHashedAndRevoked() throws Exception {
    HttpResponse<String> made =
        admin("POST", "/api/v1/tokens", "{\"name\":\"ci\",\"role\":\"operator\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    String text = field(made, "token");
    String id = field(made, "id");
    assertThat(text).matches("sl_" + id + "_[A-Za-z0-9]{43}");
    assertThat(made.headers().firstValue("Location")).contains("/api/v1/tokens/" + id);
    assertThat(statusOf(text)).isEqualTo(200);

    String list = plane.as(Role.ADMIN, "GET", "/api/v1/tokens").body();
    Token stored = plane.token(id);
    assertThat(list).contains(id).doesNotContain(text, stored.hash());
    assertThat(stored.hash()).doesNotContain(text).hasSize(64);
    Until.holds("its use to be noted", () -> plane.token(id).lastUsed() != null);

    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/tokens/" + id).statusCode()).isEqualTo(204);
    assertThat(statusOf(text)).isEqualTo(401);
    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/tokens/" + id).statusCode()).isEqualTo(404);
  }

  @Test
  void aTokenEndsWithItsTime() throws Exception {
    HttpResponse<String> made =
        admin(
            "POST",
            "/api/v1/tokens",
            "{\"name\":\"ci\",\"role\":\"viewer\",\"expiresIn\":\"PT1H\"}");
    String text = field(made, "token");
    plane.clock.advance(Duration.ofMinutes(59));
    assertThat(statusOf(text)).isEqualTo(200);
    plane.clock.advance(Duration.ofMinutes(1));
    assertThat(statusOf(text)).isEqualTo(401);
  }

  @Test
  void aChangedSecretIsNotTheToken() throws Exception {
    String text = plane.tokenOf(Role.ADMIN);
    String changed = text.substring(0, text.length() - 1) + (text.endsWith("x") ? "y" : "x");
    assertThat(statusOf(changed)).isEqualTo(401);
    assertThat(statusOf(text + "x")).isEqualTo(401);
    assertThat(statusOf(text.substring(0, text.lastIndexOf('_') + 1))).isEqualTo(401);
    assertThat(statusOf("x".repeat(5000))).isEqualTo(401);
  }

  /** A12. */
  @Test
  void fieldsThatNobodyMaySetAreRefusedWithTheirPlace() throws Exception {
    List<String> bodies =
        List.of(
            "{\"name\":\"m\",\"role\":\"viewer\",\"password\":\"long enough for it\",\"id\":\"1\"}",
            "{\"name\":\"m\",\"role\":\"viewer\",\"password\":\"long enough for it\","
                + "\"passwordHash\":\"x\"}",
            "{\"name\":\"m\",\"role\":\"viewer\",\"password\":\"long enough for it\","
                + "\"createdAt\":\"2020-01-01T00:00:00Z\"}");
    for (String body : bodies) {
      HttpResponse<String> answer = admin("POST", "/api/v1/users", body);
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).contains("\"errors\":[{\"pointer\":\"/");
    }
    assertThat(admin("PATCH", "/api/v1/users/alice", "{\"passwordHash\":\"x\"}").body())
        .contains("\"pointer\":\"/passwordHash\"", "known are password, role");
    assertThat(
            admin("POST", "/api/v1/tokens", "{\"name\":\"a\",\"role\":\"viewer\",\"hash\":\"0\"}")
                .statusCode())
        .isEqualTo(400);
    assertThat(plane.accounts.user("m")).isNull();
  }

  @Test
  void nobodyRaisesTheOwnRole() throws Exception {
    for (Role role : List.of(Role.VIEWER, Role.OPERATOR)) {
      assertThat(
              plane
                  .as(role, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"role\":\"admin\"}")
                  .statusCode())
          .isEqualTo(403);
      assertThat(
              plane.as(role, "PATCH", "/api/v1/users/alice", "{\"role\":\"admin\"}").statusCode())
          .isEqualTo(403);
    }
    plane.user("vera", Role.VIEWER);
    HttpResponse<String> login =
        plane.send(
            plane.call(
                "POST",
                "/api/v1/session",
                "{\"username\":\"vera\",\"password\":\"%s\",\"role\":\"admin\"}"
                    .formatted(GuardedPlane.PASSWORD)));
    assertThat(login.statusCode()).isEqualTo(400);
  }

  @Test
  void theLastAdminStays() throws Exception {
    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/users/alice").body())
        .contains("\"code\":\"last-admin\"", "\"status\":409");
    assertThat(admin("PATCH", "/api/v1/users/alice", "{\"role\":\"operator\"}").body())
        .contains("\"code\":\"last-admin\"");
    plane.user("bob", Role.ADMIN);
    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/users/alice").statusCode()).isEqualTo(204);
    assertThat(plane.as(Role.ADMIN, "DELETE", "/api/v1/users/bob").statusCode()).isEqualTo(409);
  }

  @Test
  void badUsersAreToldWhatIsWrong() throws Exception {
    String body = "{\"name\":\"%s\",\"role\":\"%s\",\"password\":\"%s\"}";
    String good = "long enough for it";
    record Case(String name, String role, String password, String pointer) {}
    for (Case bad :
        List.of(
            new Case("<script>", "viewer", good, "/name"),
            new Case("../x", "viewer", good, "/name"),
            new Case("n".repeat(10_000), "viewer", good, "/name"),
            new Case("bob", "root", good, "/role"),
            new Case("bob", "ADMIN", good, "/role"),
            new Case("bob", "viewer", "short", "/password"),
            new Case("bob", "viewer", "ü".repeat(37), "/password"))) {
      HttpResponse<String> answer =
          admin("POST", "/api/v1/users", body.formatted(bad.name(), bad.role(), bad.password()));
      assertThat(answer.statusCode()).as(bad.toString()).isEqualTo(400);
      assertThat(answer.body()).contains("\"pointer\":\"" + bad.pointer() + "\"");
      assertThat(answer.body()).doesNotContain(bad.password(), "<script>");
    }
    assertThat(admin("POST", "/api/v1/users", body.formatted("alice", "viewer", good)).body())
        .contains("\"code\":\"user-exists\"");
    assertThat(admin("PATCH", "/api/v1/users/nobody", "{\"role\":\"viewer\"}").statusCode())
        .isEqualTo(404);
  }

  /** A24, and that the audit tells who did what. */
  @Test
  void changesAndDenialsAreInTheAuditAndSecretsAreNot() throws Exception {
    String password = "the secret of carol";
    String made =
        field(admin("POST", "/api/v1/tokens", "{\"name\":\"ci\",\"role\":\"viewer\"}"), "token");
    admin(
        "POST",
        "/api/v1/users",
        "{\"name\":\"carol\",\"role\":\"viewer\",\"password\":\"" + password + "\"}");
    plane.login("carol", password);
    plane.login("carol", "wrong " + password);
    plane.as(Role.VIEWER, "DELETE", "/api/v1/users/carol");
    plane.anonymous("GET", "/api/v1/users");

    Until.holds("six lines of audit", () -> plane.audit().size() == 6);
    List<AuditEntry> lines = plane.audit();
    assertThat(lines)
        .extracting(
            line ->
                line.actor().name()
                    + " "
                    + line.action()
                    + " "
                    + line.outcome()
                    + " "
                    + line.detail())
        .containsExactlyInAnyOrder(
            "admin-token POST /api/v1/tokens applied token %s (ci) made with role viewer"
                .formatted(made.substring(3, 13)),
            "admin-token POST /api/v1/users applied user carol added with role viewer",
            "carol POST /api/v1/session applied login",
            "carol POST /api/v1/session denied 401 unauthenticated",
            "viewer-token DELETE /api/v1/users/carol denied 403 forbidden",
            "anonymous GET /api/v1/users denied 401 unauthenticated");
    assertThat(lines).allSatisfy(line -> assertThat(line.requestId()).isNotEmpty());
    assertThat(lines).allSatisfy(line -> assertThat(line.actor().address()).isEqualTo("127.0.0.1"));
    assertThat(lines.toString()).doesNotContain(password, made, plane.tokenOf(Role.ADMIN));
  }
}
