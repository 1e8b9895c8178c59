package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.Browser.Page;
import io.sluice.store.AuditEntry;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way in and out of the dashboard, by forms alone. */
class LoginPageIT {
  private GuardedPlane plane;
  private Browser browser;

  @BeforeEach
  void start() throws Exception {
    plane = new GuardedPlane();
    plane.user("alice", Role.ADMIN);
    browser = new Browser(plane.uri("/"));
  }

  @AfterEach
  void stop() {
    browser.close();
    plane.close();
  }

  private Page login(String... filled) throws Exception {
    return browser.submit(browser.get("/login"), "/login", filled);
  }

  private Page loginAsAlice() throws Exception {
    return login("username", "alice", "password", GuardedPlane.PASSWORD);
  }

  @Test
  void whoIsNobodyIsLedFromAPageToTheLoginAndBack() throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    Page asked = browser.get("/configuration?x=1");
    assertThat(asked.status()).isEqualTo(303);
    assertThat(asked.location()).isEqualTo("/login?next=%2Fconfiguration%3Fx%3D1");

    Page form = browser.follow(asked);
    Page in =
        browser.submit(form, "/login", "username", "alice", "password", GuardedPlane.PASSWORD);
    assertThat(in.status()).as(in.answer().body()).isEqualTo(303);
    assertThat(in.location()).isEqualTo("/configuration?x=1");
  }

  @Test
  void aProgramGetsAProblemInsteadOfALogin() throws Exception {
    assertThat(plane.anonymous("GET", "/").statusCode()).isEqualTo(401);
    Page api = browser.get("/api/v1/status");
    assertThat(api.status()).isEqualTo(401);
    assertThat(api.answer().headers().firstValue("Content-Type"))
        .hasValue("application/problem+json");
  }

  @Test
  void aLoginIsNotedAndTheHomePageSaysWhoIsSignedIn() throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    Page in = loginAsAlice();
    assertThat(in.location()).isEqualTo("/");
    assertThat(in.answer().headers().firstValue("Set-Cookie").orElseThrow())
        .contains("; HTTPOnly", "; SameSite=Strict");
    Page home = browser.follow(in);
    assertThat(home.status()).as(home.answer().body()).isEqualTo(200);
    assertThat(home.text(".who")).contains("alice", "admin");
    assertThat(home.one("body").attr("data-role")).isEqualTo("admin");
    assertThat(plane.audit()).extracting(AuditEntry::detail).contains("login");
    Page again = browser.get("/login");
    assertThat(again.status()).isEqualTo(303);
    assertThat(again.location()).isEqualTo("/");
  }

  @Test
  void aWrongPasswordShowsTheFormAgainWithTheNameAndTheRequest() throws Exception {
    Page refused = login("username", "alice", "password", "wrong", "next", "/system");
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.text("[role=alert]"))
        .contains("The name or the password is wrong.")
        .contains(refused.answer().headers().firstValue("X-Request-Id").orElseThrow());
    assertThat(refused.one("input[name=username]").val()).isEqualTo("alice");
    assertThat(refused.one("input[name=password]").val()).isEmpty();
    assertThat(refused.one("input[name=next]").val()).isEqualTo("/system");
    assertThat(login("username", "alice").status()).isEqualTo(400);
  }

  @Test
  void guessingByTheFormIsThrottledAsByTheApi() throws Exception {
    for (int i = 0; i < Throttle.FREE; i++) {
      assertThat(login("username", "alice", "password", "guess" + i).status()).isEqualTo(401);
    }
    Page throttled = loginAsAlice();
    assertThat(throttled.status()).isEqualTo(429);
    assertThat(throttled.answer().headers().firstValue("Retry-After")).hasValue("1");
    assertThat(plane.login("alice", GuardedPlane.PASSWORD).statusCode()).isEqualTo(429);
    plane.clock.advance(Duration.ofSeconds(1));
    assertThat(loginAsAlice().status()).isEqualTo(303);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "/..//evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/%2f/evil.example",
        "/logout",
        "/api/v1/status",
        "evil"
      })
  void aWayBackThatLeadsElsewhereIsNotTaken(String next) throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    Page in = login("username", "alice", "password", GuardedPlane.PASSWORD, "next", next);
    assertThat(in.status()).isEqualTo(303);
    assertThat(in.location()).isEqualTo("/");
  }

  @Test
  void signingOutNeedsTheFormOfThisSession() throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    Page home = browser.follow(loginAsAlice());
    Page wrong = browser.submit(home, "/logout", "_csrf", "x");
    assertThat(wrong.status()).isEqualTo(403);
    assertThat(wrong.text("main")).contains("load the page again");
    assertThat(browser.send(browser.post("/logout", Map.of())).status()).isEqualTo(403);
    HttpRequest.Builder foreign =
        browser.form(home, "/logout").header("Origin", "https://evil.example");
    assertThat(browser.send(foreign).status()).isEqualTo(403);
    assertThat(browser.get("/").status()).isEqualTo(200);

    Page out = browser.submit(home, "/logout");
    assertThat(out.location()).isEqualTo("/login?done=signed-out");
    assertThat(browser.follow(out).text("[role=status]")).isEqualTo("You are signed out.");
    assertThat(browser.get("/").location()).isEqualTo("/login");
  }

  @Test
  void theFormOfASessionDoesNotOpenTheApi() throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    Page home = browser.follow(loginAsAlice());
    String csrf = home.one("body").attr("data-csrf");
    Page api = browser.send(browser.post("/api/v1/users", Map.of("_csrf", csrf, "name", "bob")));
    assertThat(api.status()).isEqualTo(403);
    assertThat(plane.accounts.user("bob")).isNull();
  }

  @Test
  void anErrorIsAPageForABrowserAndAProblemForOthers() throws Exception {
    plane.accounts.loggedIn("alice", plane.clock.instant());
    loginAsAlice();
    Page missing = browser.get("/no-such-page");
    assertThat(missing.status()).isEqualTo(404);
    assertThat(missing.answer().headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/html");
    assertThat(missing.text("h1")).isEqualTo("Not Found");
    assertThat(missing.text("main"))
        .contains(missing.answer().headers().firstValue("X-Request-Id").orElseThrow());
    assertThat(plane.as(Role.ADMIN, "GET", "/no-such-page").headers().firstValue("Content-Type"))
        .hasValue("application/problem+json");
  }

  @Test
  void belowABasePathEveryAddressHasIt() throws Exception {
    try (GuardedPlane lb = new GuardedPlane("/lb", "");
        Browser other = new Browser(lb.uri("/"))) {
      lb.user("alice", Role.VIEWER);
      lb.accounts.loggedIn("alice", lb.clock.instant());
      assertThat(other.get("/lb/system").location()).isEqualTo("/lb/login?next=%2Fsystem");
      Page in =
          other.submit(
              other.get("/lb/login?next=/system"),
              "/lb/login",
              "username",
              "alice",
              "password",
              GuardedPlane.PASSWORD);
      assertThat(in.location()).isEqualTo("/lb/system");
      assertThat(in.answer().headers().firstValue("Set-Cookie").orElseThrow()).contains("Path=/lb");
      Page home = other.get("/lb/");
      assertThat(home.one("body").attr("data-base")).isEqualTo("/lb/");
      List<String> addresses =
          home.html().select("a[href^=/], form[action]").stream()
              .map(element -> element.attr("href") + element.attr("action"))
              .toList();
      assertThat(addresses).isNotEmpty().allMatch(address -> address.startsWith("/lb/"));
      assertThat(other.get("/system").status()).as("outside of it").isEqualTo(404);
    }
  }
}
