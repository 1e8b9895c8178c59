package io.sluice.proxy.conformance;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.proxy.conformance.AnswerCase.Expected;
import io.sluice.testkit.BackendConnection;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.ScriptedBackend;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Backends are judged as strictly as clients: what they send wrong goes no further. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswersIT {
  private Scene scene;

  @BeforeAll
  void start() throws IOException {
    scene = new Scene();
  }

  @AfterAll
  void stop() throws IOException {
    scene.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({
    "io.sluice.proxy.conformance.AnswerCases#statusLines",
    "io.sluice.proxy.conformance.AnswerCases#fields",
    "io.sluice.proxy.conformance.AnswerCases#framings",
    "io.sluice.proxy.conformance.AnswerCases#bodiless",
    "io.sluice.proxy.conformance.AnswerCases#interim",
    "io.sluice.proxy.conformance.AnswerCases#ends",
    "io.sluice.proxy.conformance.AnswerCases#leftovers"
  })
  void aClientSeesOnlyWhatItCanTrust(AnswerCase c) throws IOException {
    Map<BackendConnection, Integer> mark = scene.mark();
    scene
        .backend()
        .on(
            "/answer",
            conversation -> {
              conversation.request();
              conversation.send(c.bytes());
              switch (c.end()) {
                case CLOSES -> conversation.close();
                case RESETS -> conversation.reset();
                case STAYS -> {
                  // the next request is read
                }
              }
            });
    try (RawClient client = scene.proxy().connect()) {
      client.send(c.request());
      String method = c.request().substring(0, c.request().indexOf(' '));
      switch (c.expected()) {
        case Expected.BadGateway() -> Scene.verifyOwnAnswer(client.read(method), 502);
        case Expected.Passes(int status, String body, var check) -> {
          Response response = client.read(method);
          assertThat(response.status()).isEqualTo(status);
          assertThat(response.complete()).isTrue();
          assertThat(response.body()).isEqualTo(body);
          check.accept(response);
        }
        case Expected.Cut() -> verifyCut(client);
      }
      if (!(c.expected() instanceof Expected.Cut) && !c.request().equals(AnswerCases.GET_10)) {
        verifyNextAnswer(client);
      }
    }
    scene.verifyClean(mark);
  }

  private static void verifyCut(RawClient client) throws IOException {
    try {
      Response response = client.read();
      boolean whole = response.complete() && !(response.untilClose() && client.endsWithReset());
      assertThat(whole).as("%s looks like a whole answer", response).isFalse();
      assertThat(client.readToEnd()).isEmpty();
    } catch (EOFException | SocketException e) {
      assertThat(e).as("not even a head came").isNotNull();
    }
  }

  private static void verifyNextAnswer(RawClient client) throws IOException {
    Response next = client.exchange(head("GET /next HTTP/1.1", "Host: t"));
    assertThat(next.status()).isEqualTo(200);
    assertThat(next.body()).isEqualTo(ScriptedBackend.saw("GET", "/next"));
  }
}
