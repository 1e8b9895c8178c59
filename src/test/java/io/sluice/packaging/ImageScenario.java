package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.Until;
import io.sluice.testkit.Held;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the image does in a container, whoever plays the container. */
@Timeout(300)
abstract class ImageScenario {
  @TempDir Path directory;
  private final AtomicInteger version = new AtomicInteger();

  /** A container that has been started. */
  interface Container extends AutoCloseable {
    /** The first listener. */
    URI proxy() throws Exception;

    URI admin() throws Exception;

    /** Asks it to end, as an orchestrator does. */
    void stop() throws Exception;

    /** Waits for its end. */
    int exitCode() throws Exception;

    /** What it has said on standard error. */
    String said() throws Exception;

    @Override
    void close() throws Exception;
  }

  /**
   * Starts the image with a directory mounted at /etc/sluice/conf and waits until it serves.
   *
   * @param memory its limit, MiB
   */
  abstract Container start(Path configuration, int memory) throws Exception;

  // ---------------------------------------------------------------- configurations, as a kubelet

  /** A directory as a kubelet mounts a ConfigMap: links, so that a change is one rename. */
  Path mounted(String yaml) throws Exception {
    Path mount = Files.createDirectories(directory.resolve("configuration"));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    publish(mount, yaml);
    Files.createSymbolicLink(mount.resolve("application.yaml"), Path.of("..data/application.yaml"));
    return mount;
  }

  /** Exchanges the content of such a directory. */
  private void publish(Path mount, String yaml) throws Exception {
    String name = "..version_" + version.incrementAndGet();
    Path content = Files.createDirectory(mount.resolve(name));
    Files.writeString(content.resolve("application.yaml"), yaml);
    Path link = Files.createSymbolicLink(mount.resolve("..data_tmp"), Path.of(name));
    Files.move(link, mount.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String yaml(ScriptedBackend backend) {
    return yaml(backend.port());
  }

  static String yaml(int backend) {
    return """
    sluice:
      mode: declarative
      threads: 2
      listeners: [{address: "127.0.0.1:0"}]
      admin: {address: "127.0.0.1:0"}
      store: {path: /var/lib/sluice/sluice.db}
      bootstrap:
        pools:
          - {id: default, backends: ["127.0.0.1:%d"]}
    """
        .formatted(backend);
  }

  // ---------------------------------------------------------------- what must hold

  @Test
  void itServesAndProxies() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start();
        Container sluice = start(mounted(yaml(backend)), 512)) {
      assertThat(Http.get(sluice.proxy()).body()).contains("GET /");
      assertThat(Http.get(sluice.admin().resolve("/actuator/health/readiness")).statusCode())
          .isEqualTo(200);
      assertThat(new AdminApi(sluice.admin(), AdminApi.TOKEN).get("/pools").path("total").asInt())
          .isEqualTo(1);
      assertThat(Http.get(sluice.admin().resolve("/login")).body()).contains("<form");
      sluice.stop();
      assertThat(sluice.exitCode()).as(sluice::toString).isZero();
    }
  }

  @Test
  void aConfigMapThatIsExchangedIsServedWithoutLosingARequest() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        ScriptedBackend two = ScriptedBackend.start("two")) {
      Path mount = mounted(yaml(one));
      try (Container sluice = start(mount, 512)) {
        Set<String> seen = new LinkedHashSet<>();
        publish(mount, yaml(two));
        Until.holds(
            "requests go to the other backend",
            () -> {
              var answer = Http.get(sluice.proxy());
              seen.add(
                  answer.statusCode() + " " + answer.headers().firstValue("X-Backend").orElse(""));
              return seen.contains("200 two");
            });
        assertThat(seen).isSubsetOf("200 one", "200 two");
      }
    }
  }

  @Test
  void aStopLosesNoRequestInFlight() throws Exception {
    Held held = new Held();
    try (ScriptedBackend backend = ScriptedBackend.start().otherwise(held);
        Container sluice = start(mounted(yaml(backend)), 512);
        RawClient client = RawClient.connect(sluice.proxy().getPort())) {
      client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
      held.awaitArrivals(1);
      sluice.stop();
      Until.holds(
          "the stop has begun: " + sluice.said(),
          () -> sluice.said().contains("stopping: 1 request"));
      held.release("/slow");
      assertThat(client.read().status()).isEqualTo(200);
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.said()).contains("every request was finished");
    }
  }
}
