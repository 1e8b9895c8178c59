package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlacesTest {
  private static final String YAML =
      """
      pid_file: /run/a.pid
      server.ssl:
        bundle: web
      server.ssl.key: x
      sluice:
        listeners:
          - address: 127.0.0.1:80
          - {address: unix:/a}
        bootstrap:
          pools:
            - id: a
              backends: [10.0.0.1:1, {address: 10.0.0.2:1}]
              health-check:
                http: {port: 3}
      """;

  @ParameterizedTest
  @CsvSource({
    "pid_file, 1:11, pid_file",
    "error_log, 1:1, error_log",
    "server.ssl.bundle, 3:11, server.ssl.bundle",
    "server.ssl.key, 4:17, server.ssl.key",
    "server.ssl.key-store, 2:1, server.ssl.key-store",
    "server, 2:1, server",
    "sluice.listeners[0].address, 7:16, sluice.listeners[0].address",
    "sluice.listeners[1].address, 8:17, sluice.listeners[1].address",
    "sluice.listeners[7].address, 6:3, sluice.listeners[7].address",
    "sluice.store.path, 5:1, sluice.store.path",
    "sluice.bootstrap.pools[0].backends[0].address, 12:20, sluice.bootstrap.pools[0].backends[0]",
    "sluice.bootstrap.pools[0].backends[1].address, 12:42, "
        + "sluice.bootstrap.pools[0].backends[1].address",
  })
  void aProblemStandsAtItsValueOrAtWhatItBelongsTo(String key, String place, String written) {
    Problem problem =
        ConfigurationReader.places("f.yaml", YAML).problem(key, "is wrong", Problem.Severity.ERROR);

    assertThat(problem).hasToString("f.yaml:" + place + " " + written + ": is wrong");
  }

  @Test
  void aWarningIsCalledOne() {
    assertThat(
            ConfigurationReader.places("f.yaml", "")
                .problem("sluice.store.path", "is odd", Problem.Severity.WARNING))
        .hasToString("f.yaml:1:1 sluice.store.path: warning: is odd");
  }

  @Test
  void aPointerBecomesTheKeyAsItIsWritten() {
    assertThat(ConfigurationReader.Places.keyOf("/pools/0/healthCheck/http/port"))
        .isEqualTo("sluice.bootstrap.pools[0].health-check.http.port");
    assertThat(ConfigurationReader.Places.keyOf("")).isEqualTo("sluice.bootstrap");
  }
}
