package io.sluice.store;

import static io.sluice.store.Snapshots.CHANGE;
import static io.sluice.store.Snapshots.NONE;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sluice.config.Snapshot;
import io.sluice.store.StoreException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file system of its own, small and then read-only. Mounting takes the rights of root; without
 * them these tests are skipped, and say so.
 */
class StoreDiskIT {
  private static final int DISK_BYTES = 2 * 1024 * 1024;

  @TempDir Path directory;
  private Path disk;

  @BeforeEach
  void mount() throws Exception {
    disk = Files.createDirectory(directory.resolve("disk"));
    String failure = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_BYTES, "sluice-test", disk);
    assumeThat(failure).as("mounting a small disk takes root: %s", failure).isEmpty();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", disk);
  }

  /** Runs a command; gives what it says when it fails, and nothing otherwise. */
  private static String run(Object... command) throws Exception {
    Process process;
    try {
      process =
          new ProcessBuilder(List.of(command).stream().map(Object::toString).toList())
              .redirectErrorStream(true)
              .start();
    } catch (IOException missing) {
      return missing.toString();
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? "" : "failed: " + said;
  }

  private static void assertFailure(Kind kind, Path file, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(file.toString())
        .extracting(e -> ((StoreException) e).kind())
        .isEqualTo(kind);
  }

  private void fill() throws IOException {
    long block = 64 * 1024;
    for (int i = 0; disk.toFile().getUsableSpace() > 0; i++) {
      block = Math.min(block, disk.toFile().getUsableSpace());
      Files.write(disk.resolve("junk" + i), new byte[(int) block]);
    }
  }

  private void free() throws IOException {
    try (var all = Files.list(disk)) {
      for (Path junk : all.filter(f -> f.getFileName().toString().startsWith("junk")).toList()) {
        Files.delete(junk);
      }
    }
  }

  @Test
  void aFullDiskIsToldAndTheNextWriteAfterItWorks() throws Exception {
    Path file = disk.resolve("sluice.db");
    Snapshot snapshot = Snapshots.of(5, 2);
    Snapshot large = Snapshots.of(100, 2);
    try (SqliteStore store = SqliteStore.open(file, 10)) {
      store.snapshots().append(CHANGE, NONE, snapshot);
      for (int i = 0; i < 2; i++) {
        fill();
        assertFailure(Kind.FULL, file, () -> store.snapshots().append(CHANGE, snapshot, large));
        assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(snapshot);
        free();
      }
      assertThat(store.snapshots().append(CHANGE, snapshot, large).revision().number())
          .isEqualTo(2);
    }
    try (SqliteStore store = SqliteStore.open(file, 10)) {
      assertThat(store.restored()).isNull();
      assertThat(requireNonNull(store.snapshots().newest()).snapshot()).isEqualTo(large);
    }
  }

  @Test
  void aStoreThatFindsNoRoomSaysSoAndLeavesNothingHalf() throws Exception {
    Path file = disk.resolve("sluice.db");
    fill();
    assertFailure(Kind.FULL, file, () -> SqliteStore.open(file, 10).close());
    assertThat(file).doesNotExist();
    free();
    SqliteStore.open(file, 10).close();
  }

  @Test
  void aReadOnlyDiskIsTold() throws Exception {
    Path file = disk.resolve("sluice.db");
    SqliteStore.open(file, 10).close();
    assertThat(run("mount", "-o", "remount,ro", disk)).isEmpty();
    assertFailure(Kind.READ_ONLY, file, () -> SqliteStore.open(file, 10).close());
    Path other = disk.resolve("other/sluice.db");
    assertFailure(Kind.READ_ONLY, other, () -> SqliteStore.open(other, 10).close());
  }
}
