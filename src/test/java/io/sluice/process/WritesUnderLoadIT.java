package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Many writes to a Sluice that carries traffic at the same time. */
class WritesUnderLoadIT {
  /** More by {@code -Dsluice.writes=12000}. */
  private static final int WRITES = Integer.getInteger("sluice.writes", 600);

  private static final int WRITERS = 3;
  private static final int CLIENTS = 4;
  private static final int MOST_WEIGHT = 100;

  @TempDir private Path directory;

  @Test
  void noRequestFailsAndNoWriteIsLost() throws Exception {
    try (ScriptedBackend one = ScriptedBackend.start("one");
        ScriptedBackend two = ScriptedBackend.start("two");
        SluiceProcess sluice = start(one, two);
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + CLIENTS)) {
      AdminApi api = AdminApi.of(sluice);
      long before = api.get("/status").path("revision").path("number").asLong();
      AtomicBoolean writing = new AtomicBoolean(true);
      List<Future<Integer>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(threads.submit(client(sluice.proxy(), writing)));
      }
      List<Future<Integer>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        writers.add(threads.submit(writer(sluice, i)));
      }
      List<Integer> last = new ArrayList<>();
      for (Future<Integer> writer : writers) {
        last.add(writer.get());
      }
      writing.set(false);
      for (Future<Integer> client : clients) {
        assertThat(client.get()).as("requests of a client while it was written").isPositive();
      }
      assertThat(api.get("/status").path("revision").path("number").asLong())
          .as("a revision for each write")
          .isEqualTo(before + (long) WRITES / WRITERS * WRITERS);
      for (int i = 0; i < WRITERS; i++) {
        assertThat(api.get(path(i)).path("weight").asInt()).isEqualTo(last.get(i));
      }
      List<JsonNode> revisions = api.all("/revisions");
      for (int i = 0; i < revisions.size(); i++) {
        assertThat(revisions.get(i).path("number").asLong())
            .isEqualTo(revisions.getFirst().path("number").asLong() - i);
      }
    }
  }

  /** The last writer changes the pool that serves, the others one of their own. */
  private static String path(int writer) {
    return "/pools/" + (writer == WRITERS - 1 ? "default" : "w" + writer) + "/backends/a";
  }

  private SluiceProcess start(ScriptedBackend one, ScriptedBackend two) throws Exception {
    StringBuilder pools = new StringBuilder();
    for (String pool : List.of("default", "w0", "w1")) {
      pools.append(
          """
              - id: %s
                backends:
                  - {id: a, address: "127.0.0.1:%d", weight: 1}
                  - {id: b, address: "127.0.0.1:%d"}
          """
              .formatted(pool, one.port(), two.port())
              .indent(2));
    }
    Path file =
        Files.writeString(
            directory.resolve("sluice.yaml"),
            """
            sluice:
              listeners: [{address: "127.0.0.1:0"}]
              admin: {address: "127.0.0.1:0"}
              access-log: {target: "off"}
              store: {revisions: 100000}
              bootstrap:
                pools:
            """
                + pools);
    return SluiceProcess.run(directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString())
        .awaitServing();
  }

  private static Callable<Integer> client(URI proxy, AtomicBoolean writing) {
    return () -> {
      int requests = 0;
      while (writing.get()) {
        assertThat(Http.get(proxy.resolve("/r" + requests)).statusCode()).isEqualTo(200);
        requests++;
      }
      return requests;
    };
  }

  /** Each write is a change. */
  private static Callable<Integer> writer(SluiceProcess sluice, int number) {
    return () -> {
      AdminApi api = AdminApi.of(sluice);
      int weight = 1;
      for (int i = 0; i < WRITES / WRITERS; i++) {
        weight = weight % MOST_WEIGHT + 1;
        String etag = api.call("GET", path(number), null).header("ETag");
        AdminApi.Answer answer =
            api.call("PATCH", path(number), "{\"weight\":" + weight + "}", "If-Match", etag);
        assertThat(answer.status()).as("%s", answer).isEqualTo(200);
      }
      return weight;
    };
  }
}
