package io.sluice.process;

import io.sluice.config.InvalidConfigurationException;
import io.sluice.config.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A start for the JVM to learn from: it records what is loaded and run here, and {@code bin/sluice
 * --make-cache} keeps that as the cache of later starts. Both planes serve a private configuration
 * on loopback ports that the system chooses, answer a few requests and end in order.
 *
 * <p>What is not rehearsed still works and is only slower the first time. So it holds what nearly
 * every start does and leaves out what few do: each class more is loaded by every start.
 */
public final class Rehearsal {
  /** Something hangs; a build must not. */
  private static final Duration LONGEST = Duration.ofMinutes(5);

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int REQUESTS = 20;
  private static final int POOLS = 100;

  private Rehearsal() {}

  /** Exits with 0 when all was as it should be. */
  public static void main(String[] arguments) throws Exception {
    Thread.ofPlatform().daemon().name("rehearsal-end").start(Rehearsal::endLate);
    Path directory = Files.createTempDirectory("sluice-rehearsal");
    try (ServerSocket backend = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofPlatform().daemon().name("rehearsal-backend").start(() -> answer(backend));
      perform(directory, backend.getLocalPort());
    } catch (IOException | StartException | InvalidConfigurationException | RuntimeException e) {
      e.printStackTrace();
      remove(directory);
      Runtime.getRuntime().halt(ExitCode.FAILED.value());
    }
  }

  /** The steps of a start from the command line, then requests, then the end. */
  private static void perform(Path directory, int backend)
      throws IOException, StartException, InvalidConfigurationException, InterruptedException {
    Path yaml = Files.writeString(directory.resolve("sluice.yaml"), yaml(directory, backend));
    CommandLine.parse(List.of("-c", yaml.toString()));
    Logs.start(null);
    Signals signals = Signals.open();
    ConfigurationFile file = ConfigurationFile.read(yaml.toString());
    List<Problem> problems = ConfigurationCheck.beforeStart(file);
    if (!problems.isEmpty()) {
      throw new IOException("the configuration is refused: " + problems);
    }
    Surroundings around = Surroundings.bare(signals, new Terminal(false));
    Server server = Server.start(file, null, around, Sockets.NONE, () -> remove(directory));
    InetSocketAddress proxy = (InetSocketAddress) server.addresses().getFirst();
    for (int i = 0; i < REQUESTS; i++) {
      expectOk(proxy, "/");
    }
    URI admin = URI.create(server.adminUrl());
    InetSocketAddress plane = new InetSocketAddress(admin.getHost(), admin.getPort());
    expectOk(plane, "/actuator/health/readiness");
    expectOk(plane, "/login"); // what draws pages is the slowest to learn
    end();
  }

  /** The way every process ends: by a signal from outside. */
  private static void end() throws IOException, InterruptedException {
    String pid = Long.toString(ProcessHandle.current().pid());
    Process kill = new ProcessBuilder("kill", "-s", "TERM", pid).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("kill ends with " + kill.exitValue());
    }
  }

  private static void endLate() {
    try {
      TimeUnit.NANOSECONDS.sleep(LONGEST.toNanos());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("the rehearsal takes longer than " + LONGEST.toSeconds() + " s");
    Runtime.getRuntime().halt(ExitCode.FAILED.value());
  }

  /** The kinds of things that most configurations have. */
  private static String yaml(Path directory, int backend) {
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        """
        sluice:
          listeners: [{address: "127.0.0.1:0"}]
          admin: {address: "127.0.0.1:0"}
          store: {path: "%s"}
          access-log: {target: stdout}
          bootstrap:
            pools:
              - id: default
                algorithm: round-robin
                health-check: {type: tcp, interval: 1s}
                backends: ["127.0.0.1:%d"]
              - id: secure
                tls: {enabled: true, sni: backend.test}
                backends: ["127.0.0.1:%d"]
        """
            .formatted(directory.resolve("sluice.db"), backend, backend));
    for (int i = 0; i < POOLS; i++) {
      yaml.append(
          "      - {id: p%d, backends: [{id: b, address: \"127.0.0.1:%d\"}]}\n"
              .formatted(i, backend));
    }
    yaml.append("    routes:\n");
    for (int i = 0; i < POOLS; i++) {
      yaml.append("      - {id: r%d, match: {path: /p%d}, pool: p%d}\n".formatted(i, i, i));
    }
    return yaml.append(
            """
                  - id: default
                    match: {path: "/**"}
                    pool: default
                    request-headers: {set: {X-Rehearsal: "1"}}
            """)
        .toString();
  }

  private static void expectOk(InetSocketAddress address, String path) throws IOException {
    try (Socket client = new Socket()) {
      client.setSoTimeout((int) PATIENCE.toMillis());
      client.connect(address, (int) PATIENCE.toMillis());
      String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!answer.startsWith("HTTP/1.1 200 ")) {
        throw new IOException(path + " at " + address + " is answered with: " + answer);
      }
    }
  }

  /** A backend that answers one request on each connection. */
  private static void answer(ServerSocket backend) {
    byte[] answer =
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
            .getBytes(StandardCharsets.US_ASCII);
    while (!backend.isClosed()) {
      try (Socket client = backend.accept()) {
        if (client.getInputStream().read(new byte[8192]) > 0) {
          client.getOutputStream().write(answer);
        }
      } catch (IOException e) {
        if (!backend.isClosed()) {
          System.err.println("the rehearsal's backend: " + e);
        }
      }
    }
  }

  private static void remove(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.err.println("the rehearsal leaves " + directory + " behind: " + e);
    }
  }
}
