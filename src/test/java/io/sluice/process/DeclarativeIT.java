package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import io.sluice.testkit.ScriptedBackend;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose configuration it is: the store's or the file's. */
class DeclarativeIT {
  @TempDir private Path directory;

  private static String yaml(String mode, int port) {
    return """
        sluice:
          mode: %s
          listeners: [{address: "127.0.0.1:0"}]
          admin: {address: "127.0.0.1:0"}
          bootstrap:
            pools:
              - id: default
                backends: [{id: b, address: "127.0.0.1:%d"}]
        """
        .formatted(mode, port);
  }

  private void exchange(String text) throws Exception {
    Path next = Files.writeString(directory.resolve("next.yaml"), text);
    Files.move(
        next,
        directory.resolve("sluice.yaml"),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  private static String served(SluiceProcess sluice) throws Exception {
    return Http.get(sluice.proxy()).headers().firstValue("X-Backend").orElse("");
  }

  @Test
  void theFileRulesWhereItIsSaid() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        ScriptedBackend two = ScriptedBackend.start("two");
        SluiceProcess sluice = SluiceProcess.serving(directory, yaml("declarative", one.port()))) {
      AdminApi api = AdminApi.of(sluice);
      assertThat(served(sluice)).isEqualTo("one");

      AdminApi.Answer refused = api.call("POST", "/pools", "{\"id\":\"p\"}");
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.json().path("code").asString()).isEqualTo("managed-by-file");

      exchange(yaml("declarative", two.port()));
      Until.holds("the changed file", () -> served(sluice).equals("two"));
      assertThat(api.all("/revisions").getFirst().path("source").asString()).isEqualTo("file");

      exchange(yaml("declarative", one.port()).replace("default", "default\n        wait: 1"));
      sluice.awaitError("ERROR .*sluice.yaml has changed and cannot be used; revision 2 stays");
      sluice.awaitError("sluice.yaml:8:9 sluice.bootstrap.pools\\[0\\].wait: unknown key");
      assertThat(served(sluice)).isEqualTo("two");

      exchange(yaml("declarative", one.port()));
      Until.holds("the mended file", () -> served(sluice).equals("one"));
    }
  }

  @Test
  void theStoreRulesOtherwiseUntilItIsReset() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        ScriptedBackend two = ScriptedBackend.start("two")) {
      try (SluiceProcess sluice = SluiceProcess.serving(directory, yaml("managed", one.port()))) {
        assertThat(served(sluice)).isEqualTo("one");
        sluice.kill("TERM");
        assertThat(sluice.exitCode()).isZero();
      }
      try (SluiceProcess sluice = SluiceProcess.serving(directory, yaml("managed", two.port()))) {
        assertThat(served(sluice)).isEqualTo("one");
        sluice.awaitError("revision 1 of the store is served; sluice.bootstrap only seeds");
        sluice.kill("TERM");
        assertThat(sluice.exitCode()).isZero();
      }
      try (SluiceProcess sluice =
          SluiceProcess.run(
                  directory,
                  AdminApi.ENVIRONMENT,
                  List.of(),
                  "--reset-state",
                  "-c",
                  directory.resolve("sluice.yaml").toString())
              .awaitServing()) {
        assertThat(served(sluice)).isEqualTo("two");
        sluice.awaitError("--reset-state: \\S+ is now \\S+");
        try (var files = Files.list(directory.resolve("data"))) {
          assertThat(files.map(f -> f.getFileName().toString())).anyMatch(n -> n.contains("reset"));
        }
      }
    }
  }

  @Test
  void aStartThatFailsHasSeededNothing() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        ScriptedBackend two = ScriptedBackend.start("two");
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      String wrong = yaml("managed", one.port()).replaceFirst("1:0", "1:" + taken.getLocalPort());
      exchange(wrong);
      try (SluiceProcess failing =
          SluiceProcess.run(directory, "-c", directory.resolve("sluice.yaml").toString())) {
        assertThat(failing.exitCode()).isEqualTo(1);
      }
      try (SluiceProcess sluice = SluiceProcess.serving(directory, yaml("managed", two.port()))) {
        assertThat(served(sluice)).isEqualTo("two");
      }
    }
  }

  @Test
  void aSecondProcessOnTheSameStoreIsRefused() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        SluiceProcess first = SluiceProcess.serving(directory, yaml("managed", one.port()));
        SluiceProcess second =
            SluiceProcess.run(
                directory,
                AdminApi.ENVIRONMENT,
                List.of(),
                "-c",
                directory.resolve("sluice.yaml").toString())) {
      assertThat(second.exitCode()).isEqualTo(1);
      assertThat(second.stderr()).contains("sluice.db");
      assertThat(served(first)).isEqualTo("one");
    }
  }
}
