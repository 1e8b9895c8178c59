package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.config.PoolSpec;
import io.sluice.config.Snapshot;
import io.sluice.store.SnapshotStore.Stored;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConfig.SynchronousMode;

class SqliteSnapshotsTest {
  @TempDir Path directory;

  private Path file() {
    return directory.resolve("sluice.db");
  }

  @Test
  void whatWasAppendedIsThereAfterAReopening() {
    Snapshot snapshot = Snapshots.withRoutes(Snapshots.of(3, 2), Snapshots.route("all", "p1"));
    Stored stored;
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      assertThat(store.snapshots().newest()).isNull();
      stored = store.snapshots().append(CHANGE, NONE, snapshot);
      assertThat(store.snapshots().newest()).isSameAs(stored);
    }
    assertThat(stored.revision())
        .extracting(Revision::number, Revision::author, Revision::source, Revision::reason)
        .containsExactly(1L, "alice", "api", "because");
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      assertThat(store.restored()).isNull();
      assertThat(store.snapshots().newest()).isEqualTo(stored);
    }
  }

  @Test
  void everyKeptRevisionCanBeRebuilt() {
    List<Snapshot> all = new ArrayList<>(List.of(NONE));
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      Snapshot snapshot = Snapshots.of(4, 2);
      for (int i = 1; i <= 20; i++) {
        Snapshot next =
            switch (i % 4) {
              case 0 -> Snapshots.with(snapshot, Snapshots.pool("new" + i, 1));
              case 1 ->
                  new Snapshot(snapshot.pools().subList(1, snapshot.pools().size()), List.of());
              case 2 -> reversed(snapshot);
              default -> Snapshots.step(snapshot, i);
            };
        store.snapshots().append(CHANGE, snapshot, next);
        all.add(next);
        snapshot = next;
      }
      assertAll(store, all);
    }
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      assertAll(store, all);
      assertThat(store.snapshots().find(0)).isNull();
      assertThat(store.snapshots().find(21)).isNull();
    }
  }

  private static void assertAll(SqliteStore store, List<Snapshot> all) {
    for (int i = 1; i < all.size(); i++) {
      assertThat(requireNonNull(store.snapshots().find(i)).snapshot()).isEqualTo(all.get(i));
    }
  }

  private static Snapshot reversed(Snapshot snapshot) {
    List<PoolSpec> pools = new ArrayList<>(snapshot.pools());
    Collections.reverse(pools);
    return new Snapshot(pools, snapshot.routes());
  }

  @Test
  void aChangeOfOnePoolWritesOnePart() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      Snapshot first = Snapshots.of(50, 2);
      store.snapshots().append(CHANGE, NONE, first);
      assertThat(parts()).isEqualTo(52);
      Snapshot second = Snapshots.step(first, 7);
      store.snapshots().append(CHANGE, first, second);
      assertThat(parts()).isEqualTo(53);
      store.snapshots().append(CHANGE, second, new Snapshot(second.pools(), List.of()));
      assertThat(parts()).as("nothing changed").isEqualTo(53);
    }
  }

  @Test
  void equalPartsThatAreOthersInMemoryAreNotWritten() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      store.snapshots().append(CHANGE, NONE, Snapshots.of(5, 2));
    }
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      store.snapshots().append(CHANGE, NONE, Snapshots.of(5, 2));
      assertThat(parts()).as("without having read the first").isEqualTo(7);
      store.snapshots().append(CHANGE, NONE, Snapshots.of(5, 2));
      assertThat(parts()).isEqualTo(7);
    }
  }

  @Test
  void aRebuiltRevisionSharesWhatTheNewestHasToo() {
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      Snapshot first = Snapshots.of(5, 2);
      store.snapshots().append(CHANGE, NONE, first);
      store.snapshots().append(CHANGE, first, Snapshots.step(first, 2));
      Snapshot found = requireNonNull(store.snapshots().find(1)).snapshot();
      assertThat(found.pools().get(1)).isSameAs(first.pools().get(1));
      assertThat(found.pools().get(2)).isEqualTo(first.pools().get(2));
    }
  }

  @Test
  void onlyTheNewestRevisionsAreKeptAndWhatTheyNeed() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 3)) {
      Snapshot snapshot = Snapshots.of(2, 1);
      store.snapshots().append(CHANGE, NONE, snapshot);
      for (int i = 2; i <= 10; i++) {
        Snapshot next = Snapshots.step(snapshot, 2L * i);
        store.snapshots().append(CHANGE, snapshot, next);
        snapshot = next;
      }
      assertThat(store.snapshots().list(Long.MAX_VALUE, 500))
          .extracting(Revision::number)
          .containsExactly(10L, 9L, 8L);
      assertThat(store.snapshots().list(10, 1)).extracting(Revision::number).containsExactly(9L);
      assertThat(store.snapshots().find(7)).isNull();
      assertThat(requireNonNull(store.snapshots().find(8)).snapshot().pools()).hasSize(2);
      assertThat(parts()).as("p0 three times, p1 and two orders once").isEqualTo(6);
      assertThat(store.snapshots().lastChangeOfPool("p1")).as("made by revision 1").isNull();
    }
  }

  @Test
  void theLastChangeOfAPartIsKnown() {
    try (SqliteStore store = SqliteStore.open(file(), 100)) {
      Snapshot first = Snapshots.withRoutes(Snapshots.of(3, 1), Snapshots.route("r", "p1"));
      store.snapshots().append(CHANGE, NONE, first);
      Snapshot second = Snapshots.step(first, 4);
      store.snapshots().append(CHANGE, first, second);
      Snapshot third = new Snapshot(second.pools().subList(0, 2), List.of());
      store.snapshots().append(CHANGE, second, third);
      assertThat(number(store.snapshots().lastChangeOfPool("p0"))).isEqualTo(1);
      assertThat(number(store.snapshots().lastChangeOfPool("p1"))).isEqualTo(2);
      assertThat(number(store.snapshots().lastChangeOfPool("p2"))).as("removed").isEqualTo(3);
      assertThat(number(store.snapshots().lastChangeOfRoute("r"))).isEqualTo(3);
      assertThat(store.snapshots().lastChangeOfPool("p9")).isNull();
      assertThat(store.snapshots().lastChangeOfRoute("p0")).isNull();
    }
  }

  private static long number(@Nullable Revision revision) {
    return requireNonNull(revision).number();
  }

  @Test
  void aRevisionComesWithItsLineOfTheAudit() {
    try (SqliteStore store = SqliteStore.open(file(), 2)) {
      Snapshot first = Snapshots.of(1, 1);
      store.snapshots().append(CHANGE, NONE, first);
      store.snapshots().append(CHANGE, first, Snapshots.step(first, 5));
      List<AuditEntry> lines = store.audit().list(Long.MAX_VALUE, 10);
      assertThat(lines)
          .extracting(AuditEntry::number, AuditEntry::revisionBefore, AuditEntry::revisionAfter)
          .containsExactly(tuple(2L, 1L, 2L), tuple(1L, null, 1L));
      assertThat(lines.getFirst())
          .usingRecursiveComparison()
          .ignoringFields("number", "at", "revisionBefore", "revisionAfter")
          .isEqualTo(
              new AuditEntry(
                  0,
                  lines.getFirst().at(),
                  CHANGE.actor(),
                  CHANGE.action(),
                  null,
                  null,
                  "because",
                  "applied",
                  null,
                  "req-1"));
    }
  }

  @Test
  void aTextThatChangedByItselfIsNamed() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      Snapshot first = Snapshots.of(2, 1);
      store.snapshots().append(CHANGE, NONE, first);
      store.snapshots().append(CHANGE, first, Snapshots.step(first, 1));
      sql("UPDATE part SET document = replace(document, '8000', '8001') WHERE id = 'p1'");
      assertThatThrownBy(() -> store.snapshots().find(1))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("Revision 1 in " + file())
          .hasMessageContaining("pool 'p1' of revision 1 is not the text that was stored")
          .extracting(e -> ((StoreException) e).kind())
          .isEqualTo(StoreException.Kind.CORRUPT);
    }
  }

  @Test
  void aPartThatIsMissingIsNoticed() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      Snapshot first = Snapshots.of(2, 1);
      store.snapshots().append(CHANGE, NONE, first);
      store.snapshots().append(CHANGE, first, Snapshots.step(first, 1));
      sql("DELETE FROM part WHERE id = 'p0'");
      assertThatThrownBy(() -> store.snapshots().find(1))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("a part of revision 1 is missing");
    }
  }

  /** A rule that has become stricter with an upgrade: the store opens, and can be repaired. */
  @Test
  void aDocumentThatIsNotValidAnyMoreIsNamedAndCanBeReplaced() throws Exception {
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      store.snapshots().append(CHANGE, NONE, Snapshots.of(2, 1));
    }
    makeInvalid("p1");
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      assertThat(store.restored()).isNull();
      assertThatThrownBy(() -> store.snapshots().newest())
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("Revision 1 in ")
          .hasMessageContaining("pool 'p1'")
          .hasMessageContaining("/algorithm");
      Snapshot anew = Snapshots.of(2, 2);
      assertThat(store.snapshots().append(CHANGE, NONE, anew).revision().number()).isEqualTo(2);
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(anew);
    }
  }

  private void makeInvalid(String id) throws Exception {
    try (Connection connection = connection()) {
      Part.Key key = new Part.Key(Part.POOL, id);
      String text =
          requireNonNull(
                  Sql.first(
                      connection,
                      row -> row.getString(1),
                      "SELECT document FROM part WHERE id = ?",
                      id))
              .replace("\"round-robin\"", "7");
      long digest = Part.digest(key, text);
      Sql.update(
          connection,
          "UPDATE revision SET digest = digest - (SELECT digest FROM part WHERE id = ?) + ?",
          id,
          digest);
      Sql.update(
          connection, "UPDATE part SET document = ?, digest = ? WHERE id = ?", text, digest, id);
    }
  }

  @Test
  void listsTakeOneToFiveHundred() {
    try (SqliteStore store = SqliteStore.open(file(), 10)) {
      for (int limit : List.of(0, 501)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> store.snapshots().list(Long.MAX_VALUE, limit));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> store.audit().list(Long.MAX_VALUE, limit));
      }
    }
  }

  private long parts() throws Exception {
    try (Connection connection = connection()) {
      return requireNonNull(
          Sql.first(connection, row -> row.getLong(1), "SELECT count(*) FROM part"));
    }
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = connection()) {
      assertThat(Sql.update(connection, statement)).isPositive();
    }
  }

  private Connection connection() throws Exception {
    return new Database(file(), SynchronousMode.FULL).source().getConnection();
  }
}
