package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Snapshot;
import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig.SynchronousMode;

/** Where a store may be, who may read it, and what it does when it cannot be written. */
class StoreFilesTest {
  @TempDir Path directory;

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void onlyTheOwnerMayReadWhatIsCreated() throws IOException {
    Path file = directory.resolve("a/b/sluice.db");
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      try (SqliteStore store = SqliteStore.open(file, 10)) {
        store.snapshots().append(CHANGE, NONE, Snapshots.of(1, 1));
        store.history().transitions(List.of());
        try (Stream<Path> all = Files.list(file.getParent())) {
          files.addAll(all.toList());
        }
      }
    }
    assertThat(files.stream().map(f -> f.getFileName().toString()))
        .contains(
            "sluice.db",
            "sluice.db-wal",
            "sluice.db-shm",
            "sluice.db.lock",
            "sluice.db.backup",
            "sluice.db.history",
            "sluice.db.history-wal");
    for (Path each : files) {
      if (Files.exists(each)) {
        assertThat(mode(each)).as("%s", each).isEqualTo("rw-------");
      }
    }
    assertThat(mode(directory.resolve("a"))).isEqualTo("rwx------");
    assertThat(mode(directory.resolve("a/b"))).isEqualTo("rwx------");
  }

  @Test
  void aPlaceThatCannotBeAFilesIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertRefused(file.resolve("sluice.db"), Kind.UNAVAILABLE, file.toString());
    assertRefused(directory, Kind.UNAVAILABLE, "is a directory");
    assertRefused(directory.resolve("a?b"), Kind.UNAVAILABLE, "has a ? in its path");
    assertRefused(Path.of("/proc/sluice/sluice.db"), Kind.UNAVAILABLE, "/proc/sluice");
  }

  private static void assertRefused(Path file, Kind kind, String told) {
    assertThatThrownBy(() -> SqliteStore.open(file, 10))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(told)
        .extracting(e -> ((StoreException) e).kind())
        .isEqualTo(kind);
  }

  @Test
  void aSecondOpeningInTheSameProcessIsRefusedAndHarmsNothing() {
    Path file = directory.resolve("sluice.db");
    try (SqliteStore store = SqliteStore.open(file, 10)) {
      for (int i = 0; i < 2; i++) {
        assertRefused(file, Kind.UNAVAILABLE, "is in use by process");
        assertRefused(
            directory.resolve("../" + directory.getFileName() + "/sluice.db"),
            Kind.UNAVAILABLE,
            "is in use by process");
      }
      store.snapshots().append(CHANGE, NONE, Snapshots.of(1, 1));
    }
    SqliteStore.open(file, 10).close();
  }

  @Test
  void theLockOfADeadProcessHindersNobody() throws IOException {
    Path file = directory.resolve("sluice.db");
    Files.writeString(directory.resolve("sluice.db.lock"), "pid 1\n");
    SqliteStore.open(file, 10).close();
    Files.writeString(directory.resolve("sluice.db.lock"), "anything");
    SqliteStore.open(file, 10).close();
  }

  @Test
  void aClosedStoreSaysSo() {
    SqliteStore store = SqliteStore.open(directory.resolve("sluice.db"), 10);
    store.close();
    assertThatThrownBy(() -> store.snapshots().newest())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is closed");
  }

  /** Full by SQLite's own limit, which needs no rights; {@code StoreDiskIT} has a real one. */
  @Test
  void afterAFullDiskTheNextWriteWorks() {
    Path file = directory.resolve("sluice.db");
    SqliteStore.open(file, 10).close();
    try (Database database = new Database(file, SynchronousMode.FULL)) {
      SqliteSnapshots snapshots =
          new SqliteSnapshots(database, Documents.JSON, 10, Clock.systemUTC(), number -> {});
      Snapshot first = Snapshots.of(2, 1);
      snapshots.append(CHANGE, NONE, first);
      database.write(
          connection -> {
            Database.execute(connection, "PRAGMA max_page_count = 1");
            return 0;
          });
      Snapshot large = Snapshots.of(200, 5);
      assertThatThrownBy(() -> snapshots.append(CHANGE, first, large))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("no room left for the store " + file)
          .extracting(e -> ((StoreException) e).kind())
          .isEqualTo(Kind.FULL);
      assertThat(requireNonNull(snapshots.newest()).snapshot()).isEqualTo(first);
      assertThat(new SqliteAudit(database).list(Long.MAX_VALUE, 10)).hasSize(1);
      assertThat(snapshots.append(CHANGE, first, large).revision().number()).isEqualTo(2);
      assertThat(requireNonNull(snapshots.newest()).snapshot()).isEqualTo(large);
    }
  }

  @Test
  void readersSeeWholeRevisionsWhileOthersAreWritten() throws Exception {
    try (SqliteStore store = SqliteStore.open(directory.resolve("sluice.db"), 5);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      store.snapshots().append(CHANGE, NONE, Snapshots.of(10, 2));
      AtomicBoolean writing = new AtomicBoolean(true);
      List<Future<Long>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        readers.add(threads.submit(() -> read(store, writing)));
      }
      try {
        Snapshot snapshot = Snapshots.of(10, 2);
        for (int i = 2; i <= 100; i++) {
          Snapshot next = Snapshots.step(snapshot, i);
          store.snapshots().append(CHANGE, snapshot, next);
          snapshot = next;
        }
      } finally {
        writing.set(false);
      }
      for (Future<Long> reader : readers) {
        assertThat(reader.get()).as("revisions that a reader has read").isPositive();
      }
    }
  }

  /** Reads the newest revisions; each is either whole or, meanwhile, not kept any more. */
  private static long read(SqliteStore store, AtomicBoolean writing) {
    long read = 0;
    while (writing.get()) {
      for (Revision revision : store.snapshots().list(Long.MAX_VALUE, 5)) {
        SnapshotStore.Stored stored = store.snapshots().find(revision.number());
        if (stored != null) {
          assertThat(stored.revision()).isEqualTo(revision);
          assertThat(stored.snapshot().pools()).hasSize(10);
          read++;
        }
      }
    }
    return read;
  }
}
