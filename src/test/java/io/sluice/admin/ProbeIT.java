package io.sluice.admin;

import static io.sluice.admin.ApiPlane.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sluice.os.Descriptors;
import io.sluice.testkit.ProxyDoor;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.TestCertificates;
import io.sluice.testkit.TlsBackend;
import io.sluice.testkit.UnixClient;
import io.sluice.testkit.UnixDoor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Probes of addresses, step by step. */
class ProbeIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private JsonNode probe(String body) throws Exception {
    HttpResponse<String> answer = api.call("POST", "/pools/web/probe", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return json(answer);
  }

  @Test
  void aGoodAddressPassesEveryStep() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      JsonNode report = probe("{\"address\":\"127.0.0.1:%d\"}".formatted(port));
      assertThat(report.path("ok").asBoolean()).as(report.toString()).isTrue();
      assertThat(report.path("steps").size()).isEqualTo(3);
      assertThat(report.path("steps").get(2).path("detail").asString()).isEqualTo("status 204");
      JsonNode named = probe("{\"address\":\"localhost:%d\"}".formatted(port));
      assertThat(named.path("ok").asBoolean()).as(named.toString()).isTrue();
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aUnixSocketIsProbedToo(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("app.sock");
    String body = "{\"address\":\"unix:%s\"}".formatted(path);
    JsonNode missing = probe(body);
    assertThat(missing.path("steps").size()).isEqualTo(1);
    assertThat(missing.path("steps").get(0).path("error").asString())
        .isEqualTo("No such file or directory");
    try (ScriptedBackend backend = ScriptedBackend.start();
        UnixDoor door = UnixDoor.open(path, backend.port())) {
      assertThat(door).isNotNull();
      JsonNode report = probe(body);
      assertThat(report.path("ok").asBoolean()).as(report.toString()).isTrue();
      assertThat(report.path("steps").get(1).path("detail").asString()).isEqualTo("status 200");
      assertThat(backend.connections().getFirst().received()).contains("Host: localhost\r\n");
    }
  }

