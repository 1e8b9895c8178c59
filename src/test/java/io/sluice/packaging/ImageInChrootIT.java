package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image's root file system, in a chroot of a mount namespace. */
class ImageInChrootIT extends ImageScenario {
  @TempDir static Path unpacked;
  private static ImageTar image;
  private static Path root;

  @BeforeAll
  static void unpack() throws Exception {
    Distribution.needsMounts("the image was not run in a chroot");
    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxr-xr-x"));
    image = ImageTar.unpack(unpacked);
    root = unpacked.resolve("root");
    image.unpackRoot(root);
    // as every container runtime does
    for (String mount : List.of("proc", "dev", "sys", "etc/sluice/conf")) {
      Files.createDirectories(root.resolve(mount));
    }
  }

  @Override
  Container start(Path configuration, int memory) throws Exception {
    return start(configuration, null);
  }

  private Container start(Path configuration, @Nullable MemoryGroup group) throws Exception {
    List<String> command = command(configuration, group, List.of());
    command.addAll(List.of("-c", "/etc/sluice/conf/application.yaml"));
    return new Chrooted(SluiceProcess.command(directory, Map.of(), command).awaitServing());
  }

  /** The image's entry point, with further options for java. */
  private static List<String> command(
      Path configuration, @Nullable MemoryGroup group, List<String> options) throws Exception {
    Path script =
        Path.of(Objects.requireNonNull(ImageScenario.class.getResource("chroot.sh")).toURI());
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "sh", script.toString()));
    command.add(root.toString());
    command.add(configuration.toString());
    command.add(group == null ? "" : group.directory().toString());
    command.addAll(ImageTar.texts(image.config().path("config").path("Env")));
    command.add("SLUICE_ADMIN_TOKEN=" + AdminApi.TOKEN);
    command.add("--");
    List<String> words = image.entryPoint();
    command.add(words.getFirst());
    command.addAll(options);
    command.addAll(words.subList(1, words.size()));
    return command;
  }

  private record Chrooted(SluiceProcess process) implements Container {
    @Override
    public URI proxy() throws Exception {
      return process.proxy();
    }

    @Override
    public URI admin() throws Exception {
      return process.admin();
    }

    @Override
    public void stop() throws Exception {
      process.kill("TERM");
    }

    @Override
    public int exitCode() throws Exception {
      return process.exitCode();
    }

    @Override
    public String said() {
      return process.stderr();
    }

    @Override
    public void close() {
      process.close();
    }
  }

  @Test
  void itTakesItsClassesFromTheArchive() throws Exception {
    List<String> command = command(mounted(yaml(1)), null, List.of("-Xlog:class+load"));
    command.add("-V");
    String said = Distribution.said(command.toArray(String[]::new));
    assertThat(said.lines().filter(line -> line.contains(" io.sluice.process.CommandLine source:")))
        .singleElement()
        .asString()
        .contains("shared objects file");
  }

  /** 64 to 1,000 connections, small answers and 1 MiB, dashboard pages beside them. */
  @Test
  void underFullLoadItStaysWithin256MiB() throws Exception {
    int port = freePort();
    try (MemoryGroup group = MemoryGroup.of(256);
        Nginx backend = Nginx.start(directory.resolve("backend"), port);
        Container sluice = start(mounted(yaml(backend.port())), group)) {
      for (Load load :
          List.of(
              new Load(64, "small"),
              new Load(1000, "small"),
              new Load(256, "big"),
              new Load(1000, "big"))) {
        String said =
            Distribution.said(
                "wrk",
                "-t1",
                "-c" + load.connections(),
                "-d6",
                "--timeout",
                "30",
                sluice.proxy().resolve(load.path()).toString());
        assertThat(said).as("%s: %s", load, sluice.said()).contains("requests in");
        assertThat(said).as(load.toString()).doesNotContain("Socket errors", "Non-2xx");
        assertThat(Http.get(sluice.admin().resolve("/login")).statusCode()).isEqualTo(200);
      }
      assertThat(group.kills()).isZero();
      sluice.stop();
      assertThat(sluice.exitCode()).isZero();
    }
  }

  private record Load(int connections, String path) {}

  private static int freePort() throws Exception {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** A backend that answers 130 bytes and 1 MiB. */
  private record Nginx(Process process, int port) implements AutoCloseable {
    static Nginx start(Path directory, int port) throws Exception {
      Path www = Files.createDirectories(directory.resolve("www"));
      Files.write(www.resolve("small"), new byte[130]);
      Files.write(www.resolve("big"), new byte[1024 * 1024]);
      Path file =
          Files.writeString(
              directory.resolve("nginx.conf"),
              """
              user root; daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
              events { worker_connections 4000; }
              http {
                access_log off; keepalive_requests 1000000;
                client_body_temp_path %1$s/1; proxy_temp_path %1$s/2; fastcgi_temp_path %1$s/3;
                uwsgi_temp_path %1$s/4; scgi_temp_path %1$s/5;
                server { listen 127.0.0.1:%2$d backlog=4096; root %1$s/www; }
              }
              """
                  .formatted(directory, port));
      Process nginx;
      try {
        nginx =
            new ProcessBuilder(
                    "env",
                    "PATH=" + System.getenv("PATH") + ":/usr/sbin",
                    "nginx",
                    "-e",
                    directory + "/error.log",
                    "-c",
                    file.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("said").toFile())
                .start();
        new ProcessBuilder("wrk", "-v").start().waitFor();
      } catch (java.io.IOException e) {
        Distribution.missing("this test needs nginx and wrk: " + e.getMessage());
        throw e;
      }
      Nginx started = new Nginx(nginx, port);
      Until.holds(
          "nginx answers: " + Files.readString(directory.resolve("said"), StandardCharsets.UTF_8),
          () -> Http.get(URI.create("http://127.0.0.1:" + port + "/small")).statusCode() == 200);
      return started;
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }
}
