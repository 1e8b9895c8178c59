package io.sluice.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health.State;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.TlsSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TcpCheckIT {
  @TempDir private Path directory;

  @Test
  void aBackendThatAcceptsIsUp() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        CheckedPool pool = CheckedPool.of(CheckedPool.OFTEN, backend.port())) {
      assertThat(pool.await(1, State.UP).reason()).isEqualTo("1 passed check");
      HealthTransition first = pool.status(1).transitions().getFirst();
      assertThat(first.from()).isEqualTo(State.UNKNOWN);
      assertThat(first.to()).isEqualTo(State.UP);
      assertThat(first.checks()).isEqualTo(1);
      assertThat(first.cause()).isNull();
      assertThat(pool.status(1).results().getFirst().latency()).isPositive();
    }
  }

  @Test
  void aPortOnWhichNothingListensIsDown() throws Exception {
    try (CheckedPool pool = CheckedPool.of(CheckedPool.OFTEN, Ports.closed())) {
      assertThat(pool.whyDown(1)).isEqualTo("connection refused");
      assertThat(pool.status(1).transitions().getFirst().cause()).isEqualTo("connection refused");
    }
  }

  @Test
  void aPortThatSwallowsConnectionsIsDownWhenTheTimeIsUp() throws Exception {
    try (Ports.BlackHole hole = new Ports.BlackHole();
        CheckedPool pool =
            CheckedPool.of(CheckedPool.OFTEN.withTimeout(Duration.ofMillis(100)), hole.port())) {
      assertThat(pool.whyDown(1)).isEqualTo("timed out after 100ms while connecting");
    }
  }

  @Test
  void aUnixSocketIsCheckedToo() throws Exception {
    Path path = directory.resolve("b.sock");
    BackendSpec unix = BackendSpec.of("unix", new Address.Unix(path));
    PoolSpec spec = PoolSpec.of("default", List.of(unix)).withHealthCheck(CheckedPool.OFTEN);
    try (CheckedPool pool = CheckedPool.of(spec);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThat(pool.whyDown(1)).isEqualTo("no such file or directory");
      server.bind(UnixDomainSocketAddress.of(path));
      pool.await(1, State.UP);
    }
  }

  @Test
  void aBackendThatComesBackIsUpAgainAndTheHistoryTellsIt() throws Exception {
    int port = Ports.closed();
    try (CheckedPool pool = CheckedPool.of(CheckedPool.OFTEN, port)) {
      pool.await(1, State.DOWN);
      try (ServerSocket server = Ports.open(port);
          ScriptedBackend backend = ScriptedBackend.start("b1", server)) {
        assertThat(backend.port()).isEqualTo(port);
        pool.await(1, State.UP);
      }
      pool.await(1, State.DOWN);
      assertThat(pool.status(1).transitions().stream().map(HealthTransition::to))
          .containsExactly(State.DOWN, State.UP, State.DOWN);
      assertThat(pool.status(1).counts().transitions()).isEqualTo(3);
    }
  }

  @Test
  void riseAndFallCountResultsInARow() throws Exception {
    int port = Ports.closed();
    try (CheckedPool pool = CheckedPool.of(CheckedPool.OFTEN.withRiseAndFall(3, 2), port)) {
      pool.await(1, State.DOWN);
      assertThat(pool.status(1).transitions().getFirst().checks()).isEqualTo(2);
      try (ScriptedBackend backend = ScriptedBackend.start("b1", Ports.open(port))) {
        assertThat(pool.await(1, State.UP).reason()).isEqualTo("3 passed checks");
        // a check passes with the kernel's handshake; the backend sees it a moment later
        Await.until(() -> backend.connections().size() >= 3, "three connections at the backend");
      }
    }
  }

  @Test
  void anUnhealthyBackendIsCheckedAtItsOwnInterval() throws Exception {
    HealthCheckSpec daily = CheckedPool.OFTEN;
    HealthCheckSpec rarelyWhenUp =
        new HealthCheckSpec(
            daily.type(),
            Duration.ofHours(24),
            Duration.ofMillis(20),
            daily.timeout(),
            1,
            1,
            0.1,
            true,
            null,
            daily.http());
    int port = Ports.closed();
    try (CheckedPool pool = CheckedPool.of(rarelyWhenUp, port)) {
      pool.await(1, State.DOWN);
      pool.awaitChecks(1, 3);
      try (ScriptedBackend backend = ScriptedBackend.start("b1", Ports.open(port))) {
        pool.await(1, State.UP);
        assertThat(backend.port()).isEqualTo(port);
      }
      // nobody looks before tomorrow
      assertThat(pool.backend(1).health().state()).isEqualTo(State.UP);
    }
  }

  @Test
  void withTlsOfItsOwnTheHandshakeMustSucceed() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec trusting =
        new TlsSpec(true, "b.example", true, certificates.authorityFile(), null, null);
    HealthCheckSpec checks = withTls(CheckedPool.OFTEN, trusting);
    try (TlsBackend good = TlsBackend.start("b1", certificates.forName("b.example"));
        TlsBackend expired = TlsBackend.start("b2", certificates.expired("b.example"));
        TlsBackend other = TlsBackend.start("b3", certificates.forName("other.example"));
        Ports.Talker plain = new Ports.Talker("HTTP/1.1 400 Bad Request\r\n\r\n");
        CheckedPool pool =
            CheckedPool.of(checks, good.port(), expired.port(), other.port(), plain.port())) {
      pool.await(1, State.UP);
      assertThat(pool.whyDown(2)).startsWith("TLS: certificate expired (");
      assertThat(pool.whyDown(3)).startsWith("TLS: ").contains("b.example");
      assertThat(pool.whyDown(4)).isEqualTo("TLS: the backend does not speak TLS");
    }
  }

  @Test
  void withoutTlsOfItsOwnTheCheckOfATlsBackendOnlyConnects() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    TlsSpec strict = new TlsSpec(true, "x.example", true, null, null, null);
    try (TlsBackend backend = TlsBackend.start("b1", certificates.expired("b.example"));
        CheckedPool pool = CheckedPool.of(CheckedPool.OFTEN, strict, backend.port())) {
      pool.await(1, State.UP);
    }
  }

  @Test
  void aHandshakeThatHangsIsNamed() throws Exception {
    HealthCheckSpec checks =
        withTls(
            CheckedPool.OFTEN.withTimeout(Duration.ofMillis(200)),
            new TlsSpec(true, null, false, null, null, null));
    try (ServerSocket silent = Ports.open(0);
        CheckedPool pool = CheckedPool.of(checks, silent.getLocalPort())) {
      assertThat(pool.whyDown(1)).isEqualTo("timed out after 200ms in the TLS handshake");
    }
  }

  static HealthCheckSpec withTls(HealthCheckSpec s, TlsSpec tls) {
    return new HealthCheckSpec(
        s.type(),
        s.interval(),
        s.unhealthyInterval(),
        s.timeout(),
        s.rise(),
        s.fall(),
        s.jitter(),
        s.startUp(),
        tls,
        s.http());
  }
}
