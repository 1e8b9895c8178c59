package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The serving process: start, health, stop. Its only backend answers when the test lets it. */
@Timeout(180)
class ServerIT {
  @TempDir Path directory;
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpServer backend;

  @BeforeEach
  void startBackend() throws IOException {
    backend = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    backend.setExecutor(threads);
    backend.createContext(
        "/",
        exchange -> {
          try (exchange) {
            if (exchange.getRequestURI().getPath().equals("/slow")) {
              arrived.countDown();
              mayAnswer.await();
            }
            byte[] body = "finished".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    backend.start();
  }

  @AfterEach
  void stopBackend() {
    mayAnswer.countDown();
    backend.stop(0);
    threads.close();
  }

  private String yaml(int port, int adminPort, String shutdown) {
    return """
    sluice:
      listeners: [{address: "127.0.0.1:%d"}]
      admin: {address: "127.0.0.1:%d"}
      shutdown: %s
      bootstrap:
        pools:
          - {id: default, backends: ["127.0.0.1:%d"]}
    """
        .formatted(port, adminPort, shutdown, backend.getAddress().getPort());
  }

  private SluiceProcess serving(String shutdown) throws Exception {
    return SluiceProcess.serving(directory, yaml(0, 0, shutdown));
  }

  private static int readiness(SluiceProcess sluice) throws Exception {
    return Http.get(sluice.admin().resolve("/actuator/health/readiness")).statusCode();
  }

  private static int metrics(SluiceProcess sluice) throws Exception {
    return Http.get(
            sluice.admin().resolve("/actuator/prometheus"),
            "Authorization",
            "Bearer " + AdminApi.TOKEN)
        .statusCode();
  }

  @Test
  void bothPlanesAreUpWhenItSaysSo() throws Exception {
    try (SluiceProcess sluice = serving("{}")) {
      assertThat(Http.get(sluice.proxy()).body()).isEqualTo("finished");
      assertThat(readiness(sluice)).isEqualTo(200);
      assertThat(metrics(sluice)).isEqualTo(200);
      assertThat(sluice.stderr().lines()).as("nothing but the one line").hasSize(1);
    }
  }

  @Test
  void idleItEndsAtOnceWith0() throws Exception {
    try (SluiceProcess sluice = serving("{grace: 300s}")) {
      Http.get(sluice.proxy());
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr()).contains("every request was finished");
    }
  }

  @Test
  void aRequestInFlightFinishesAndThenItEnds() throws Exception {
    try (SluiceProcess sluice = serving("{grace: 300s}")) {
      CompletableFuture<HttpResponse<String>> answer =
          Http.getAsync(sluice.proxy().resolve("/slow"));
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
      sluice.kill("TERM");
      Until.holds("readiness to go down", () -> readiness(sluice) == 503);
      mayAnswer.countDown();
      assertThat(answer.get(60, TimeUnit.SECONDS).body()).isEqualTo("finished");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr()).contains("every request was finished");
    }
  }

  @Test
  void whileDrainingNoConnectionIsAccepted() throws Exception {
    try (SluiceProcess sluice = serving("{grace: 300s}")) {
      Http.getAsync(sluice.proxy().resolve("/slow"));
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
      sluice.kill("TERM");
      Until.holds("the listener to close", () -> refusesConnections(sluice.proxy().getPort()));
      assertThat(readiness(sluice)).isEqualTo(503);
      mayAnswer.countDown();
      assertThat(sluice.exitCode()).isZero();
    }
  }

  private static boolean refusesConnections(int port) {
    try (var socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      return !socket.isConnected();
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void theGraceCutsWhatDoesNotFinish() throws Exception {
    try (SluiceProcess sluice = serving("{grace: 200ms}")) {
      CompletableFuture<HttpResponse<String>> answer =
          Http.getAsync(sluice.proxy().resolve("/slow"));
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
      sluice.kill("TERM");
      assertThat(sluice.exitCode()).isZero();
      assertThat(sluice.stderr()).contains("1 request cut at the end of the grace of 200 ms");
      assertThat(answer)
          .failsWithin(60, TimeUnit.SECONDS)
          .withThrowableOfType(ExecutionException.class);
    }
  }

  @Test
  void aLameDuckStillServes() throws Exception {
    try (SluiceProcess sluice = serving("{lame-duck: 1h}")) {
      sluice.kill("TERM");
      Until.holds("readiness to go down", () -> readiness(sluice) == 503);
      assertThat(Http.get(sluice.proxy()).body()).isEqualTo("finished");
      sluice.kill("INT");
      assertThat(sluice.exitCode()).isEqualTo(130);
    }
  }

  @Test
  void sigintEndsAtOnceWhateverIsInFlight() throws Exception {
    try (SluiceProcess sluice = serving("{grace: 300s}")) {
      Http.getAsync(sluice.proxy().resolve("/slow"));
      assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
      sluice.kill("INT");
      assertThat(sluice.exitCode()).isEqualTo(130);
      assertThat(sluice.stderr()).contains("SIGINT: ended at once");
    }
  }

  @Test
  void aTakenAdminPortEndsWith1AndClosesTheProxy() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      String stderr = failedStart(yaml(0, taken.getLocalPort(), "{}"));
      assertThat(stderr)
          .startsWith("sluice: the admin address 127.0.0.1:" + taken.getLocalPort())
          .contains("in use")
          .contains("sluice.admin.address");
      assertThat(stderr.lines()).hasSize(1);
    }
  }

  @Test
  void aTakenListenerPortEndsWith1() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      String stderr = failedStart(yaml(taken.getLocalPort(), 0, "{}"));
      assertThat(stderr)
          .startsWith("sluice: ")
          .contains("127.0.0.1:" + taken.getLocalPort())
          .contains("in use");
      assertThat(stderr.lines()).hasSize(1);
    }
  }

  private String failedStart(String yaml) throws Exception {
    Path file = Files.writeString(directory.resolve("taken.yaml"), yaml);
    try (SluiceProcess sluice = SluiceProcess.run(directory, "-c", file.toString())) {
      assertThat(sluice.exitCode()).isEqualTo(1);
      return sluice.stderr();
    }
  }

  @Test
  void onlyTheNamedFileIsRead() throws Exception {
    Files.writeString(
        directory.resolve("application.yaml"),
        "management: {endpoints: {web: {exposure: {include: health}}}}\n");
    try (SluiceProcess sluice = serving("{}")) {
      assertThat(metrics(sluice)).isEqualTo(200);
    }
  }

  @Test
  void theNamedFileNeedsNoSuffixAndItsSpringSectionsCount() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("sluice.conf"),
            yaml(0, 0, "{}")
                + "management: {endpoint: {health: {show-details: always}}}\n"
                + "logging: {level: {io.sluice: debug}}\n");
    try (SluiceProcess sluice =
        SluiceProcess.run(directory, Map.of(), List.of(), "-c", file.toString()).awaitServing()) {
      assertThat(Http.get(sluice.admin().resolve("/actuator/health")).body())
          .contains("readinessState");
    }
  }
}
