package io.sluice.proxy;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.Health;
import io.sluice.config.Address;
import io.sluice.config.Cidr;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec.ProxyProtocol;
import io.sluice.testkit.Await;
import io.sluice.testkit.OtherProxy;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The PROXY protocol as HAProxy and nginx speak it. */
class ProxyProtocolPeersIT {
  private static final Cidr HAPROXY = new Cidr(InetAddress.ofLiteral("127.0.0.1"), 32);

  private static final String TCP =
      """
      defaults
        mode tcp
        timeout connect 10s
        timeout client 30s
        timeout server 30s
      """;

  @TempDir private Path directory;

  /** One request from an address of this machine that is nobody else's; the port it came from. */
  private static int ask(int port, String client, String target, String[] answer)
      throws IOException {
    try (Socket socket =
        new Socket(InetAddress.ofLiteral("127.0.0.1"), port, InetAddress.ofLiteral(client), 0)) {
      socket.setSoTimeout((int) Await.DEADLINE.toMillis());
      socket
          .getOutputStream()
          .write(Wire.bytes(head("GET " + target + " HTTP/1.1", "Host: t", "Connection: close")));
      answer[0] = Wire.text(socket.getInputStream().readAllBytes());
      return socket.getLocalPort();
    }
  }

  @Test
  void haproxyInFrontNamesItsClientsInBothVersions() throws Exception {
    List<Integer> ports = OtherProxy.freePorts(2);
    try (ScriptedBackend backend = ScriptedBackend.start();
        RunningProxy proxy =
            new ProxySetup().proxyProtocol(HAPROXY).pool("default", backend.port()).start()) {
      String configuration =
          TCP
              + """
              listen v1
                bind 127.0.0.1:%d
                server s 127.0.0.1:%d send-proxy check inter 50
              listen v2
                bind 127.0.0.1:%d
                unique-id-format %%[uuid()]
                server s 127.0.0.1:%d send-proxy-v2 proxy-v2-options crc32c,unique-id check inter 50
              """
                  .formatted(ports.get(0), proxy.port(), ports.get(1), proxy.port());
      try (OtherProxy haproxy = OtherProxy.haproxy(directory, configuration, ports.get(0))) {
        assertThat(haproxy).isNotNull();
        String[] answer = new String[1];
        for (int i = 0; i < 2; i++) {
          ask(ports.get(i), "127.0.0.7", "/v" + (i + 1), answer);
          assertThat(answer[0]).contains("saw GET /v" + (i + 1));
          assertThat(proxy.awaitReport("/v" + (i + 1)).client()).isEqualTo("127.0.0.7");
        }
        assertThat(proxy.headersRefused()).as("its checks speak it, too").isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ProxyProtocol.class,
      names = {"V1", "V2"})
  void haproxyBehindLearnsOfTheClientThroughBoth(ProxyProtocol version) throws Exception {
    List<Integer> ports = OtherProxy.freePorts(3);
    String configuration =
        TCP
            + """
            listen front
              bind 127.0.0.1:%d
              server s 127.0.0.1:%d send-proxy-v2
            frontend behind
              mode http
              bind 127.0.0.1:%d accept-proxy
              http-request return status 200 content-type text/plain lf-string "%%[src]:%%[src_port] to %%[dst]:%%[dst_port]"
            """
                .formatted(ports.get(0), ports.get(1), ports.get(2));
    try (OtherProxy haproxy = OtherProxy.haproxy(directory, configuration, ports.get(0));
        RunningProxy proxy =
            new ProxySetup()
                .listen(new Address.Tcp("127.0.0.1", ports.get(1)))
                .proxyProtocol(HAPROXY)
                .eachPool(pool -> pool.withProxyProtocol(version).withHealthCheck(checks()))
                .pool("default", ports.get(2))
                .start()) {
      assertThat(haproxy).isNotNull();
      Await.until(() -> isUp(proxy), "checks pass");
      String[] answer = new String[1];
      int from = ask(ports.get(0), "127.0.0.7", "/x", answer);
      assertThat(answer[0]).endsWith("127.0.0.7:%d to 127.0.0.1:%d".formatted(from, ports.get(0)));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ProxyProtocol.class,
      names = {"V1", "V2"})
  void nginxBehindLearnsOfTheClient(ProxyProtocol version) throws Exception {
    List<Integer> ports = OtherProxy.freePorts(1);
    String http =
        """
        server {
          listen 127.0.0.1:%d proxy_protocol;
          location / {
            return 200 "$proxy_protocol_addr:$proxy_protocol_port to $proxy_protocol_server_addr:$proxy_protocol_server_port";
          }
        }
        """
            .formatted(ports.get(0));
    try (OtherProxy nginx = OtherProxy.nginx(directory, http, ports.get(0));
        RunningProxy proxy =
            new ProxySetup()
                .eachPool(pool -> pool.withProxyProtocol(version).withHealthCheck(checks()))
                .pool("default", ports.get(0))
                .start()) {
      assertThat(nginx).isNotNull();
      Await.until(() -> isUp(proxy), "checks pass");
      String[] answer = new String[1];
      int from = ask(proxy.port(), "127.0.0.7", "/x", answer);
      assertThat(answer[0]).endsWith("127.0.0.7:%d to 127.0.0.1:%d".formatted(from, proxy.port()));
    }
  }

  private static HealthCheckSpec checks() {
    return HealthCheckSpec.DEFAULT
        .withType(HealthCheckSpec.Type.HTTP)
        .withInterval(Duration.ofMillis(20))
        .withTimeout(Await.DEADLINE);
  }

  private static boolean isUp(RunningProxy proxy) {
    return Objects.requireNonNull(proxy.health("default", "b1")).health().state()
        == Health.State.UP;
  }
}
