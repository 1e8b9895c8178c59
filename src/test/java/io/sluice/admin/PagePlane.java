package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.config.Configuration;
import io.sluice.config.SnapshotDocument;
import io.sluice.store.Accounts.User;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * A management plane as people see it: two pools, and a user of each role named by it, who all have
 * {@link #PASSWORD} and have logged in before.
 */
final class PagePlane extends RunningPlane {
  static final String PASSWORD = "correct horse battery";
  private static final String HASH = Passwords.hash(PASSWORD);

  private final String base;

  PagePlane() throws Exception {
    this(Configuration.Mode.MANAGED, "/");
  }

  PagePlane(Configuration.Mode mode, String basePath) throws Exception {
    super(
        new Setup(
            configuration(
                mode,
                GuardedPlane.admin(basePath),
                SnapshotDocument.fromYaml(
                    """
                    pools:
                      - id: web
                        backends:
                          - {id: a, address: "127.0.0.1:9001"}
                          - {id: b, address: "127.0.0.1:9002"}
                      - id: api
                        backends:
                          - {id: x, address: "127.0.0.1:9003"}
                    routes:
                      - {id: all, match: {path: "/**"}, pool: web}
                    """))));
    this.base = basePath.equals("/") ? "" : basePath;
    for (Role role : Role.values()) {
      accounts.addUser(
          new User(role.word(), role.word(), HASH, clock.instant(), clock.instant(), null));
      accounts.loggedIn(role.word(), clock.instant());
    }
  }

  /** A browser in which the user of a role has logged in. */
  Browser browser(Role role) throws Exception {
    Browser browser = new Browser(uri("/"));
    Page in =
        browser.submit(
            browser.get(base + "/login"),
            base + "/login",
            "username",
            role.word(),
            "password",
            PASSWORD);
    assertThat(in.status()).as(in.answer().body()).isEqualTo(303);
    return browser;
  }

  /** A call of the API by an admin that must succeed. */
  HttpResponse<String> api(String method, String path, String json, String... fields)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(base + "/api/v1" + path))
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .header("Authorization", "Bearer " + tokenOf(Role.ADMIN));
    if (!List.of(fields).contains("Content-Type")) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<String> answer = send(fields.length == 0 ? request : request.headers(fields));
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
    return answer;
  }

  /** Gives a backend another weight, which is a new revision. */
  void weigh(String pool, String id, int weight, String... fields) throws Exception {
    List<String> all = new ArrayList<>(List.of(fields));
    all.addAll(List.of("If-Match", "*", "Content-Type", "application/merge-patch+json"));
    api(
        "PATCH",
        "/pools/" + pool + "/backends/" + id,
        "{\"weight\":" + weight + "}",
        all.toArray(String[]::new));
  }
}
