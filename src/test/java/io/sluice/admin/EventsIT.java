package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.Until;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The event stream, over real connections. */
class EventsIT {
  private ApiPlane api;

  @BeforeEach
  void start() throws Exception {
    api = new ApiPlane();
  }

  @AfterEach
  void stop() {
    api.close();
  }

  /** A client that reads one event after the other. */
  private final class Reader implements AutoCloseable {
    private final BufferedReader lines;

    Reader(String query, String... fields) throws Exception {
      HttpRequest.Builder request = api.request("/api/v1/events" + query);
      if (fields.length > 0) {
        request.headers(fields);
      }
      HttpResponse<java.io.InputStream> answer =
          api.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      assertThat(answer.statusCode()).isEqualTo(200);
      lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    /** The next event's fields; comments are passed over. */
    Map<String, String> next() throws Exception {
      Map<String, String> event = new HashMap<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty() && !event.isEmpty()) {
          return event;
        }
        int colon = line.indexOf(": ");
        if (colon > 0) {
          event.put(line.substring(0, colon), line.substring(colon + 2));
        }
      }
      throw new AssertionError("the stream has ended");
    }

    Map<String, String> next(String name) throws Exception {
      Map<String, String> event = next();
      while (!name.equals(event.get("event"))) {
        event = next();
      }
      return event;
    }

    @Override
    public void close() throws Exception {
      lines.close();
    }
  }

  private void change(int weight) throws Exception {
    api.call(
        "PATCH", "/pools/web/backends/a", "{\"weight\":%d}".formatted(weight), "If-Match", "*");
  }

  @Test
  void aSnapshotComesFirstThenWhatHappens() throws Exception {
    try (Reader events = new Reader("?topics=stats,backend,config,operation")) {
      Map<String, String> first = events.next();
      assertThat(first.get("event")).isEqualTo("snapshot");
      assertThat(first.get("data")).contains("\"id\":\"a\"");
      change(7);
      assertThat(events.next("config").get("data")).contains("\"number\":2");
      assertThat(events.next("backend").get("data")).contains("\"weight\":7");
      api.call("POST", "/pools/web/backends/b/drain", null);
      assertThat(events.next("operation").get("data")).contains("\"backend\":\"b\"");
      assertThat(events.next("stats").get("data")).contains("\"total\"");
    }
  }

  @Test
  void aClientThatWasAwayGetsWhatItMissed() throws Exception {
    String id;
    try (Reader events = new Reader("?topics=config")) {
      events.next("snapshot");
      change(7);
      id = Objects.requireNonNull(events.next("config").get("id"));
    }
    change(8);
    change(9);
    try (Reader events = new Reader("?topics=config", "Last-Event-ID", id)) {
      assertThat(events.next().get("data")).contains("\"number\":3");
      assertThat(events.next().get("data")).contains("\"number\":4");
    }
  }

  @Test
  void aClientOfAnotherStartBeginsAnew() throws Exception {
    try (Reader events = new Reader("?topics=config", "Last-Event-ID", "other-7")) {
      assertThat(events.next().get("event")).isEqualTo("reset");
      assertThat(events.next().get("event")).isEqualTo("snapshot");
    }
  }

  @Test
  void unknownTopicsAreRefusedAndTheAuditIsForAdmins() throws Exception {
    assertThat(api.get("/events?topics=all").statusCode()).isEqualTo(400);
    HttpRequest.Builder viewer =
        HttpRequest.newBuilder(
                java.net.URI.create(
                    "http://127.0.0.1:" + api.port() + "/api/v1/events?topics=audit"))
            .header("Authorization", "Bearer " + api.tokens.get(Role.VIEWER));
    assertThat(api.send(viewer).statusCode()).isEqualTo(403);
  }

  @Test
  void theStreamEndsWithItsToken() throws Exception {
    try (Reader events = new Reader("?topics=config")) {
      events.next("snapshot");
      String id =
          api.accounts.tokens().stream()
              .filter(token -> token.role().equals("admin"))
              .findFirst()
              .orElseThrow()
              .id();
      assertThat(api.call("DELETE", "/tokens/" + id, null, "If-Match", "*").statusCode())
          .isEqualTo(204);
      Until.holds("the end of the stream", () -> events.lines.readLine() == null);
    }
  }

  @Test
  void aSlowClientLosesFramesAndNoMemory() throws Exception {
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), api.port())) {
      slow.setReceiveBufferSize(4096);
      slow.getOutputStream()
          .write(
              ("GET /api/v1/events?topics=config HTTP/1.1\r\nHost: localhost\r\nAuthorization:"
                      + " Bearer "
                      + api.tokens.get(Role.ADMIN)
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(slow.getInputStream(), StandardCharsets.UTF_8), 256);
      Until.holds("the snapshot", () -> lines.readLine().startsWith("event: snapshot"));
      String reason = "x".repeat(480);
      int sent = 0;
      // Far more than all buffers on the way hold, and the queue after them.
      for (int i = 0; i < 20_000; i++) {
        sent++;
        api.reconciler.announce(reason);
      }
      slow.setReceiveBufferSize(1 << 20); // fast from here on
      slow.setSoTimeout((int) Until.DEADLINE.toMillis());
      int events = 0;
      String line = lines.readLine();
      while (line != null && !line.startsWith("event: dropped")) {
        events += line.startsWith("event: config") ? 1 : 0;
        line = lines.readLine();
      }
      assertThat(line).as("a frame that tells of lost ones").isNotNull();
      assertThat(events).isPositive();
      assertThat(events).isLessThan(sent);
    }
  }
}
