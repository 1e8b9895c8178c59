package io.sluice.admin;

import static io.sluice.admin.ApiPlane.isProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.control.ConfigChange;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.testkit.Await;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that are repeated with a key. */
class IdempotencyIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void aRepeatedCallGetsTheSameAnswerAndChangesNothingTwice() throws Exception {
    String body = "{\"address\":\"127.0.0.1:9003\"}";
    HttpResponse<String> first =
        api.call("POST", "/pools/web/backends", body, "Idempotency-Key", "k1");
    HttpResponse<String> second =
        api.call("POST", "/pools/web/backends", body, "Idempotency-Key", "k1");
    assertThat(first.statusCode()).as(first.body()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(201);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(first.headers().firstValue("Idempotency-Replayed")).isEmpty();
    assertThat(second.headers().firstValue("Idempotency-Replayed")).hasValue("true");
    assertThat(second.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
    assertThat(second.headers().firstValue("Config-Revision")).hasValue("2");
    isProblem(
        api.call(
            "POST",
            "/pools/web/backends",
            "{\"address\":\"127.0.0.1:9004\"}",
            "Idempotency-Key",
            "k1"),
        422,
        "idempotency-key-reused");
    isProblem(api.call("POST", "/pools/web/backends", body), 409, "backend-exists");
  }

  @Test
  void aRefusedCallCanBeRepeatedWithItsKey() throws Exception {
    String body = "{\"id\":\"web\"}";
    isProblem(api.call("POST", "/pools", body, "Idempotency-Key", "k"), 409, "pool-exists");
    api.call("DELETE", "/routes/all", null, "If-Match", "*");
    api.call("DELETE", "/pools/web", null, "If-Match", "*");
    HttpResponse<String> made = api.call("POST", "/pools", body, "Idempotency-Key", "k");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    assertThat(made.headers().firstValue("Idempotency-Replayed")).isEmpty();
  }

  @Test
  void aKeyIsOneCallersForOnePath() throws Exception {
    String body = "{\"id\":\"new\"}";
    assertThat(api.call("POST", "/pools", body, "Idempotency-Key", "k").statusCode())
        .isEqualTo(201);
    HttpResponse<String> elsewhere =
        api.call("POST", "/routes", "{\"id\":\"new\",\"pool\":\"new\"}", "Idempotency-Key", "k");
    assertThat(elsewhere.statusCode()).as(elsewhere.body()).isEqualTo(201);
    for (String wrong : List.of("", "with space", "x".repeat(256))) {
      isProblem(api.call("POST", "/pools", body, "Idempotency-Key", wrong), 400, "idempotency-key");
    }
  }

  @Test
  void whileTheFirstCallIsNotAnsweredTheSecondIsRefused() throws Exception {
    String body = "{\"address\":\"127.0.0.1:9003\"}";
    String path = "/pools/web/backends";
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    // The thread that makes changes has something else to do, so the first call waits for it.
    var busy =
        api.reconciler.submit(
            new ConfigChange(
                inForce -> {
                  begun.countDown();
                  Await.latch(end, "the test lets changes go on");
                  return inForce.snapshot();
                },
                new Change(Actor.FILE, "test", "wait", null, null),
                false));
    Await.latch(begun, "the change begins");
    try {
      HttpRequest call = api.request("POST", path, body, "Idempotency-Key", "k").build();
      var one = api.client.sendAsync(call, HttpResponse.BodyHandlers.ofString());
      var two = api.client.sendAsync(call, HttpResponse.BodyHandlers.ofString());
      CompletableFuture.anyOf(one, two).get();
      isProblem((one.isDone() ? one : two).get(), 409, "idempotency-key-in-progress");
      var first = one.isDone() ? two : one;
      assertThat(first.isDone()).isFalse();

      end.countDown();
      HttpResponse<String> answer = first.get();
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
      HttpResponse<String> again = api.call("POST", path, body, "Idempotency-Key", "k");
      assertThat(again.statusCode()).isEqualTo(201);
      assertThat(again.headers().firstValue("Idempotency-Replayed")).hasValue("true");
      assertThat(busy.get().changed()).isFalse();
    } finally {
      end.countDown();
    }
  }
}
