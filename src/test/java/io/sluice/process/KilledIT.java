package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.testing.AdminApi;
import io.sluice.testing.SluiceProcess;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The real process is killed at random moments while it is written to, again and again. */
class KilledIT {
  /** More by {@code -Dsluice.kills=50}; each is a start of the process. */
  private static final int KILLS = Integer.getInteger("sluice.kills", 6);

  private static final long LONGEST_MILLIS = 400;

  @TempDir private Path directory;
  private final Random random = new Random(20261125);
  private final List<String> acknowledged = new ArrayList<>();
  private long revision;
  private int tried;

  @Test
  void everyAcknowledgedWriteIsThereAfterAKill() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      Path file =
          Files.writeString(
              directory.resolve("sluice.yaml"),
              """
              sluice:
                listeners: [{address: "127.0.0.1:0"}]
                admin: {address: "127.0.0.1:0"}
                store: {revisions: 100000}
                bootstrap:
                  pools: [{id: default, backends: ["127.0.0.1:%d"]}]
              """
                  .formatted(backend.port()));
      for (int kill = 0; kill < KILLS; kill++) {
        try (SluiceProcess sluice = start(file)) {
          lookAround(sluice);
          writeUntilKilled(sluice);
        }
      }
      try (SluiceProcess sluice = start(file)) {
        lookAround(sluice);
      }
    }
    assertThat(acknowledged).as("writes that were acknowledged").hasSizeGreaterThan(KILLS);
  }

  private SluiceProcess start(Path file) throws Exception {
    return SluiceProcess.run(directory, AdminApi.ENVIRONMENT, List.of(), "-c", file.toString())
        .awaitServing();
  }

  /** All that was acknowledged is there, in order and without a gap, and is what is served. */
  private void lookAround(SluiceProcess sluice) throws Exception {
    AdminApi api = AdminApi.of(sluice);
    List<String> ids = new ArrayList<>();
    api.get("/config").path("pools").forEach(pool -> ids.add(pool.path("id").asString()));
    assertThat(ids).containsAll(acknowledged);
    // Beyond these at most the one write whose answer the kill has swallowed.
    assertThat(ids.size() - 1 - acknowledged.size()).isBetween(0, 1);
    if (ids.size() - 1 > acknowledged.size()) {
      acknowledged.add(ids.getLast());
    }
    List<Long> numbers = new ArrayList<>();
    for (JsonNode item : api.all("/revisions")) {
      numbers.add(item.path("number").asLong());
    }
    assertThat(numbers).hasSize(acknowledged.size() + 1);
    for (int i = 0; i < numbers.size(); i++) {
      assertThat(numbers.get(i)).as("revisions without a gap").isEqualTo(numbers.size() - i);
    }
    revision = numbers.getFirst();
    assertThat(api.get("/status").path("revision").path("number").asLong()).isEqualTo(revision);
  }

  private void writeUntilKilled(SluiceProcess sluice) throws Exception {
    AdminApi api = AdminApi.of(sluice);
    CountDownLatch first = new CountDownLatch(1);
    Thread killer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    first.await();
                    // The moment has to be random, so it is time that is waited for here.
                    new CountDownLatch(1)
                        .await(random.nextLong(LONGEST_MILLIS), TimeUnit.MILLISECONDS);
                    sluice.kill("KILL");
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    try {
      while (true) {
        String id = "p" + ++tried;
        AdminApi.Answer answer = api.call("POST", "/pools", "{\"id\":\"" + id + "\"}");
        if (answer.status() != 201) {
          throw new AssertionError("POST /pools: " + answer);
        }
        acknowledged.add(id);
        first.countDown();
      }
    } catch (IOException e) {
      killer.join();
      assertThat(sluice.exitCode()).as("killed, not ended").isEqualTo(128 + 9);
    }
  }
}
