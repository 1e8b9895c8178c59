package io.sluice.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store that goes from process to process while they write, some of which are killed. */
class StoreHandOverIT {
  private static final int MOST_NANOS = 30_000_000;

  @TempDir Path directory;

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private final List<Long> acknowledged = new ArrayList<>();
  private final List<StoreHolder> all = new ArrayList<>();
  private int kills;

  @AfterEach
  void end() throws IOException {
    for (StoreHolder each : all) {
      each.close();
    }
  }

  private Path file() {
    return directory.resolve("sluice.db");
  }

  private StoreHolder holder() throws IOException {
    StoreHolder holder = StoreHolder.of(file(), directory, acknowledged);
    all.add(holder);
    return holder;
  }

  private void kill(StoreHolder holder) throws IOException, InterruptedException {
    LockSupport.parkNanos(random.nextInt(MOST_NANOS));
    holder.kill();
    kills++;
  }

  private static void open(StoreHolder holder) throws IOException {
    holder.tell("open");
    holder.await("opened");
    holder.awaitRevisions(3);
  }

  @Test
  void eachRevisionIsAcknowledgedByOneProcessWhoeverOfThemIsKilled() throws Exception {
    StoreHolder old = holder();
    open(old);
    StoreHolder next = holder();
    for (int i = 0; i < 5; i++) {
      old.tell("release");
      old.await("released");
      open(next);
      StoreHolder given = old;
      old = next;
      next = given;
    }
    // The old one dies while it gives the store up.
    for (int i = 0; i < 2; i++) {
      old.tell("release");
      kill(old);
      open(next);
      old = next;
      next = holder();
    }
    // The new one dies while it opens the store, and is called off.
    for (int i = 0; i < 3; i++) {
      old.tell("release");
      old.await("released");
      next.tell("open");
      kill(next);
      open(old);
      next = holder();
    }
    // The new one dies when it has written already.
    old.tell("release");
    old.await("released");
    open(next);
    kill(next);
    open(old);
    kill(old);
    assertThat(acknowledged).as("each number once, seed %s", seed).doesNotHaveDuplicates();
    assertStored();
  }

  private void assertStored() {
    try (SqliteStore store = SqliteStore.open(file(), 1_000)) {
      assertThat(store.restored()).as("seed %s", seed).isNull();
      long newest = requireNonNull(store.snapshots().newest()).revision().number();
      // Who was killed may have stored one that it did not come to tell of.
      assertThat(acknowledged).as("seed %s", seed).allMatch(number -> number <= newest);
      assertThat(newest - acknowledged.size()).as("seed %s", seed).isBetween(0L, (long) kills);
      List<Long> stored =
          Stream.iterate(newest, number -> number > Math.max(0, newest - 500), n -> n - 1).toList();
      assertThat(store.snapshots().list(Long.MAX_VALUE, 500).stream().map(Revision::number))
          .containsExactlyElementsOf(stored);
      for (long number = newest; number > Math.max(0, newest - 20); number--) {
        assertThat(requireNonNull(store.snapshots().find(number)).snapshot())
            .isEqualTo(StoreWriter.snapshot(number));
      }
    }
  }
}
