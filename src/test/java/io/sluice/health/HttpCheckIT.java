package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health.State;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.HealthCheckSpec.BodyPattern;
import io.sluice.config.HealthCheckSpec.Http;
import io.sluice.config.HealthCheckSpec.StatusRange;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.Conversation;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import io.sluice.testkit.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpCheckIT {
  private static final HealthCheckSpec OFTEN =
      CheckedPool.OFTEN.withType(HealthCheckSpec.Type.HTTP);

  @TempDir private Path directory;

  private static Http expecting(@Nullable String body) {
    return new Http(
        "GET",
        "/health",
        null,
        List.of(new StatusRange(200, 399)),
        body == null ? null : new BodyPattern(body, false),
        Map.of(),
        0,
        false);
  }

  /** A request for this path. */
  static Http path(String path) {
    return new Http(
        "GET", path, null, List.of(new StatusRange(200, 299)), null, Map.of(), 0, false);
  }

  /** Why a backend that answers so is down. */
  private static String whyDown(HealthCheckSpec checks, ScriptedBackend.Script script)
      throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start().on("/health", script);
        CheckedPool pool = CheckedPool.of(checks.withHttp(expecting("ok")), backend.port())) {
      return pool.whyDown(1);
    }
  }

  @Test
  void theRequestIsAsConfigured() throws Exception {
    Http http =
        new Http(
            "POST",
            "/health?full=1",
            "shop.example",
            List.of(new StatusRange(200, 200)),
            null,
            Map.of("X-Check", "yes", "user-agent", "watcher"),
            0,
            false);
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(OFTEN.withHttp(http), backend.port())) {
      pool.await(1, State.UP);
      ReadRequest request = backend.requestsSince(Map.of()).getFirst();
      assertThat(request.method()).isEqualTo("POST");
      assertThat(request.target()).isEqualTo("/health?full=1");
      assertThat(request.value("Host")).isEqualTo("shop.example");
      assertThat(request.value("X-Check")).isEqualTo("yes");
      assertThat(request.value("User-Agent")).isEqualTo("watcher");
      assertThat(request.value("Content-Length")).isEqualTo("0");
      assertThat(request.value("Connection")).isEqualTo("close");
    }
  }

  @Test
  void byDefaultTheBackendsAddressIsAskedForItsRoot() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(OFTEN, backend.port())) {
      pool.await(1, State.UP);
      assertThat(backend.connections().getFirst().received())
          .isEqualTo(
              Wire.head(
                  "GET / HTTP/1.1",
                  "Host: 127.0.0.1:" + backend.port(),
                  "User-Agent: sluice-health",
                  "Connection: close"));
    }
  }

  @Test
  void theStatusDecides() throws Exception {
    assertThat(whyDown(OFTEN, c -> c.send(Wire.head("HTTP/1.1 503 Busy", "Content-Length: 0"))))
        .isEqualTo("status 503 not in 200-399");
  }

  @Test
  void theBodyDecides() throws Exception {
    assertThat(whyDown(OFTEN, c -> c.send(Wire.ok("starting")))).isEqualTo("body lacks \"ok\"");
  }

  @Test
  void aBackendThatAcceptsAndHangsIsDown() throws Exception {
    assertThat(whyDown(OFTEN.withTimeout(Duration.ofMillis(200)), Conversation::awaitEnd))
        .isEqualTo("timed out after 200ms waiting for the answer");
  }

  @Test
  void aBackendThatStopsInTheMiddleIsDown() throws Exception {
    assertThat(
            whyDown(
                OFTEN.withTimeout(Duration.ofMillis(200)),
                c -> c.send("HTTP/1.1 200 OK\r\nContent-").awaitEnd()))
        .isEqualTo("timed out after 200ms in the middle of the answer");
  }

  @Test
  void aBackendThatResetsIsDown() throws Exception {
    assertThat(whyDown(OFTEN, Conversation::reset)).isEqualTo("connection reset by peer");
  }

  @Test
  void aBackendThatClosesIsDown() throws Exception {
    assertThat(whyDown(OFTEN, Conversation::close))
        .isEqualTo("the backend closed the connection without an answer");
    assertThat(
            whyDown(
                OFTEN,
                c -> {
                  c.send(Wire.head("HTTP/1.1 200 OK", "Content-Length: 20") + "al");
                  c.close();
                }))
        .isEqualTo("the backend closed the connection in the middle of the body");
  }

  @Test
  void aBackendThatDoesNotSpeakHttpIsDown() throws Exception {
    assertThat(whyDown(OFTEN, c -> c.send("220 mail.example ESMTP\r\n").awaitEnd()))
        .isEqualTo("malformed answer: malformed status line");
  }

  @Test
  void theReasonFollowsTheErrorWhileItStaysDown() throws Exception {
    AtomicReference<String> answer = new AtomicReference<>("HTTP/1.1 503 Busy");
    try (ScriptedBackend backend =
            ScriptedBackend.start()
                .otherwise(
                    c -> c.send(Wire.head(String.valueOf(answer.get()), "Content-Length: 0")));
        CheckedPool pool = CheckedPool.of(OFTEN, backend.port())) {
      assertThat(pool.whyDown(1)).isEqualTo("status 503 not in 200-399");
      var since = pool.backend(1).health().since();
      answer.set("HTTP/1.1 404 Not Found");
      Await.until(
          () -> "status 404 not in 200-399".equals(pool.backend(1).health().reason()),
          "the reason follows");
      assertThat(pool.backend(1).health().since()).isEqualTo(since);
      assertThat(pool.status(1).counts().transitions()).isEqualTo(1);
    }
  }

  @Test
  void checksCanGoToAPortOfTheirOwn() throws Exception {
    try (ScriptedBackend admin = ScriptedBackend.start();
        CheckedPool pool =
            CheckedPool.of(
                OFTEN.withHttp(
                    new Http(
                        "GET",
                        "/",
                        null,
                        List.of(new StatusRange(200, 200)),
                        null,
                        Map.of(),
                        admin.port(),
                        false)),
                Ports.closed())) {
      pool.await(1, State.UP);
    }
  }

  private static final Http REUSING =
      new Http("GET", "/", null, List.of(new StatusRange(200, 200)), null, Map.of(), 0, true);

  @Test
  void oneConnectionCanServeManyChecks() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(OFTEN.withHttp(REUSING), backend.port())) {
      pool.awaitChecks(1, 5);
      assertThat(backend.connections()).hasSize(1);
      assertThat(pool.status(1).counts().failed()).isZero();
    }
  }

  @Test
  void aKeptConnectionThatTheBackendClosedSaysNothing() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(OFTEN.withHttp(REUSING), backend.port())) {
      for (int i = 0; i < 10; i++) {
        pool.awaitChecks(1, 1);
        for (BackendConnection connection : backend.connections()) {
          connection.close();
        }
      }
      pool.awaitChecks(1, 2);
      assertThat(backend.connections()).hasSizeGreaterThan(1);
      assertThat(pool.status(1).counts().transitions()).isEqualTo(1);
    }
  }

  @Test
  void withoutReuseEveryCheckMeetsWhatANewClientMeets() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(OFTEN, backend.port())) {
      pool.awaitChecks(1, 3);
      assertThat(backend.connections()).hasSizeGreaterThanOrEqualTo(3);
      Await.until(
          () -> backend.connections().getFirst().hasEnded(), "the first check's connection ends");
    }
  }

  @Test
  void overTlsTheBackendsOwnSettingsHold() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec trusting =
        new TlsSpec(true, "b.example", true, certificates.authorityFile(), null, null);
    try (TlsBackend good = TlsBackend.start("b1", certificates.forName("b.example"));
        TlsBackend expired = TlsBackend.start("b2", certificates.expired("b.example"));
        CheckedPool pool = CheckedPool.of(OFTEN, trusting, good.port(), expired.port())) {
      pool.await(1, State.UP);
      assertThat(good.seen().getFirst().sni()).isEqualTo("b.example");
      assertThat(pool.whyDown(2)).startsWith("TLS: certificate expired (");
    }
  }

  @Test
  void checksCanHaveOtherTlsThanTheRequests() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec ofRequests =
        new TlsSpec(true, "b.example", true, certificates.authorityFile(), null, null);
    TlsSpec lax = new TlsSpec(true, "check.example", false, null, null, null);
    try (TlsBackend backend = TlsBackend.start("b1", certificates.expired("b.example"));
        CheckedPool pool =
            CheckedPool.of(TcpCheckIT.withTls(OFTEN, lax), ofRequests, backend.port())) {
      pool.await(1, State.UP);
      assertThat(backend.seen().getFirst().sni()).isEqualTo("check.example");
    }
  }

  @Test
  void aSlowCheckIsNeverMadeTwiceAtOnce() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (ScriptedBackend backend =
            ScriptedBackend.start()
                .otherwise(
                    c -> {
                      Await.latch(go, "the test lets it answer");
                      c.send(Wire.ok("at last"));
                    });
        ScriptedBackend other = ScriptedBackend.start("b2");
        CheckedPool pool = CheckedPool.of(OFTEN, backend.port(), other.port())) {
      pool.awaitChecks(2, 10);
      assertThat(backend.connections()).hasSize(1);
      go.countDown();
      pool.await(1, State.UP);
    }
  }
}