  @Test
  void aProbeBeginsWithThePoolsProxyHeader(@TempDir Path directory) throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    try (ScriptedBackend plain = ScriptedBackend.start();
        ProxyDoor door = ProxyDoor.open(plain.port());
        TlsBackend secure = TlsBackend.start("b1", certificates.forName("localhost"));
        ProxyDoor before = ProxyDoor.open(secure.port())) {
      api.call("PATCH", "/pools/web", "{\"proxyProtocol\":\"v1\"}", "If-Match", "*");
      JsonNode report = probe("{\"address\":\"127.0.0.1:%d\"}".formatted(door.port()));
      assertThat(report.path("ok").asBoolean()).as(report.toString()).isTrue();
      assertThat(door.headers()).containsExactly("PROXY UNKNOWN");
      String tls =
          "{\"proxyProtocol\":\"v2\",\"tls\":{\"enabled\":true,\"ca\":\"%s\"}}"
              .formatted(certificates.authorityFile());
      api.call("PATCH", "/pools/web", tls, "If-Match", "*");
      report = probe("{\"address\":\"localhost:%d\"}".formatted(before.port()));
      assertThat(report.path("ok").asBoolean()).as(report.toString()).isTrue();
      assertThat(before.headers()).containsExactly("20000000");
    }
  }

  @Test
  void aBackendAtAUnixSocketIsAddedByItsPath() throws Exception {
    HttpResponse<String> added =
        api.call("POST", "/pools/web/backends", "{\"address\":\"unix:/run/app/http.sock\"}");
    assertThat(added.statusCode()).as(added.body()).isEqualTo(201);
    assertThat(json(added).path("address").asString()).isEqualTo("unix:/run/app/http.sock");
    assertThat(json(added).path("id").asString()).isEqualTo("run-app-http-sock");
    HttpResponse<String> relative =
        api.call("POST", "/pools/web/backends", "{\"address\":\"unix:app.sock\"}");
    assertThat(relative.statusCode()).isEqualTo(422);
    assertThat(relative.body()).contains("'unix:app.sock' has no absolute path");
  }

  @Test
  void tlsOverAUnixSocketIsProbedToo(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("app.sock");
    TestCertificates certificates = new TestCertificates(directory);
    try (TlsBackend backend = TlsBackend.start("b1", certificates.forName("app.example"));
        UnixDoor door = UnixDoor.open(path, backend.port())) {
      assertThat(door).isNotNull();
      String body =
          "{\"address\":\"unix:%s\",\"tls\":{\"enabled\":true,\"sni\":\"%s\",\"ca\":\"%s\"}}";
      JsonNode report = probe(body.formatted(path, "app.example", certificates.authorityFile()));
      assertThat(report.path("ok").asBoolean()).as(report.toString()).isTrue();
      assertThat(report.path("steps").get(1).path("detail").asString()).contains("TLSv1.3; ");
      assertThat(backend.seen().getFirst().sni()).isEqualTo("app.example");
      JsonNode wrong = probe(body.formatted(path, "other.example", certificates.authorityFile()));
      assertThat(wrong.path("steps").get(1).path("step").asString()).isEqualTo("tls");
      assertThat(wrong.path("steps").get(1).path("error").asString()).contains("other.example");
    }
  }

  @Test
  void aUnixSocketWithAFullQueueEndsTheProbeInTime(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("full.sock");
    int full = Descriptors.listen(UnixDomainSocketAddress.of(path), 0, 0600);
    try (UnixClient waiting = UnixClient.connect(path)) {
      assertThat(waiting).isNotNull();
      JsonNode report = probe("{\"address\":\"unix:%s\"}".formatted(path));
      assertThat(report.path("steps").get(0).path("error").asString())
          .containsAnyOf("no answer within", "Resource temporarily unavailable");
    } finally {
      Descriptors.close(full);
    }
  }

  @Test
  void theStepThatFailsIsTheLastOne() throws Exception {
    JsonNode report = json(api.call("POST", "/pools/web/backends/a/check", null));
    assertThat(report.path("ok").asBoolean(true)).isFalse();
    assertThat(report.path("steps").get(1).path("step").asString()).isEqualTo("tcp");
    assertThat(report.path("steps").get(1).path("error").asString()).contains("refused");
  }

  @Test
  void aServerThatIsSilentEndsTheProbe() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      JsonNode report = probe("{\"address\":\"127.0.0.1:%d\"}".formatted(silent.getLocalPort()));
      assertThat(report.path("steps").get(2).path("error").asString()).contains("no answer within");
    }
  }

  @Test
  void probesBeyondSixteenAtOnceAreRefused() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> running = new ArrayList<>();
    try (ServerSocket silent = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
      String body = "{\"address\":\"127.0.0.1:%d\"}".formatted(silent.getLocalPort());
      List<Socket> accepted = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        running.add(
            api.client.sendAsync(
                api.request("POST", "/pools/web/probe", body).build(),
                HttpResponse.BodyHandlers.ofString()));
      }
      for (int i = 0; i < 16; i++) {
        accepted.add(silent.accept());
      }
      HttpResponse<String> refused = api.call("POST", "/pools/web/probe", body);
      ApiPlane.isProblem(refused, 429, "too-many-probes");
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      for (Socket socket : accepted) {
        socket.close();
      }
    }
    for (CompletableFuture<HttpResponse<String>> probe : running) {
      assertThat(probe.get().statusCode()).as(probe.get().body()).isEqualTo(200);
    }
    assertThat(api.call("POST", "/pools/web/backends/a/check", null).statusCode()).isEqualTo(200);
  }

  @Test
  void aDeniedAddressIsNotTried() throws Exception {
    JsonNode report = probe("{\"address\":\"169.254.169.254:80\"}");
    assertThat(report.path("ok").asBoolean(true)).isFalse();
    assertThat(report.path("steps").size()).isEqualTo(1);
    assertThat(report.path("steps").get(0).path("error").asString())
        .contains("169.254.169.254:80", "backend-addresses.deny");
  }
}
