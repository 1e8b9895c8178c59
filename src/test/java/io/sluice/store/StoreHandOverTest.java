package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Snapshot;
import io.sluice.store.StoreException.Kind;
import io.sluice.testing.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig.SynchronousMode;

/**
 * How a store goes from one process to the next and back; {@code StoreHandOverIT} has real ones.
 */
class StoreHandOverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long REFUSED_NANOS = 100_000;

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("sluice.db");
  }

  private static void assertHandedOver(ThrowingCallable call, String told) {
    assertThatThrownBy(call)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(told)
        .extracting(e -> ((StoreException) e).kind())
        .isEqualTo(Kind.HANDED_OVER);
  }

  private static void assertEveryPartRefuses(SqliteStore store, String told) {
    assertHandedOver(() -> store.snapshots().newest(), told);
    assertHandedOver(() -> store.snapshots().find(1), told);
    assertHandedOver(() -> store.snapshots().append(CHANGE, NONE, Snapshots.of(1, 1)), told);
    assertHandedOver(() -> store.audit().list(Long.MAX_VALUE, 1), told);
    assertHandedOver(() -> store.accounts().users(), told);
    assertHandedOver(() -> store.history().minutes(Instant.EPOCH), told);
    assertHandedOver(() -> store.history().transitions(List.of()), told);
    assertHandedOver(() -> store.operations().save("op-1", "{}"), told);
    assertHandedOver(() -> store.operations().all(), told);
  }

  @Test
  void aStoreIsOpenedOnceTheOtherOneHasGivenItUp() {
    Snapshot first = Snapshots.of(2, 2);
    Snapshot second = Snapshots.step(first, 5);
    try (SqliteStore old = SqliteStore.open(file(), 10);
        SqliteStore next = SqliteStore.at(file(), 10)) {
      old.snapshots().append(CHANGE, NONE, first);
      old.operations().save("op-1", "{}");
      assertEveryPartRefuses(next, "is still with the process that this one replaces");
      assertThatThrownBy(next::open).hasMessageContaining("is in use by process");
      assertEveryPartRefuses(next, "is still with the process that this one replaces");
      old.snapshots().append(CHANGE, first, second);

      old.release();

      assertThat(StoreFiles.wal(file())).as("all is in the file").doesNotExist();
      assertEveryPartRefuses(old, "is being handed over");
      next.open();
      assertThat(next.restored()).isNull();
      assertThat(requireNonNull(next.snapshots().newest()).snapshot()).isEqualTo(second);
      assertThat(next.operations().all()).containsOnlyKeys("op-1");
      assertThat(next.snapshots().append(CHANGE, second, first).revision().number()).isEqualTo(3);
    }
  }

  @Test
  void whoHasGivenAStoreUpOpensItAgainWithWhatTheOtherHasStored() {
    Snapshot first = Snapshots.of(2, 2);
    Snapshot second = Snapshots.step(first, 5);
    Snapshot third = Snapshots.step(second, 6);
    try (SqliteStore old = SqliteStore.open(file(), 10)) {
      old.snapshots().append(CHANGE, NONE, first);
      old.release();
      old.release();
      try (SqliteStore next = SqliteStore.at(file(), 10)) {
        next.open();
        next.snapshots().append(CHANGE, first, second);
      }
      old.open();
      assertThat(old.restored()).isNull();
      assertThat(requireNonNull(old.snapshots().newest()).snapshot()).isEqualTo(second);
      assertThat(old.snapshots().append(CHANGE, second, third).revision().number()).isEqualTo(3);
      assertThat(requireNonNull(old.snapshots().find(3)).snapshot()).isEqualTo(third);
    }
    try (SqliteStore later = SqliteStore.open(file(), 10)) {
      assertThat(later.snapshots().list(Long.MAX_VALUE, 10)).hasSize(3);
    }
  }

  @Test
  void aSuccessorWhoseOpeningFailsLeavesTheStoreToTheOld() throws IOException {
    Snapshot first = Snapshots.of(2, 2);
    try (SqliteStore old = SqliteStore.open(file(), 10)) {
      old.snapshots().append(CHANGE, NONE, first);
      old.release();
      Path aside = directory.resolve("aside");
      Files.move(file(), aside, StandardCopyOption.ATOMIC_MOVE);
      Files.writeString(file(), "no database at all\n".repeat(1000));
      try (SqliteStore next = SqliteStore.at(file(), 10)) {
        Files.deleteIfExists(directory.resolve("sluice.db.backup"));
        assertThatThrownBy(next::open)
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("there is no backup of it");
        assertEveryPartRefuses(next, "is still with the process that this one replaces");
      }
      Files.move(aside, file(), StandardCopyOption.ATOMIC_MOVE);
      old.open();
      assertThat(requireNonNull(old.snapshots().newest()).snapshot()).isEqualTo(first);
      old.snapshots().append(CHANGE, first, Snapshots.of(3, 1));
    }
  }

  @Test
  void anOpeningWaitsForAsLongAsItIsTold() throws Exception {
    try (SqliteStore old = SqliteStore.open(file(), 10);
        SqliteStore next = SqliteStore.at(file(), 10)) {
      CountDownLatch begun = new CountDownLatch(1);
      CompletableFuture<Void> opened =
          CompletableFuture.runAsync(
              () -> {
                begun.countDown();
                next.open(PATIENCE);
              });
      begun.await();
      old.release();
      opened.get();
      next.snapshots().append(CHANGE, NONE, Snapshots.of(1, 1));
    }
  }

  @Test
  void aStoreIsOpenedOnceAndNotAfterItsEnd() {
    SqliteStore store = SqliteStore.at(file(), 10);
    store.open();
    assertThatThrownBy(store::open).hasMessageContaining("open already");
    store.release();
    store.close();
    store.release();
    assertThatThrownBy(store::open).hasMessageContaining("closed");
    assertThatThrownBy(() -> store.snapshots().newest()).hasMessageContaining("is closed");
    SqliteStore.open(file(), 10).close();
  }

  /** Of writers that never pause, each write is stored or was refused; nothing is in between. */
  @Test
  void everyWriteDuringAHandOverIsStoredOrRefused() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(6);
        SqliteStore one = SqliteStore.open(file(), 100_000);
        SqliteStore two = SqliteStore.at(file(), 100_000)) {
      one.snapshots().append(CHANGE, NONE, Snapshots.of(1, 1));
      ConcurrentLinkedQueue<Long> acknowledged = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<String> saved = new ConcurrentLinkedQueue<>();
      CountDownLatch over = new CountDownLatch(1);
      List<Future<?>> writers = new ArrayList<>();
      for (SqliteStore store : List.of(one, two)) {
        for (int i = 0; i < 2; i++) {
          writers.add(threads.submit(() -> append(store, over, acknowledged)));
        }
        writers.add(threads.submit(() -> save(store, over, saved)));
      }
      SqliteStore has = one;
      SqliteStore waits = two;
      for (int i = 0; i < 20; i++) {
        int before = acknowledged.size();
        Until.holds("revisions", () -> acknowledged.size() >= before + 5);
        has.release();
        waits.open();
        SqliteStore given = has;
        has = waits;
        waits = given;
      }
      over.countDown();
      for (Future<?> writer : writers) {
        writer.get();
      }
      List<Long> stored =
          has.snapshots().list(Long.MAX_VALUE, 500).stream().map(Revision::number).toList();
      long newest = stored.getFirst();
      assertThat(acknowledged)
          .as("each number is given once, and none is left out")
          .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(2, newest).boxed().toList());
      assertThat(has.operations().all().keySet()).containsExactlyInAnyOrderElementsOf(saved);
    }
    try (SqliteStore later = SqliteStore.open(file(), 100_000)) {
      assertThat(later.restored()).isNull();
    }
  }

  private static void append(
      SqliteStore store, CountDownLatch over, ConcurrentLinkedQueue<Long> acknowledged) {
    for (int i = 1; over.getCount() > 0; i++) {
      try {
        Snapshot next = Snapshots.step(Snapshots.of(1, 1), i);
        acknowledged.add(store.snapshots().append(CHANGE, NONE, next).revision().number());
      } catch (StoreException refused) {
        assertThat(refused.kind()).isEqualTo(Kind.HANDED_OVER);
        LockSupport.parkNanos(REFUSED_NANOS);
      }
    }
  }

  private static void save(
      SqliteStore store, CountDownLatch over, ConcurrentLinkedQueue<String> saved) {
    for (int i = 1; over.getCount() > 0; i++) {
      String id = System.identityHashCode(store) + "-" + i;
      try {
        store.operations().save(id, "{}");
        saved.add(id);
      } catch (StoreException refused) {
        assertThat(refused.kind()).isEqualTo(Kind.HANDED_OVER);
        LockSupport.parkNanos(REFUSED_NANOS);
      }
    }
  }

  /** As a later version would leave it: a script more, after a copy of what was there. */
  private void changeByANewerSluice(boolean withCopy) throws SQLException {
    Database database = new Database(file(), SynchronousMode.FULL);
    if (withCopy) {
      Backups.make(database, directory.resolve("sluice.db.backup"));
    }
    try (Connection connection = database.source().getConnection()) {
      Sql.update(
          connection,
          "INSERT INTO schema_version (installed_rank, version, description, type, script,"
              + " installed_by, execution_time, success)"
              + " VALUES (2, '2', 'later', 'SQL', 'V2__later.sql', '', 0, 1)");
    }
  }

  @Test
  void aNewerSchemaIsRefusedByItsNumberAndTheNewerVersionGoesOn() throws SQLException {
    SqliteStore.open(file(), 10).close();
    changeByANewerSluice(true);
    try (SqliteStore older = SqliteStore.at(file(), 10)) {
      assertThatThrownBy(older::open)
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("schema version 2")
          .hasMessageContaining("a newer Sluice has written it");
    }
    assertThat(directory).isDirectoryNotContaining("glob:**.newer-*");
  }

  @Test
  void whatANewerVersionHasMadeOfTheStoreIsTakenBackWhenItsUpgradeIsCalledOff() throws Exception {
    Snapshot first = Snapshots.of(2, 2);
    try (SqliteStore old = SqliteStore.open(file(), 10)) {
      old.snapshots().append(CHANGE, NONE, first);
      old.release();
      changeByANewerSluice(true);
      old.open();
      SqliteStore.Restored restored = requireNonNull(old.restored());
      assertThat(restored.message())
          .contains("was changed by a newer Sluice whose upgrade was called off")
          .contains("none is lost");
      assertThat(requireNonNull(restored.damaged()).getFileName().toString())
          .startsWith("sluice.db.newer-");
      assertThat(requireNonNull(old.snapshots().newest()).snapshot()).isEqualTo(first);
      assertThat(old.snapshots().append(CHANGE, first, Snapshots.of(1, 1)).revision().number())
          .isEqualTo(2);
    }
  }

  @Test
  void withoutACopyThatHasEverythingTheNewersStoreStaysAsItIs() throws Exception {
    Snapshot first = Snapshots.of(2, 2);
    try (SqliteStore old = SqliteStore.open(file(), 10)) {
      old.snapshots().append(CHANGE, NONE, first);
      old.close();
    }
    SqliteStore old = SqliteStore.open(file(), 10);
    old.snapshots().append(CHANGE, first, Snapshots.of(3, 1)); // the copy lacks it
    old.release();
    changeByANewerSluice(false);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(old::open).hasMessageContaining("schema version 2");
    }
    old.close();
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .as("nothing was moved, nothing is left over")
          .containsOnly("sluice.db", "sluice.db.backup", "sluice.db.history", "sluice.db.lock");
    }
  }
}
