package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessReaderTest {
  @Test
  void pingorasKeysAreEnoughForAFile() throws Exception {
    Configuration read =
        ConfigurationReader.read(
            "f.yaml",
            """
            version: 1
            threads: 2
            pid_file: /tmp/load_balancer.pid
            error_log: /tmp/load_balancer_err.log
            upgrade_sock: /tmp/load_balancer.sock
            grace_period_seconds: 10
            """);

    assertThat(read.threads()).isEqualTo(2);
    assertThat(read.shutdown())
        .isEqualTo(new Configuration.Shutdown(Duration.ZERO, Duration.ofSeconds(10)));
    assertThat(read.process())
        .isEqualTo(
            new Configuration.Process(
                Path.of("/tmp/load_balancer.pid"),
                Path.of("/tmp/load_balancer_err.log"),
                Path.of("/tmp/load_balancer.sock"),
                null,
                null,
                Duration.ofSeconds(5),
                Configuration.Upgrade.DEFAULT));
    assertThat(read.listeners()).isEqualTo(List.of(ListenerReader.DEFAULT));
  }

  @Test
  void theUpgradeSocketIsBesideTheStore() throws Exception {
    Configuration read =
        ConfigurationReader.read("f.yaml", "sluice: {store: {path: /var/lib/sluice/db}}");

    assertThat(read.process().upgradeSocket()).hasToString("/var/lib/sluice/run/upgrade.sock");
    assertThat(ConfigurationReader.read("f.yaml", "").process().upgradeSocket())
        .hasToString("./data/run/upgrade.sock");
  }

  @Test
  void theSameSaidTwiceIsNoProblem() throws Exception {
    Configuration read =
        ConfigurationReader.read(
            "f.yaml",
            """
            threads: 2
            grace_period_seconds: 60
            sluice: {threads: 2, shutdown: {grace: 1m, lame-duck: 3s}}
            """);

    assertThat(read.threads()).isEqualTo(2);
    assertThat(read.shutdown())
        .isEqualTo(new Configuration.Shutdown(Duration.ofSeconds(3), Duration.ofMinutes(1)));
  }
}
