package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonTest {
  private static final List<String> OWN = List.of("java", "-Xmx1g", "-jar", "sluice.jar", "-d");

  @Test
  void theChildIsTheSameJvmWithItsSignalsBlocked() {
    assertThat(Daemon.command("/opt/jdk/bin/java", OWN, true))
        .containsExactly(
            "env",
            "--block-signal=QUIT,TERM,INT,HUP",
            "/opt/jdk/bin/java",
            "-Dsluice.daemon=true",
            "-Xrs",
            "-XX:+StartAttachListener",
            "-Xmx1g",
            "-jar",
            "sluice.jar",
            "-d");
  }

  @Test
  void whatTheLauncherHasSaidIsNotSaidTwice() {
    List<String> launched =
        List.of("java", "-Xrs", "-XX:+StartAttachListener", "-jar", "sluice.jar", "-d");
    assertThat(Daemon.command("/opt/jdk/bin/java", launched, true))
        .containsOnlyOnce("-Xrs", "-XX:+StartAttachListener");
  }

  @Test
  void withoutAnEnvThatBlocksTheJvmKeepsItsSignals() {
    assertThat(Daemon.command("/opt/jdk/bin/java", OWN, false))
        .containsExactly(
            "/opt/jdk/bin/java", "-Dsluice.daemon=true", "-Xmx1g", "-jar", "sluice.jar", "-d");
  }
}
