package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.Configuration;
import io.sluice.config.HealthCheckSpec;
import io.sluice.config.PoolSpec;
import io.sluice.config.SnapshotDocument.Violation;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses no backend may have. */
class AddressPolicyTest {

  private static AddressPolicy admin(String host) {
    return new AddressPolicy(Configuration.Admin.at(new Address.Tcp(host, 6189)));
  }

  private static boolean refuses(String admin, String host, int port) {
    return admin(admin).objection(InetAddress.ofLiteral(host), port) != null;
  }

  @ParameterizedTest
  @ValueSource(strings = {"169.254.169.254", "::ffff:169.254.0.1", "fe80::1", "febf::1"})
  void linkLocalAddressesAreRefusedAtEveryPort(String host) {
    assertThat(refuses("127.0.0.1", host, 80)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 127.0.0.1",
    "127.0.0.1, ::ffff:127.0.0.1",
    "127.0.0.1, 0.0.0.0",
    "127.0.0.1, ::",
    "::1, ::1",
    "0.0.0.0, 127.0.0.1",
    "0.0.0.0, 127.0.0.9",
    "0.0.0.0, ::1",
    "::, 0.0.0.0",
    "localhost, 127.0.0.1",
  })
  void whatLeadsToTheManagementPlaneIsRefused(String admin, String host) {
    assertThat(refuses(admin, host, 6189)).isTrue();
    assertThat(refuses(admin, host, 6190)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, 127.0.0.2", "127.0.0.1, 192.0.2.1", "0.0.0.0, 192.0.2.1"})
  void itsPortIsFreeOnOtherHosts(String admin, String host) {
    assertThat(refuses(admin, host, 6189)).isFalse();
  }

  @Test
  void checksThatWouldGoToTheManagementPlaneAreRefused() {
    PoolSpec pool =
        PoolSpec.of("p", List.of(BackendSpec.of(new Address.Tcp("127.0.0.1", 8080))))
            .withHealthCheck(
                HealthCheckSpec.DEFAULT
                    .withType(HealthCheckSpec.Type.HTTP)
                    .withHttp(
                        new HealthCheckSpec.Http(
                            "GET",
                            "/",
                            null,
                            HealthCheckSpec.Http.DEFAULT.expectStatus(),
                            null,
                            java.util.Map.of(),
                            6189,
                            false)));
    assertThat(admin("127.0.0.1").violations(pool, "/pools/4"))
        .extracting(Violation::pointer)
        .containsExactly("/pools/4/healthCheck/http/port");
    assertThat(admin("192.0.2.7").violations(pool, "/pools/4")).isEmpty();
  }

  @Test
  void namesAndUnixSocketsAreNotJudgedAsTheyAreWritten() {
    PoolSpec pool =
        PoolSpec.of(
            "p",
            List.of(
                BackendSpec.of(new Address.Tcp("localhost", 6189)),
                BackendSpec.of(new Address.Service("_http._tcp.example.com")),
                BackendSpec.of(new Address.Unix(java.nio.file.Path.of("/run/x.sock")))));
    assertThat(admin("127.0.0.1").violations(pool, "/pools/0")).isEmpty();
  }
}
