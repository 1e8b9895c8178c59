package io.sluice.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store in the hands of processes that are killed, from the packaged jar. */
class StoreProcessIT {
  private static final int ROUNDS = 20;
  private static final int MOST_LINES = 30;
  private static final int MOST_NANOS = 8_000_000;

  @TempDir Path directory;

  /**
   * What kill -9 leaves has every acknowledged revision, and at most one that was stored and not
   * yet acknowledged.
   */
  @Test
  void everyAcknowledgedRevisionSurvivesKills() throws Exception {
    Path file = directory.resolve("data/sluice.db");
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 1; round <= ROUNDS; round++) {
      String where = "round " + round + ", seed " + seed;
      long acknowledged;
      try (StoreWriter writer = StoreWriter.on(file, directory)) {
        String last = requireNonNull(writer.line());
        for (int i = random.nextInt(MOST_LINES); i > 0; i--) {
          last = requireNonNull(writer.line(), last);
        }
        LockSupport.parkNanos(random.nextInt(MOST_NANOS));
        List<String> rest = writer.kill();
        acknowledged = Long.parseLong((rest.isEmpty() ? last : rest.getLast()).strip());
      }
      try (SqliteStore store = SqliteStore.open(file, 1000)) {
        assertThat(store.restored()).as(where).isNull();
        assertRevisions(store, acknowledged, where);
      }
    }
  }

  private static void assertRevisions(SqliteStore store, long acknowledged, String where) {
    SnapshotStore.Stored newest = requireNonNull(store.snapshots().newest());
    long number = newest.revision().number();
    assertThat(number).as(where).isBetween(acknowledged, acknowledged + 1);
    assertThat(newest.snapshot()).as(where).isEqualTo(StoreWriter.snapshot(number));
    List<Revision> last = store.snapshots().list(Long.MAX_VALUE, 50);
    List<AuditEntry> audit = store.audit().list(Long.MAX_VALUE, 50);
    for (int i = 0; i < last.size(); i++) {
      assertThat(last.get(i).number()).as(where).isEqualTo(number - i);
      assertThat(audit.get(i).revisionAfter()).as(where).isEqualTo(number - i);
    }
    long middle = Math.max(1, number - 20);
    assertThat(requireNonNull(store.snapshots().find(middle)).snapshot())
        .as(where)
        .isEqualTo(StoreWriter.snapshot(middle));
  }

  @Test
  void aSecondProcessIsRefusedByTheFirstOnesNumber() throws Exception {
    Path file = directory.resolve("sluice.db");
    try (StoreWriter first = StoreWriter.on(file, directory)) {
      assertThat(first.line()).isEqualTo("1");
      assertThatThrownBy(() -> SqliteStore.open(file, 10))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("is in use by process " + first.pid())
          .extracting(e -> ((StoreException) e).kind())
          .isEqualTo(StoreException.Kind.UNAVAILABLE);
      assertThatThrownBy(() -> SqliteStore.reset(file)).isInstanceOf(StoreException.class);
      try (StoreWriter second = StoreWriter.on(file, directory)) {
        assertThat(second.line()).contains("is in use by process " + first.pid());
      }
      first.kill();
      SqliteStore.open(file, 10).close();
    }
  }
}
