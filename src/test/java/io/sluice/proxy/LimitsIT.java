package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.ListenerSpec;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a listener lets its clients ask for, and how backends are addressed. */
class LimitsIT {
  private ScriptedBackend backend;

  @BeforeEach
  void start() throws IOException {
    backend = ScriptedBackend.start();
  }

  @AfterEach
  void stop() throws IOException {
    backend.close();
  }

  private static ListenerSpec.Limits limits(int connections, int line, int section, int count) {
    Duration minute = Duration.ofMinutes(1);
    return new ListenerSpec.Limits(
        connections, 0, line, section, count, minute, minute, 0, minute, minute);
  }

  private RunningProxy with(ListenerSpec.Limits limits) {
    return new ProxySetup().limits(limits).pool("p", backend.port()).start();
  }

  @Test
  void theRequestLineMayHaveExactlySoManyBytes() throws Exception {
    try (RunningProxy proxy = with(limits(0, 100, 1000, 10))) {
      String path = "/" + "a".repeat(100 - "GET / HTTP/1.1".length());
      assertThat(proxy.once(head("GET " + path + " HTTP/1.1", "Host: t")).status()).isEqualTo(200);
      assertThat(proxy.once(head("GET " + path + "a HTTP/1.1", "Host: t")).status()).isEqualTo(414);
    }
  }

  @Test
  void theHeaderSectionMayHaveSoManyBytesAndFields() throws Exception {
    try (RunningProxy proxy = with(limits(0, 100, 1000, 5))) {
      String fields = "X: 1\r\n".repeat(4);
      String start = Wire.lines("GET / HTTP/1.1", "Host: t");
      assertThat(proxy.once(start + fields + "\r\n").status()).isEqualTo(200);
      assertThat(proxy.once(start + fields + "Y: 2\r\n\r\n").status()).isEqualTo(431);
      assertThat(proxy.once(start + "X: " + "v".repeat(900) + "\r\n\r\n").status()).isEqualTo(200);
      assertThat(proxy.once(start + "X: " + "v".repeat(1000) + "\r\n\r\n").status()).isEqualTo(431);
    }
  }

  @Test
  void clientsBeyondTheLimitWaitForAPlace() throws Exception {
    int all = 60;
    Map<String, RawClient> clients = new HashMap<>();
    try (RunningProxy proxy = with(limits(3, 100, 1000, 10))) {
      for (int i = 0; i < all; i++) {
        RawClient client = proxy.connect();
        clients.put("/c" + i, client);
        client.send(head("GET /c" + i + " HTTP/1.1", "Host: t"));
      }
      // the kernel hands out a few at once before the listener can be told to stop
      assertThat(Await.rest(() -> proxy.reported().size())).isBetween(3L, 3L + 32);
      Await.until(
          () -> {
            proxy.reported().forEach(r -> close(clients.remove(r.target())));
            return proxy.reported().size() == all;
          },
          "each client that leaves makes room for another");
    } finally {
      clients.values().forEach(LimitsIT::close);
    }
  }

  private static void close(@Nullable RawClient client) {
    if (client != null) {
      try {
        client.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static RunningProxy toHost(String host, int port) {
    return new ProxySetup()
        .pool("p", List.of(BackendSpec.of("b", new Address.Tcp(host, port))))
        .start();
  }

  @Test
  void aBackendIsReachedByItsName() throws Exception {
    try (RunningProxy proxy = toHost("localhost", backend.port())) {
      assertThat(proxy.once(head("GET /x HTTP/1.1", "Host: t")).status()).isEqualTo(200);
    }
  }

  @Test
  void aBackendWhoseNameIsUnknownIsABadGateway() throws Exception {
    try (RunningProxy proxy = toHost("nowhere.invalid", backend.port())) {
      assertThat(proxy.once(head("GET /x HTTP/1.1", "Host: t")).status()).isIn(502, 504);
      Await.until(() -> proxy.status().requests() == 0, "nothing is left over");
    }
  }
}
