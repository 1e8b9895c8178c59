package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.config.Snapshot;
import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sqlite.SQLiteConfig.SynchronousMode;

/** What becomes of a store whose files are not as they were left. */
class StoreDamageTest {
  private static final int REVISIONS = 8;

  @TempDir Path directory;
  private Path file;
  private Snapshot newest = NONE;

  @BeforeEach
  void fill() {
    file = directory.resolve("sluice.db");
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      append(store, REVISIONS);
      store
          .accounts()
          .addUser(new Accounts.User("alice", "admin", "h", Instant.EPOCH, Instant.EPOCH, null));
    }
  }

  private void append(SqliteStore store, int revisions) {
    for (int i = 0; i < revisions; i++) {
      Snapshot next =
          newest.pools().isEmpty() ? Snapshots.of(20, 3) : Snapshots.step(newest, 7 + i);
      store.snapshots().append(CHANGE, newest, next);
      newest = next;
    }
  }

  private void assertRestored(long revision, String... told) {
    byte[] damaged = bytes(file);
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      SqliteStore.Restored restored = requireNonNull(store.restored());
      assertThat(restored.newestRevision()).isEqualTo(revision);
      assertThat(restored.message()).contains(file.toString()).contains(told);
      Path aside = requireNonNull(restored.damaged());
      assertThat(bytes(aside)).as("the damaged file, unchanged").isEqualTo(damaged);
      assertThat(aside.getFileName().toString()).startsWith("sluice.db.corrupt-");
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
      assertThat(store.accounts().user("alice")).isNotNull();
      append(store, 1);
    }
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(store.restored()).as("told once").isNull();
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99, 4096, 5000, 20_480})
  void aCutFileIsReplacedByItsBackup(int length) throws IOException {
    try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
      cut.setLength(length);
    }
    assertRestored(REVISIONS, "none is lost");
  }

  @Test
  void textInTheFilesPlaceIsReplacedByTheBackup() throws IOException {
    Files.writeString(file, "not a database\n".repeat(1000));
    assertRestored(REVISIONS, "none is lost");
  }

  @Test
  void withoutABackupADamagedFileStaysWhereItIs() throws IOException {
    Files.delete(directory.resolve("sluice.db.backup"));
    flip(file, 5);
    byte[] damaged = bytes(file);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> SqliteStore.open(file, 100))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("there is no backup of it")
          .hasMessageContaining("--reset-state")
          .extracting(e -> ((StoreException) e).kind())
          .isEqualTo(Kind.CORRUPT);
      assertThat(bytes(file)).isEqualTo(damaged);
    }
  }

  @Test
  void aDamagedBackupIsNotPutInTheFilesPlace() throws IOException {
    flip(file, 5);
    flip(directory.resolve("sluice.db.backup"), 5);
    byte[] damaged = bytes(file);
    assertThatThrownBy(() -> SqliteStore.open(file, 100))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("sluice.db.backup is too");
    assertThat(bytes(file)).isEqualTo(damaged);
  }

  /**
   * A bit in a text is nothing SQLite would notice, and one in a free page nobody has to. Whatever
   * is hit: the configuration is the one that was stored.
   */
  @Test
  void aFlippedBitNeverGivesAnotherConfiguration() throws IOException {
    byte[] whole = bytes(file);
    byte[] backup = bytes(directory.resolve("sluice.db.backup"));
    int restored = 0;
    for (int offset = 13; offset < whole.length; offset += whole.length / 48 + 1) {
      Files.write(file, whole);
      Files.write(directory.resolve("sluice.db.backup"), backup);
      flip(file, offset);
      try (SqliteStore store = SqliteStore.open(file, 100)) {
        assertThat(requireNonNull(store.snapshots().newest()).snapshot())
            .as("bit at %d", offset)
            .isEqualTo(newest);
        restored += store.restored() == null ? 0 : 1;
      }
    }
    assertThat(restored).as("flips that were noticed").isGreaterThan(5);
  }

  @Test
  void aTextThatIsDamagedInUseDoesNotGetIntoTheBackup() throws Exception {
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      try (var connection = new Database(file, SynchronousMode.FULL).source().getConnection()) {
        Sql.update(connection, "UPDATE part SET document = replace(document, '8000', '8001')");
      }
      store.operations().save("a", "b");
    }
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(requireNonNull(store.restored()).message())
          .contains("is not the text that was stored")
          .contains("none is lost");
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
  }

  @Test
  void aMissingFileIsRestoredFromItsBackup() throws IOException {
    Files.delete(file);
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(requireNonNull(store.restored()).message())
          .contains("was missing")
          .contains("none is lost");
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
  }

  @Test
  void aStoreThatBeginsAnewBecauseItWasDeletedSaysSo() throws IOException {
    Files.delete(file);
    Files.delete(directory.resolve("sluice.db.backup"));
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(requireNonNull(store.restored()).message())
          .contains("begins anew")
          .contains("Revisions up to " + REVISIONS + " are lost");
    }
  }

  /** The state that kill -9 leaves: a database with a log, and the lock file. */
  private Path crashed(Path copy) throws IOException {
    Files.createDirectory(copy);
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      append(store, 3);
      try (Stream<Path> all = Files.list(directory)) {
        for (Path each : all.filter(Files::isRegularFile).toList()) {
          if (!each.toString().endsWith("-shm")) {
            Files.copy(each, copy.resolve(each.getFileName()));
          }
        }
      }
    }
    return copy.resolve("sluice.db");
  }

  @Test
  void aLogIsReplayed() throws IOException {
    Path copy = crashed(directory.resolve("copy"));
    assertThat(StoreFiles.wal(copy)).isNotEmptyFile();
    try (SqliteStore store = SqliteStore.open(copy, 100)) {
      assertThat(store.restored()).isNull();
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
  }

  /** SQLite takes a log up to its first damaged frame and says nothing. */
  @Test
  void acknowledgedRevisionsThatADamagedLogHasLostAreNamed() throws IOException {
    Path copy = crashed(directory.resolve("copy"));
    flip(StoreFiles.wal(copy), 40);
    try (SqliteStore store = SqliteStore.open(copy, 100)) {
      SqliteStore.Restored restored = requireNonNull(store.restored());
      assertThat(restored.newestRevision()).isEqualTo(REVISIONS);
      assertThat(restored.message()).contains("revisions 9 to 11 are lost");
    }
  }

  @Test
  void aNewerBackupTakesThePlaceOfAFileThatLostItsLog() throws IOException {
    Path copy = crashed(directory.resolve("copy"));
    Files.copy(directory.resolve("sluice.db.backup"), copy.resolveSibling("newer"));
    Files.delete(copy.resolveSibling("sluice.db.backup"));
    Files.move(copy.resolveSibling("newer"), copy.resolveSibling("sluice.db.backup"));
    Files.delete(StoreFiles.wal(copy));
    try (SqliteStore store = SqliteStore.open(copy, 100)) {
      SqliteStore.Restored restored = requireNonNull(store.restored());
      assertThat(restored.message()).contains("had lost revisions").contains("none is lost");
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
  }

  @Test
  void aLogWithoutItsDatabaseIsNotTakenForTheNextOnes() throws IOException {
    Path copy = crashed(directory.resolve("copy"));
    byte[] log = bytes(StoreFiles.wal(copy));
    Files.delete(copy);
    try (SqliteStore store = SqliteStore.open(copy, 100)) {
      assertThat(store.restored()).isNotNull();
      assertThat(store.snapshots().list(Long.MAX_VALUE, 1)).hasSize(1);
    }
    try (Stream<Path> all = Files.list(copy.getParent())) {
      List<Path> aside =
          all.filter(f -> f.toString().matches(".*sluice\\.db\\.corrupt-.*-wal")).toList();
      assertThat(aside).hasSize(1);
      assertThat(bytes(aside.getFirst())).isEqualTo(log);
    }
  }

  @Test
  void aDamagedHistoryBeginsAnewAndTheRestIsAsItWas() throws IOException {
    Path history = directory.resolve("sluice.db.history");
    Files.writeString(history, "not a database\n".repeat(1000));
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(store.restored()).isNull();
      assertThat(store.history().minutes(Instant.EPOCH)).isEmpty();
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
    try (Stream<Path> all = Files.list(directory)) {
      assertThat(all.filter(f -> f.toString().contains("sluice.db.history.corrupt-"))).hasSize(1);
    }
  }

  @Test
  void damageOfTheHistoryThatShowsInUseHasTheNextStartBeginItAnew() throws IOException {
    Path history = directory.resolve("sluice.db.history");
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      store.history().minutes(List.of(new History.Minute(Instant.EPOCH, "total", "x")));
    }
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      Files.writeString(history, "not a database\n".repeat(1000));
      assertThatThrownBy(() -> store.history().minutes(Instant.EPOCH))
          .isInstanceOf(StoreException.class)
          .extracting(e -> ((StoreException) e).kind())
          .isEqualTo(Kind.CORRUPT);
      append(store, 1);
    }
    assertThat(directory.resolve("sluice.db.history-damaged")).exists();
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(store.history().minutes(Instant.EPOCH)).isEmpty();
      assertThat(directory.resolve("sluice.db.history-damaged")).doesNotExist();
    }
  }

  @Test
  void aStoreOfANewerVersionIsRefused() throws Exception {
    try (var connection = new Database(file, SynchronousMode.FULL).source().getConnection()) {
      Sql.update(
          connection,
          "INSERT INTO schema_version SELECT 2, '99', description, type, script, checksum,"
              + " installed_by, installed_on, execution_time, success FROM schema_version"
              + " WHERE installed_rank = 1");
    }
    assertThatThrownBy(() -> SqliteStore.open(file, 100))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("schema version 99")
        .hasMessageContaining("a newer Sluice has written it");
  }

  @Test
  void aResetMovesEverythingAside() {
    Path aside = requireNonNull(SqliteStore.reset(file));
    assertThat(aside.getFileName().toString()).startsWith("sluice.db.reset-");
    assertThat(file).doesNotExist();
    try (SqliteStore store = SqliteStore.open(file, 100)) {
      assertThat(store.restored()).isNull();
      assertThat(store.snapshots().newest()).isNull();
    }
    try (SqliteStore store = SqliteStore.open(aside, 100)) {
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(newest);
    }
    assertThat(SqliteStore.reset(directory.resolve("none.db"))).isNull();
  }

  private static void flip(Path file, long offset) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(offset);
      int old = bytes.read();
      bytes.seek(offset);
      bytes.write(old ^ 0x10);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
