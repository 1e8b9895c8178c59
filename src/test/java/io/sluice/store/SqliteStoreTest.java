package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Snapshot;
import io.sluice.store.SnapshotStore.Stored;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteStoreTest {
  @TempDir Path directory;

  @Test
  void whatWasAppendedIsThereAfterAReopening() {
    Path file = directory.resolve("a/b/sluice.db");
    Snapshot snapshot = Snapshots.of(3, 2);
    Stored stored;
    try (SqliteStore store = SqliteStore.open(file, 10)) {
      assertThat(store.snapshots().newest()).isNull();
      stored = store.snapshots().append(CHANGE, NONE, snapshot);
      assertThat(stored.revision().number()).isEqualTo(1);
    }
    try (SqliteStore store = SqliteStore.open(file, 10)) {
      assertThat(store.restored()).isNull();
      assertThat(store.snapshots().newest()).isEqualTo(stored);
    }
  }

  @Test
  void timing() {
    Path file = directory.resolve("sluice.db");
    Snapshot snapshot = Snapshots.of(1000, 10);
    try (SqliteStore store = SqliteStore.open(file, 1000)) {
      store.snapshots().append(CHANGE, NONE, snapshot);
      for (int r = 0; r < 3; r++) {
        long begin = System.nanoTime();
        for (int i = 1; i <= 300; i++) {
          Snapshot next = Snapshots.step(snapshot, r * 1000 + i);
          store.snapshots().append(CHANGE, snapshot, next);
          snapshot = next;
        }
        System.err.println("300 appends ms " + (System.nanoTime() - begin) / 1_000_000);
      }
    }
    for (int r = 0; r < 3; r++) {
      long begin = System.nanoTime();
      try (SqliteStore store = SqliteStore.open(file, 1000)) {
        long opened = System.nanoTime();
        assertThat(store.snapshots().newest().snapshot()).isEqualTo(snapshot);
        System.err.println(
            "open ms "
                + (opened - begin) / 1_000_000
                + " newest "
                + (System.nanoTime() - opened) / 1_000_000
                + " size "
                + file.toFile().length());
      }
    }
  }
}
