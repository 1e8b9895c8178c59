package io.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.sluice.testing.Until;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** HAProxy or nginx as Debian packages them, to have somebody else's word for it. */
public final class OtherProxy implements AutoCloseable {
  private final Process process;

  private OtherProxy(Process process) {
    this.process = process;
  }

  /** Starts HAProxy; the test is skipped where it is not installed, but not in CI. */
  public static OtherProxy haproxy(Path directory, String configuration, int port)
      throws Exception {
    Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration);
    return start(directory, port, program("haproxy", "haproxy"), "-db", "-f", file.toString());
  }

  /** Starts nginx with the contents of its http section, likewise. */
  public static OtherProxy nginx(Path directory, String http, int port) throws Exception {
    String user = "root".equals(System.getProperty("user.name")) ? "user root;" : "";
    Path file =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            %s
            daemon off;
            worker_processes 1;
            pid %s/pid;
            error_log %s/error.log;
            events {}
            http {
              access_log off;
              client_body_temp_path %s/body;
              proxy_temp_path %s/proxy;
              fastcgi_temp_path %s/fastcgi;
              uwsgi_temp_path %s/uwsgi;
              scgi_temp_path %s/scgi;
              %s
            }
            """
                .replace("%s/", directory + "/")
                .formatted(user, http));
    return start(
        directory,
        port,
        program("nginx", "nginx-light"),
        "-p",
        directory.toString(),
        "-c",
        file.toString());
  }

  private static String program(String name, String debianPackage) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
        .map(dir -> Path.of(dir, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .orElseGet(() -> missing(name, debianPackage));
  }

  private static String missing(String name, String debianPackage) {
    if ("true".equals(System.getenv("CI"))) {
      throw new AssertionError(name + " is missing: install Debian's package " + debianPackage);
    }
    System.err.println("SKIPPED: nothing is tried with " + name + ", which is not installed");
    return abort(name + " is not installed");
  }

  private static OtherProxy start(Path directory, int port, String... command) throws Exception {
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    OtherProxy started = new OtherProxy(process);
    try {
      Until.holds(command[0] + " to listen", () -> listens(process, output, port));
      return started;
    } catch (Throwable e) {
      started.close();
      throw e;
    }
  }

  private static boolean listens(Process process, Path output, int port) throws IOException {
    if (!process.isAlive()) {
      throw new AssertionError(Files.readString(output));
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Ports that nobody listens on. */
  public static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    List<Integer> ports = held.stream().map(ServerSocket::getLocalPort).toList();
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
  }
}
