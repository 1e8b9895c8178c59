package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Configuration;
import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.control.ConfigChange;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.testing.Until;
import io.sluice.testkit.Wire;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The event stream, over real connections. */
class EventsIT {
  private static final int MANY = 2_000;
  private static final int PILE = 8;

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
        HttpRequest.newBuilder(api.uri("/api/v1/events?topics=audit"))
            .header("Authorization", "Bearer " + api.tokenOf(Role.VIEWER));
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

  /** A stream that nobody reads unless the test does. */
  private Socket stream(String topic, int receiveBuffer) throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(receiveBuffer);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
    socket.setSoTimeout((int) Until.DEADLINE.toMillis());
    String head =
        Wire.head(
            "GET /api/v1/events?topics=" + topic + " HTTP/1.1",
            "Host: localhost",
            "Authorization: Bearer " + api.tokenOf(Role.ADMIN));
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static BufferedReader lines(Socket socket) throws Exception {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8), 256);
  }

  /** Makes a change by the real way, with a reason that has this length. */
  private void submit(String yaml, int reason) throws Exception {
    Snapshot next = SnapshotDocument.fromYaml(yaml);
    Change why = new Change(Actor.FILE, "test", "change", "x".repeat(reason), null);
    assertThat(api.reconciler.submit(new ConfigChange(now -> next, why, true)).get().changed())
        .isTrue();
  }

  private static String manyBackends() {
    StringBuilder yaml = new StringBuilder("pools:\n  - id: web\n    backends:\n");
    for (int i = 0; i < MANY; i++) {
      yaml.append("      - {id: m%d, address: \"127.0.0.1:%d\"}\n".formatted(i, 20_000 + i));
    }
    return yaml.toString();
  }

  /** Every frame is either received or counted as lost, and few wait. */
  @Test
  void aSlowClientLosesFramesAndNoMemory() throws Exception {
    EventFeed feed = api.plane.part(EventFeed.class, "eventFeed");
    try (Socket slow = stream("config,backend", 4096);
        Reader fast = new Reader("?topics=config")) {
      BufferedReader lines = lines(slow);
      Until.holds("the snapshot", () -> lines.readLine().startsWith("event: snapshot"));
      int sent = 0;
      // Each frame waits until the fast client has the one before: what piles up is the slow one's.
      while (feed.longestQueue() < PILE) {
        sent++;
        submit(ApiPlane.SEED.replace("pool: web}", "pool: web, priority: " + sent + "}"), 60_000);
        fast.next("config");
        assertThat(sent).as("frames that all buffers on the way hold").isLessThan(2_000);
      }
      submit(manyBackends(), 1);
      sent += 1 + MANY + 2;
      Until.holds("a full queue", () -> feed.longestQueue() == EventClient.MOST_FRAMES);
      submit(manyBackends().replace("20000", "19999"), 1);
      sent += 1 + 1;
      fast.next("config");
      fast.next("config");
      assertThat(feed.longestQueue()).isEqualTo(EventClient.MOST_FRAMES);

      int received = 0;
      String line = lines.readLine();
      while (line != null && !line.startsWith("event: dropped")) {
        received += line.startsWith("event: ") ? 1 : 0;
        line = lines.readLine();
      }
      assertThat(line).as("a frame that tells of lost ones").isNotNull();
      String lost = lines.readLine().replaceAll("[^0-9]", "");
      assertThat(Integer.parseInt(lost)).isGreaterThan(MANY - EventClient.MOST_FRAMES);
      assertThat(received + Integer.parseInt(lost)).isEqualTo(sent);
    }
  }

  @Test
  void aSilentStreamShowsThatItLives() throws Exception {
    assertThat(EventFeed.HEARTBEAT).isEqualTo(Duration.ofSeconds(15));
    api.close();
    api =
        new ApiPlane(
            Configuration.Mode.MANAGED,
            SnapshotDocument.fromYaml(ApiPlane.SEED),
            Duration.ofMillis(250));
    try (Reader events = new Reader("?topics=config")) {
      events.next("snapshot");
      for (int i = 0; i < 2; i++) {
        assertThat(events.lines.readLine()).isEqualTo(": heartbeat");
        assertThat(events.lines.readLine()).isEmpty();
      }
    }
  }

  @Test
  void streamsBeyondTheMostAreRefusedUntilOneEnds() throws Exception {
    Deque<Socket> open = new ArrayDeque<>();
    try {
      for (int i = 0; i < EventFeed.MOST_CLIENTS; i++) {
        Socket socket = stream("config", 4096);
        open.push(socket);
        assertThat(lines(socket).readLine()).startsWith("HTTP/1.1 200");
      }
      ApiPlane.isProblem(api.get("/events?topics=config"), 503, "too-many-streams");
      open.pop().close();
      Until.holds(
          "room for another stream",
          () -> {
            try (Socket socket = stream("config", 4096)) {
              return lines(socket).readLine().startsWith("HTTP/1.1 200");
            }
          });
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }
}
