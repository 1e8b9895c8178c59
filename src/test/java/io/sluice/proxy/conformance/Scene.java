package io.sluice.proxy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testkit.Await;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.LenientReader;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ReadRequest;
import io.sluice.testkit.RequestReader;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.StrictReader;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One proxy before one recording backend, and the rules that hold whatever a client or a backend
 * does:
 *
 * <ul>
 *   <li>what the backend got is strictly valid, a last message that was cut off aside;
 *   <li>servers that read leniently, each in its own way, see the same requests;
 *   <li>no request that was hidden in another one arrives;
 *   <li>requests on fresh connections afterwards get their own answers.
 * </ul>
 */
final class Scene implements AutoCloseable {
  /** What attacks try to get through: it must never arrive as a request of its own. */
  static final String SMUGGLED = Wire.head("GET /smuggled HTTP/1.1", "Host: t", "X-Smuggled: 1");

  private static final String CANARY = "/canary-";

  private final ScriptedBackend backend;
  private final RunningProxy proxy;
  private int canaries;

  Scene() throws IOException {
    backend = ScriptedBackend.start();
    proxy = new ProxySetup().pool("default", backend.port()).start();
  }

  ScriptedBackend backend() {
    return backend;
  }

  RunningProxy proxy() {
    return proxy;
  }

  Map<BackendConnection, Integer> mark() {
    return backend.mark();
  }

  /** The rules that always hold, for everything since the mark. */
  void verifyClean(Map<BackendConnection, Integer> mark) throws IOException {
    canary();
    canary();
    for (String bytes : backend.since(mark)) {
      RequestReader.Reading strict = new StrictReader().read(bytes);
      assertThat(strict.invalid()).as("the backend got %s", Wire.show(bytes)).isNull();
      for (LenientReader reader : LenientReader.values()) {
        assertThat(reader.read(bytes).essence())
            .as("%s sees the same in %s", reader, Wire.show(bytes))
            .isEqualTo(strict.essence());
      }
      assertThat(strict.requests())
          .noneMatch(r -> r.target().contains("smuggled") || r.has("X-Smuggled"))
          .allMatch(r -> r.version().equals("HTTP/1.1"));
    }
  }

  private void canary() throws IOException {
    String target = CANARY + ++canaries;
    Response response = proxy.once(Wire.head("GET " + target + " HTTP/1.1", "Host: t"));
    assertThat(response.status()).as("the canary's own answer").isEqualTo(200);
    assertThat(response.body()).isEqualTo(ScriptedBackend.saw("GET", target));
  }

  /** The whole requests since the mark, canaries left out. */
  List<ReadRequest> forwardedSince(Map<BackendConnection, Integer> mark) {
    List<ReadRequest> requests = new ArrayList<>(backend.requestsSince(mark));
    requests.removeIf(r -> r.target().startsWith(CANARY));
    return requests;
  }

  /** Plays a case. */
  void play(RequestCase c) throws IOException {
    Map<BackendConnection, Integer> mark = mark();
    int reported = proxy.reported().size();
    switch (c.expected()) {
      case RequestCase.Expected.Forwarded(String body, var check) -> {
        playForwarded(c);
        List<ReadRequest> got = forwardedSince(mark);
        assertThat(got).hasSize(1);
        assertThat(got.getFirst().body()).isEqualTo(body);
        check.accept(got.getFirst());
      }
      case RequestCase.Expected.Refused(int status, boolean untouched) -> {
        playRefused(c, status);
        awaitReport(reported);
        assertThat(forwardedSince(mark)).isEmpty();
        if (untouched) {
          assertThat(backend.since(mark)).isEmpty();
        }
      }
      case RequestCase.Expected.Cut() -> {
        playCut(c);
        awaitReport(reported);
        assertThat(forwardedSince(mark)).isEmpty();
      }
    }
    verifyClean(mark);
  }

  private void awaitReport(int before) {
    Await.until(() -> proxy.reported().size() > before, "the request's end is reported");
  }

  private void playForwarded(RequestCase c) throws IOException {
    try (RawClient client = proxy.connect()) {
      client.send(c.bytes());
      String method = c.bytes().strip().split(" ", 2)[0];
      Response response = client.read(method);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.complete()).isTrue();
      if (!method.equals("HEAD")) {
        assertThat(response.body()).startsWith("saw " + method);
      }
      client.halfClose();
      assertThat(client.readToEnd()).as("nothing behind the answer").isEmpty();
    }
  }

  private void playRefused(RequestCase c, int status) throws IOException {
    try (RawClient client = proxy.connect()) {
      client.offer(c.bytes());
      Response response = client.read("GET");
      verifyOwnAnswer(response, status);
      assertThat(response.saysClose()).as("Connection: close").isTrue();
      assertThat(client.readToEnd()).as("nothing behind the answer").isEmpty();
    }
  }

  /** What holds for every answer that Sluice makes by itself. */
  static void verifyOwnAnswer(Response response, int status) {
    assertThat(response.status()).isEqualTo(status);
    assertThat(response.complete()).isTrue();
    assertThat(response.value("X-Request-Id")).matches("[0-9a-f]{32}");
    assertThat(response.has("Date")).isTrue();
    assertThat(response.value("Content-Type")).startsWith("text/plain");
    assertThat(response.body()).isNotBlank().doesNotContain("Exception", "\tat ", "io.sluice");
  }

  private void playCut(RequestCase c) throws IOException {
    try (RawClient client = proxy.connect()) {
      client.send(c.bytes()).halfClose();
      String answer = client.readToEnd();
      assertThat(answer)
          .satisfiesAnyOf(
              a -> assertThat(a).isEmpty(), a -> assertThat(a).startsWith("HTTP/1.1 400 "));
    }
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    backend.close();
  }
}
